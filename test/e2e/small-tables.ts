/*
 * Preloaded (`--import`) into a hub under test: a hot table is full with SLUIS_TEST_ROWS_PER_TABLE rows, so that files are
 * written and merged under a load that can be compared sample by sample. The program itself is the real one, and knows
 * nothing of this.
 */
import { isMainThread } from 'node:worker_threads';

// The first process only replaces itself by one that has V8's flags.
if (isMainThread && process.execArgv.some((flag) => flag.startsWith('--max-semi-space-size'))) {
  const { defaults } = await import('../../packages/cloud-hub/src/start-store.ts');
  Object.assign(defaults, { rowsPerTable: Number(process.env.SLUIS_TEST_ROWS_PER_TABLE) });
}
