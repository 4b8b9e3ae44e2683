import { join } from 'node:path';
import { expect, test } from 'vitest';
import { crashPoints, straceMissing, summarize } from '../crash-points.ts';
import { chosenSeed } from '../e2e/random.ts';
import { verifyFiles } from './verify-files.ts';

const missing = await straceMissing();
if (missing !== undefined && process.env.CI === 'true') throw new Error(missing);
if (missing !== undefined) console.warn(`crash points are not tried: ${missing}`);

/** A kill takes half a second; the power cuts try the rest faster, on a model of a disk. */
const EVERY = 3;

test.skipIf(missing !== undefined)(
  'what the store acknowledged is in its files and segments once, wherever compaction is killed',
  { timeout: 300_000 },
  async () => {
    const driver = join(import.meta.dirname, 'files-driver.ts');
    const seed = chosenSeed();
    const outcome = await crashPoints({
      driver: (folder) => [driver, folder],
      every: EVERY,
      seed,
      verify: verifyFiles,
      afterFirst: true,
    });
    console.log(`${summarize(outcome)}, seed ${seed}`);
    const { points } = outcome;
    for (const call of ['write', 'pwrite64', 'fsync', 'rename', 'unlink']) {
      expect(points.filter((point) => point.call === call)).not.toHaveLength(0);
    }
  },
);
