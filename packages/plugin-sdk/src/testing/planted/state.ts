import { BatchBuilder, type SampleBatch } from '@sluis/protocol';
import { map, type Observable, scan } from 'rxjs';
import { carrying } from '../../columns/carrying.ts';
import { type Planted, planted, running, withValues } from './plant.ts';

let moduleSum = 0;
const moduleLast = new Map<string, number>();
/** More rows than a test gives, fewer than are made of them. */
const HIDDEN_ROWS = 100;

/** Operators that keep what lasts elsewhere than in their state, or that depend on how batches are cut, or on ids. */
export const ofState: Planted = {
  'a sum in a variable of the module': {
    rule: 'shared state',
    says: 'when it is run again',
    operator: planted(() => map((batch) => running(batch, (value) => (moduleSum += value)))),
  },
  'the last value in a map of the module, set anew with each series': {
    rule: 'shared state',
    says: 'beside another instance',
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
  'a count of create that shows after hundreds of rows': {
    rule: 'hidden state',
    says: 'when it is restored',
    operator: planted(() => {
      let count = 0;
      return map((batch) => running(batch, (value) => (++count > HIDDEN_ROWS ? 0 : value)));
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
};
