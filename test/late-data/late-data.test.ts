import { expect, test } from 'vitest';
import { chosenSeed } from '../e2e/random.ts';
import { tryLateData } from './try-late-data.ts';

test('late, repeated and corrected samples are stored as SQL says, through compactions, merges and restarts', async () => {
  const seed = chosenSeed();
  console.log(`SLUIS_TEST_SEED=${seed}`);
  const samples = 200_000;
  const { sent, kept, status } = await tryLateData({ samples, series: 20, seed, tables: 24 });
  // What was to be tried was tried.
  expect([kept, sent > samples * 1.015]).toEqual([samples, true]);
  expect(status.tiers.map(({ tier }) => tier)).toContain(1);
});
