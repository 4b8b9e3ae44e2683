import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statfsSync, writeSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

// node files-driver.ts FOLDER. Crash points are counted on one thread, so what the store leaves to Node's pool of threads
// is done on this one: the same calls in the same order.
Object.assign(promises, {
  open: async (path: string) => {
    const file = openSync(path, 'r');
    return { sync: async () => fsyncSync(file), [Symbol.asyncDispose]: async () => closeSync(file) };
  },
  readdir: async (path: string) => readdirSync(path),
  rename: async (from: string, to: string) => renameSync(from, to),
  rm: async (path: string) => rmSync(path, { force: true }),
  statfs: async (path: string) => statfsSync(path),
});
syncBuiltinESMExports();

const { work } = await import('./files-workload.ts');
const STDOUT = 1;
await work(process.argv[2], (keys) => writeSync(STDOUT, `${keys.join('\n')}\n`));
