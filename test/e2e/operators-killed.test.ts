import { expect, test } from 'vitest';
import { silentStreams, tryKillOperators } from '../faults/operators/kill-operators.ts';
import { temporaryFolder } from './folder.ts';
import { chosenSeed } from './random.ts';

/** `test:faults kill-operators` kills it twenty times. */
test('an agent with every stateful operator that is killed sends what one sends that is not', async () => {
  await using folder = await temporaryFolder();
  const seed = chosenSeed();
  console.log(`kill operators: SLUIS_TEST_SEED=${seed}`);
  const progress = (): void => undefined;
  const outcome = await tryKillOperators({
    folder: folder.path,
    seed,
    kills: 2,
    samples: 2_800,
    isShort: true,
    journalQuota: '512KiB',
    progress,
  });
  expect(outcome.findings).toEqual([]);
  expect({ missing: outcome.missing, more: outcome.more }).toEqual({ missing: 0, more: 0 });
  expect(silentStreams(outcome)).toEqual([]);
});
