import { OperatorState } from '@sluis/plugin-sdk';
import { BatchBuilder, noRows, SeriesTable } from '@sluis/protocol';
import { expect, test } from 'vitest';
import { fitToDisk, rememberedSamples } from '../log/disk-limits.ts';
import { silentLog } from './fixtures.ts';
import { steps } from '../operators/index.ts';
import { Repeats } from './repeats.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts';
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

/** One part of each kind. */
function partsOf(state: OperatorState) {
  return {
    scalar: state.scalar('scalar', 0),
    float64: state.float64('float64', 0),
    rows: state.rows('rows', ['start']),
    recent: state.recent('recent', { budget: 100 }),
    text: state.text('text'),
    map: state.map('map', ['sum']),
    ring: state.ring('ring', { capacity: 3, fields: ['value'] }),
    histograms: state.histograms('histograms'),
    timers: state.timers('timers', { on: 'tick' }),
    eventTimers: state.timers('event timers', { on: 'watermark' }),
  };
}

test('every part of a state comes back from a snapshot, whose memory is not the state itself', async () => {
  const series = new SeriesTable([{ path: 'lab/a', unit: 'Cel' }]);
  const state = new OperatorState(series);
  const { scalar, float64, rows, recent, text, map, ring, histograms, timers, eventTimers } = partsOf(state);
  scalar.value = -0;
  float64.values[0] = Number.NaN;
  rows.columns.start[rows.add(0)] = 1;
  recent.add(0, 1, 2);
  text.set(0, 'running');
  map.columns.sum[map.open('press 1') ?? expect.fail()] = 3;
  ring.columns.value[ring.push(0) ?? expect.fail()] = 4;
  histograms.of(0, 6).add(-7, 8);
  const watermarks = { series: Uint32Array.of(0), time: Float64Array.of(5) };
  for (const part of [timers, eventTimers]) {
    part.advance({ ...noRows, position: 0, tick: 7, horizon: 0, watermarks }, () => expect.fail());
    part.set(0, 8);
  }
  const before = structuredClone(state.snapshot());
  const bytes = await encodeSnapshot({ streams: { s: { fingerprint: 'f', operators: [state.snapshot()] } } });
  expect(state.snapshot()).toEqual(before);

  const image = (await decodeSnapshot(bytes))?.streams.s.operators[0] ?? expect.fail();
  const others = new SeriesTable([{ path: 'lab/other', unit: '' }]);
  const restored = new OperatorState(others);
  restored.restore(image);
  partsOf(restored);
  expect(restored.snapshot()).toEqual(before);
  expect(others.definition(1)).toEqual({ path: 'lab/a', unit: 'Cel' });
});
