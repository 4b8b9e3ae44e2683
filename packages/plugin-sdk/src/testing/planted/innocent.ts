import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { BatchBuilder } from '@sluis/protocol';
import { map } from 'rxjs';
import { carrying } from '../../columns/carrying.ts';
import { moveRows, NOWHERE } from '../../columns/move-rows.ts';
import { resultPath } from '../../columns/result-series.ts';
import type { OperatorDefinition } from '../../operator.ts';
import { planted, withValues } from './plant.ts';

const console = new Console(new PassThrough().resume());
const format = new Intl.DateTimeFormat('en', { timeZone: 'UTC' });

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
        values.of(id, batch.quality[i]).add(Math.trunc(batch.value[i]) || 0, 1);
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
  'the date of a sample as text': planted(() =>
    map((batch) => withValues(batch, (row) => format.format(batch.time[row] / 1000).length)),
  ),
  'what it sees on the console': planted(() =>
    map((batch) => {
      console.log('%d rows', batch.length);
      return batch;
    }),
  ),
};
