import { BatchBuilder, noRows, noWatermarks, type SampleBatch } from '@sluis/protocol';
import {
  bufferTime,
  concatMap,
  debounceTime,
  delay,
  filter,
  from,
  map,
  mergeMap,
  observeOn,
  asapScheduler,
  type OperatorFunction,
  scan,
  startWith,
  Subject,
  take,
  type Observable,
} from 'rxjs';
import { z } from 'zod';
import { carrying } from '../columns/carrying.ts';
import { resultPath } from '../columns/result-series.ts';
import { moveRows, NOWHERE } from '../columns/move-rows.ts';
import { defineOperator, type OperatorContext, type OperatorDefinition, type OutputNames } from '../operator.ts';
import type { Rule } from './contract-error.ts';

/*
 * Operators that each break one thing that the contract asks for, and those like them that do not.
 */

type Create = (context: OperatorContext<object>) => OperatorFunction<SampleBatch, SampleBatch>;

function planted(create: Create, names: OutputNames = 'kept'): OperatorDefinition<object, object> {
  return defineOperator({ name: 'planted', version: 1, summary: 'Planted.', config: z.object({}), names, create });
}

function withWatermarks(batch: SampleBatch, timeOf: (time: number) => number): SampleBatch {
  const { series, time } = batch.watermarks;
  return { ...batch, watermarks: { series, time: time.map(timeOf) } };
}

/** A batch of the same rows with other values. */
function withValues(batch: SampleBatch, valueOf: (row: number) => number): SampleBatch {
  return { ...batch, value: Float64Array.from(batch.value, (_, row) => valueOf(row)) };
}

const running = (of: SampleBatch, add: (value: number) => number): SampleBatch =>
  withValues(of, (row) => add(of.value[row]));

const nothing: SampleBatch = carrying(
  { ...noRows, position: 0, tick: 0, horizon: 0, watermarks: noWatermarks },
  noRows,
);

/** The project's TypeScript does not know it yet. */
const temporal = Reflect.get(globalThis, 'Temporal') as { Now: { instant(): unknown } };

let moduleSum = 0;
const moduleLast = new Map<string, number>();
const pool = new Float64Array(1024);

/** By what they do: the part of the contract that they break, and what the message must tell. */
export const violations: Readonly<
  Record<string, { rule: Rule; says: string; operator: OperatorDefinition<object, object> }>
