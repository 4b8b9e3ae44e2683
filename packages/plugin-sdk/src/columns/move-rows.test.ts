import { BatchBuilder, noWatermarks, type SampleBatch } from '@sluis/protocol';
import { expect, test } from 'vitest';
import { moveRows, NOWHERE } from './move-rows.ts';
import { ofSeries } from './of-series.ts';
import { StreamSeries } from '../stream-series.ts';

function batchOf(series: readonly number[], watermarks = noWatermarks): SampleBatch {
  const rows = new BatchBuilder();
  series.forEach((id, i) => rows.double(id, i, i));
  return { ...rows.take(), position: 1, tick: 2, horizon: 3, watermarks };
}

test('rows go to other series, and those that go nowhere are left out', () => {
  const moved = moveRows(batchOf([0, 0, 1, 2, 1, 0]), (id) => [5, NOWHERE, 2][id]);
  expect([...moved.series]).toEqual([5, 5, 2, 5]);
  expect([...moved.time]).toEqual([0, 1, 3, 5]);
  expect(moved.tick).toBe(2);
});

test('the batch that comes in is not written to, and is what comes out if nothing moves', () => {
  const batch = batchOf([0, 1]);
  expect(moveRows(batch, (id) => id)).toBe(batch);
  expect([...moveRows(batch, () => 7).series]).toEqual([7, 7]);
  expect([...batch.series]).toEqual([0, 1]);
});

test('watermarks go with their series: of several that become one the furthest', () => {
  const watermarks = { series: Uint32Array.of(0, 1, 2, 3), time: Float64Array.of(10, 30, 20, 5) };
  const { watermarks: moved } = moveRows(batchOf([], watermarks), (id) => [2, 2, 2, NOWHERE][id]);
  expect(moved).toEqual({ series: Uint32Array.of(2), time: Float64Array.of(30) });
});

test('what follows from a name is found once for each series, also for those that come later', () => {
  const series = new StreamSeries();
  series.intern('lab/a', 'Cel');
  const asked: string[] = [];
  const length = ofSeries(series, ({ path, unit }) => {
    asked.push(`${path} ${unit}`);
    return path.length;
  });
  const later = series.intern('lab/bc');
  expect([length(later), length(0), length(later)]).toEqual([6, 5, 6]);
  expect(asked).toEqual(['lab/bc ', 'lab/a Cel']);
});
