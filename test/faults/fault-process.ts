import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { faults } from './index.ts';
import { shedIsLost } from './outcome.ts';
import type { Row } from './scoreboard.ts';

/* One fault test, in this process: `fault-process.ts NAME SEED SHARE FOLDER`, which leaves result.json in the folder. */

const [name, seed, share, folder] = process.argv.slice(2);
const result = await run();
const file = join(folder, 'result.json');
writeFileSync(`${file}.new`, JSON.stringify(result));
renameSync(`${file}.new`, file);
// Whatever a failed test left open must not keep this process.
process.exit();

async function run(): Promise<Row['result']> {
  try {
    const fault = await faults[name]();
    const progress = (text: string) => console.error(`  ${name}: ${text}`);
    const outcome = await fault.run({ folder, seed: Number(seed), share: Number(share), progress });
    return { outcome: fault.mayShed ? outcome : shedIsLost(outcome) };
  } catch (error) {
    return { failed: error instanceof Error ? (error.stack ?? error.message) : inspect(error) };
  }
}
