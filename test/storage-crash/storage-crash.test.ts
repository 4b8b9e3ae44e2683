import { join } from 'node:path';
import { expect, test } from 'vitest';
import { crashPoints, straceMissing, summarize } from '../crash-points.ts';
import { chosenSeed } from '../e2e/random.ts';
import { verifyStorage } from './verify.ts';
import { workloads } from './workload.ts';

const missing = await straceMissing();
if (missing !== undefined && process.env.CI === 'true') throw new Error(missing);
if (missing !== undefined) console.warn(`crash points are not tried: ${missing}`);

/** A kill takes a third of a second; the power cuts try the rest faster, on a model of a disk. */
const EVERY = 8;

test.skipIf(missing !== undefined)(
  'the storage keeps what it acknowledged wherever it is killed',
  { timeout: 300_000 },
  async () => {
    const driver = join(import.meta.dirname, 'driver.ts');
    const seed = chosenSeed();
    const outcome = await crashPoints({
      driver: (folder) => [driver, folder],
      every: EVERY,
      seed,
      verify: verifyStorage(workloads.small),
    });
    console.log(`${summarize(outcome)}, seed ${seed}`);
    const { points } = outcome;
    for (const call of ['write', 'pwrite64', 'fsync', 'rename', 'unlink', 'ftruncate']) {
      expect(points.filter((point) => point.call === call)).not.toHaveLength(0);
    }
    expect(points.filter(({ file }) => file === 'ack')).toHaveLength(workloads.small.steps.length);
  },
);
