import { noWatermarks, type SampleBatch } from '@sluis/protocol';
import { filter, map, take } from 'rxjs';
import { moveRows } from '../../columns/move-rows.ts';
import { resultPath } from '../../columns/result-series.ts';
import { type Planted, planted } from './plant.ts';

const pool = new Float64Array(1024);

function withWatermarks(batch: SampleBatch, timeOf: (time: number) => number): SampleBatch {
  const { series, time } = batch.watermarks;
  return { ...batch, watermarks: { series, time: time.map(timeOf) } };
}

/** Operators that make batches which are not as they should be, or none. */
export const ofBatches: Planted = {
  'writes to the values that it received': {
    rule: 'writes to its input',
    says: "changed 'value'",
    operator: planted(() =>
      map((batch) => {
        for (let i = 0; i < batch.length; i++) batch.value[i] *= 2;
        return batch;
      }),
    ),
  },
  'writes to the texts that it received': {
    rule: 'writes to its input',
    says: "changed 'texts'",
    operator: planted(() =>
      map((batch) => {
        const texts = batch.texts as string[] | undefined;
        texts?.forEach((text, i) => (texts[i] = text.toUpperCase()));
        return batch;
      }),
    ),
  },
  'uses one array again for all that it emits': {
    rule: 'writes to its output',
    says: "changed 'value'",
    operator: planted(() =>
      map((batch) => {
        for (let i = 0; i < batch.length; i++) pool[i] = batch.kind?.[i] ? batch.value[i] : batch.value[i] * 2;
        return { ...batch, value: pool.subarray(0, batch.length) };
      }),
    ),
  },
  'keeps empty batches to itself': {
    rule: 'takes no part in time',
    says: 'nothing for a batch without rows',
    operator: planted(() => filter((batch) => batch.length > 0)),
  },
  'emits rows without the time of the batch': {
    rule: 'takes no part in time',
    says: "as 'tick'",
    operator: planted(() => map((batch) => ({ ...batch, tick: 0 }))),
  },
  'emits rows without watermarks': {
    rule: 'takes no part in time',
    says: 'received the watermark 0s of b/t, and emitted none of that series',
    operator: planted(() => map((batch) => ({ ...batch, watermarks: noWatermarks }))),
  },
  'keeps the watermarks of results to itself': {
    rule: 'takes no part in time',
    says: 'received the watermark 0s of b/t, and emitted none of that series',
    operator: planted(
      (context) =>
        map((batch) => {
          const series = batch.series.map((id) => context.series.intern(resultPath(context, id, 'same')));
          return { ...batch, series, watermarks: noWatermarks };
        }),
      'stream',
    ),
  },
  'renames rows, and forgets their watermarks': {
    rule: 'takes no part in time',
    says: 'and emitted none of that series',
    operator: planted(
      ({ series }) =>
        map((batch) => ({
          ...moveRows(batch, (id) => series.intern(`all/${series.path(id)}`)),
          watermarks: noWatermarks,
        })),
      'chosen',
    ),
  },
  'emits watermarks that are behind': {
    rule: 'takes no part in time',
    says: 'received the watermark 0s of b/t, and emitted -1s',
    operator: planted(() => map((batch) => withWatermarks(batch, (time) => time - 1_000_000))),
  },
  'emits watermarks that are ahead': {
    rule: 'takes no part in time',
    says: 'emitted the watermark 2s of b/t, ahead of what came in, 0s',
    operator: planted(() => map((batch) => withWatermarks(batch, () => batch.tick))),
  },
  completes: { rule: 'completes', says: 'completed', operator: planted(() => take(2)) },
  throws: {
    rule: 'throws',
    says: 'no such thing',
    operator: planted(() =>
      map((batch) => {
        if (batch.length > 0) throw new Error('no such thing');
        return batch;
      }),
    ),
  },
};
