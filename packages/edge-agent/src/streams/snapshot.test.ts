import { BatchBuilder, SeriesTable } from '@sluis/protocol';
import { expect, test } from 'vitest';
import { fitToDisk, rememberedSamples } from '../log/disk-limits.ts';
import { silentLog } from './fixtures.ts';
import { steps } from '../operators/index.ts';
import { Repeats } from './repeats.ts';
import { encodeSnapshot } from './snapshot.ts';
import { Stream } from './stream.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;
const SERIES = 4;
const SAMPLES = 2 ** 18;

test('on a small disk, logs, ballast and three snapshots of samples that nothing compresses leave space', async () => {
  const disk = 32 * MiB;
  const limits = fitToDisk(
    { journal: { quotaBytes: GiB, hardQuotaBytes: 2 * GiB }, outbox: { quotaBytes: 4 * GiB } },
    disk,
  );
  const remembered = rememberedSamples(limits.journal.quotaBytes) / 2;
  const series = new SeriesTable(Array.from({ length: SERIES }, (_, i) => ({ path: `lab/${i}`, unit: '' })));
  const repeats = new Repeats({ series, skew: 0, remembered });
  const declaration = { from: ['tcp'], steps: steps.parse([{ window: { every: '1s', aggregate: ['mean'] } }]) };
  const stream = new Stream({ name: 'seconds', declaration, series, remembered, log: silentLog });
  const builder = new BatchBuilder();
  // Far more than are remembered.
  for (let i = 0; i < SAMPLES; i++) builder.double(i % SERIES, 1_000_000 + 7 * i, Math.random());
  const rows = builder.take();
  stream.next(repeats.next({ sequence: 1, source: 'tcp', clock: 60_000_000, rows }).batch);

  const image = { repeats: repeats.snapshot(), streams: { seconds: stream.snapshot() } };
  const { length } = await encodeSnapshot(image);
  const logs = limits.journal.hardQuotaBytes + limits.outbox.quotaBytes;
  // A quarter of the disk is for the ballast, WALs and what is not ours.
  expect(logs + 3 * length).toBeLessThanOrEqual(0.75 * disk);
  expect(length).toBeGreaterThan(remembered);
});
