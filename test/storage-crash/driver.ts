import { writeSync } from 'node:fs';
import { work, workloads } from './workload.ts';

// The process that is killed: node driver.ts FOLDER [WORKLOAD]. A step counts as acknowledged once its line is written.
const STDOUT = 1;
const workload = process.argv[3] === 'large' ? workloads.large : workloads.small;
work(workload, process.argv[2], (step, epoch) => writeSync(STDOUT, `${step} ${epoch}\n`));