> = {
  'a sum in a variable of the module': {
    rule: 'shared state',
    says: 'when it is run again',
    operator: planted(() => map((batch) => running(batch, (value) => (moduleSum += value)))),
  },
  'the last value in a map of the module, set anew with each series': {
    rule: 'shared state',
    says: 'Another instance sees it',
    operator: planted(({ series }) => {
      moduleLast.clear();
      return map((batch) =>
        withValues(batch, (row) => {
          const path = series.path(batch.series[row]);
          const last = moduleLast.get(path) ?? 0;
          moduleLast.set(path, batch.value[row]);
          return batch.value[row] - last;
        }),
      );
    }),
  },
  'a sum in a variable of create': {
    rule: 'hidden state',
    says: 'Keep what lasts from one batch to the next in context.state',
    operator: planted(() => {
      let sum = 0;
      return map((batch) => running(batch, (value) => (sum += value)));
    }),
  },
  'state declared, and a variable that is read instead': {
    rule: 'hidden state',
    says: 'restored, with other ids',
    operator: planted(({ state }) => {
      const sum = state.scalar('sum', 0);
      let read = sum.value;
      return map((batch) => running(batch, (value) => (sum.value = read += value)));
    }),
  },
  scan: {
    rule: 'hidden state',
    says: 'no RxJS operator with a memory',
    operator: planted(
      () => (batches: Observable<SampleBatch>) =>
        batches.pipe(scan((before, batch) => running(batch, (value) => value + (before.value.at(-1) ?? 0)))),
    ),
  },
  bufferTime: {
    rule: 'timer',
    says: 'setInterval',
    operator: planted(
      () => (batches) =>
        batches.pipe(
          bufferTime(10),
          concatMap((list) => from(list)),
        ),
    ),
  },
  delay: { rule: 'timer', says: 'set', operator: planted(() => delay(1)) },
  debounceTime: { rule: 'timer', says: 'setInterval', operator: planted(() => debounceTime(1)) },
  asapScheduler: { rule: 'asynchronous', says: 'promise', operator: planted(() => observeOn(asapScheduler)) },
  startWith: { rule: 'asynchronous', says: 'when none was given to it', operator: planted(() => startWith(nothing)) },
  'Date.now': {
    rule: 'other clock',
    says: 'Date.now',
    operator: planted(() => filter(() => Date.now() > 0)),
  },
  'new Date()': {
    rule: 'other clock',
    says: 'new Date()',
    operator: planted(() => filter(() => new Date().getTime() > 0)),
  },
  'Temporal.Now': {
    rule: 'other clock',
    says: 'Temporal.Now.instant',
    operator: planted(() => filter(() => temporal.Now.instant() !== undefined)),
  },
  'performance.now': {
    rule: 'other clock',
    says: 'performance.now',
    operator: planted(() => filter(() => performance.now() > 0)),
  },
  'process.hrtime': {
    rule: 'other clock',
    says: 'process.hrtime',
    operator: planted(() => filter(() => process.hrtime()[0] > 0)),
  },
  'Math.random': {
    rule: 'chance',
    says: 'Math.random',
    operator: planted(() => filter(() => Math.random() < 2)),
  },
  'crypto.randomUUID': {
    rule: 'chance',
    says: 'crypto.randomUUID',
    operator: planted(() => filter(() => crypto.randomUUID().length > 0)),
  },
  'setTimeout emits': {
    rule: 'timer',
    says: 'setTimeout',
    operator: planted(() => (batches) => {
      const results = new Subject<SampleBatch>();
      batches.subscribe((batch) => setTimeout(() => results.next(batch)));
      return results;
    }),
  },
  'queueMicrotask emits': {
    rule: 'asynchronous',
    says: 'queueMicrotask',
    operator: planted(() => (batches) => {
      const results = new Subject<SampleBatch>();
      batches.subscribe((batch) => queueMicrotask(() => results.next(batch)));
      return results;
    }),
  },
  'a promise emits': {
    rule: 'asynchronous',
    says: 'then of a promise',
    operator: planted(() => mergeMap((batch) => Promise.resolve(batch))),
  },
  'an async function emits': {
    rule: 'asynchronous',
    says: 'when none was given to it',
    operator: planted(() => (batches) => {
      const results = new Subject<SampleBatch>();
      const emit = async (batch: SampleBatch): Promise<void> => results.next(await batch);
      batches.subscribe((batch) => void emit(batch));
      return results;
    }),
  },
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
  'uses one array again for all that it emits': {
    rule: 'writes to its output',
    says: "changed 'value'",
    operator: planted(() =>
      map((batch) => {
        for (let i = 0; i < batch.length; i++) pool[i] = batch.value[i] * 2;
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
  'the sum of each batch': {
    rule: 'batch boundaries',
    says: 'when batches are cut',
    operator: planted(() =>
      map((batch) => {
        const rows = new BatchBuilder();
        const sum = batch.value.reduce((a, b) => a + b, 0);
        if (batch.length > 0) rows.double(batch.series[0], batch.time[batch.length - 1], sum);
        return carrying(batch, rows.take());
      }),
    ),
  },
  'a batch without rows counts': {
    rule: 'batch boundaries',
    says: 'without rows come between',
    operator: planted(({ state }) => {
      const empty = state.scalar('empty', 0);
      const tick = state.scalar('tick', 0);
      return map((batch) => {
        if (batch.length === 0 && batch.tick === tick.value) empty.value++;
        tick.value = batch.tick;
        return running(batch, (value) => value + empty.value);
      });
    }),
  },
  'emits by the numbers of ids': {
    rule: 'order of ids',
    says: 'where series have other ids',
    operator: planted(() =>
      map((batch) => {
        const rows = new BatchBuilder();
        const { series } = batch.watermarks;
        for (const id of series) rows.double(id, batch.tick, 0);
        return carrying(batch, rows.take());
      }),
    ),
  },
  'the id as a value': {
    rule: 'order of ids',
    says: 'other ids',
    operator: planted(() => map((batch) => withValues(batch, (row) => batch.series[row]))),
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
  'emits a batch whose columns differ in length': {
    rule: 'malformed batch',
    says: "entries in 'value'",
    operator: planted(() => map((batch) => ({ ...batch, value: new Float64Array(batch.length + 1) }))),
  },
  'emits a series that nobody has named': {
    rule: 'malformed batch',
    says: 'context.series.intern gives ids',
    operator: planted(() => map((batch) => ({ ...batch, series: batch.series.map((id) => id + 1000) }))),
  },
  'emits a time between two microseconds': {
    rule: 'malformed batch',
    says: 'not a whole number of µs',
    operator: planted(() => map((batch) => ({ ...batch, time: batch.time.map((time) => time + 0.5) }))),
  },
};

/** Operators that are as they should be, though they look suspicious. */
export const innocent: Readonly<Record<string, OperatorDefinition<object, object>>> = {
  'passes everything': planted(() => map((batch) => batch)),
  'a running sum per series': planted(({ state }) => {
    const sum = state.float64('sum', 0);
    return map((batch) => {
      for (const id of batch.series) sum.reserve(id);
      return withValues(batch, (row) => (sum.values[batch.series[row]] += batch.value[row]));
    });
  }),
  'what follows from names alone in a variable': planted(({ series }) => {
    const lengths: number[] = [];
    return map((batch) =>
      withValues(batch, (row) => (lengths[batch.series[row]] ??= series.path(batch.series[row]).length)),
    );
  }),
  'the value of each series with each tick, in order of their first sample': planted(({ state, series }) => {
    const latest = state.rows('latest', ['value']);
    const tick = state.scalar('tick', Number.NEGATIVE_INFINITY);
    return map((batch) => {
      const rows = new BatchBuilder();
      if (batch.tick > tick.value && tick.value > Number.NEGATIVE_INFINITY) {
        for (const row of latest) rows.double(latest.owner[row], batch.tick, latest.columns.value[row]);
      }
      tick.value = batch.tick;
      for (let i = 0; i < batch.length; i++) {
        const row = latest.of(batch.series[i]).at(0) ?? latest.add(batch.series[i]);
        latest.columns.value[row] = batch.value[i];
        series.intern(`${series.path(batch.series[i])}/seen`);
      }
      return carrying(batch, rows.take());
    });
  }),
  'every part of state': planted((context) => {
    const { state, series } = context;
    const mode = state.text('mode');
    const seen = state.map('seen', ['count']);
    const last = state.ring('last', { capacity: 3, fields: ['value'] });
    const late = state.timers('late', { on: 'watermark' });
    const silent = state.timers('silent', { on: 'tick' });
    const values = state.histograms('values');
    return map((batch) => {
      const rows = new BatchBuilder();
      const emit = (id: number, what: string, time: number, value: number): void =>
        rows.double(series.intern(resultPath(context, id, what)), time, value);
      late.advance(batch, (id, time) => emit(id, 'late', time, last.count(id)));
      silent.advance(batch, (id, time) => emit(id, 'silent', time, seen.find(mode.get(id)) ?? -1));
      for (let i = 0; i < batch.length; i++) {
        const id = batch.series[i];
        mode.set(id, `${series.path(id)} ${batch.quality[i]}`);
        const key = seen.open(mode.get(id)) ?? 0;
        seen.columns.count[key]++;
        const row = last.push(id) ?? 0;
        last.columns.value[row] = batch.value[i];
        values.of(id, batch.quality[i]).add(Math.trunc(batch.value[i]), 1);
        emit(id, 'least', batch.time[i], values.of(id, 0).inOrder()[0]?.[0] ?? 0);
        late.set(id, batch.time[i] + 1_000_000);
        silent.set(id, batch.tick + 2_000_000);
        emit(id, 'oldest', batch.time[i], last.columns.value[last.at(id, 0)] + seen.columns.count[key]);
      }
      return carrying(batch, rows.take());
    });
  }),
  'one series of two, and nothing of a third': planted(({ series }) => {
    const target = (id: number): number => (series.path(id) === 'c/t' ? NOWHERE : series.intern('all'));
    return map((batch) => moveRows(batch, target));
  }, 'chosen'),
  'results that have the time of their series': planted(
    (context) => map((batch) => moveRows(batch, (id) => context.series.intern(resultPath(context, id, 'same')))),
    'stream',
  ),
  'the date of a sample': planted(() =>
    map((batch) => withValues(batch, (row) => new Date(batch.time[row] / 1000).getUTCHours())),
  ),
};
