import { writeSync } from 'node:fs';
import { work } from './workload.ts';

// node driver.ts FOLDER: a line is a sequence that is stored.
const STDOUT = 1;
await work(process.argv[2], (sequence) => writeSync(STDOUT, `${sequence}\n`));
