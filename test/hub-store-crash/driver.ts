import { writeSync } from 'node:fs';
import { work } from './workload.ts';

// The process that is killed: node driver.ts FOLDER. What a line names counts as acknowledged once it is written.
const STDOUT = 1;
work(process.argv[2], (keys) => writeSync(STDOUT, `${keys.join('\n')}\n`));
