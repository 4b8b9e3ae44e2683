import { SeriesTable } from '@sluis/protocol';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RecentSamples } from '../state.ts';
import { StateLimitError, StateMismatchError } from './image.ts';
import { OperatorState } from './operator-state.ts';

function seriesOf(...paths: string[]): SeriesTable {
  return new SeriesTable(paths.map((path) => ({ path, unit: '' })));
}

/** A sorted list per series: what the rings must do, in the plainest way. */
class Naive {
  readonly #budget: number;
  readonly #samples = new Map<number, { list: [number, number][]; forgotten: number }>();

  constructor(budget: number) {
    this.#budget = budget;
  }

  add(series: number, time: number, value: number): string {
    if (!this.#samples.has(series)) this.#samples.set(series, { list: [], forgotten: Number.NEGATIVE_INFINITY });
    this.#trim();
    const own = this.#samples.get(series) ?? expect.fail();
    const same = own.list.find(([at]) => at === time);
    if (same && Object.is(same[1], value)) return 'repeat';
    if (same) {
      same[1] = value;
      return 'correction';
    }
    if (time <= own.forgotten) return 'older';
    own.list.push([time, value]);
    own.list.sort(([a], [b]) => a - b);
    this.#trim();
    return own.list.some(([at]) => at === time) ? 'new' : 'older';
  }

  of(series: number): [number, number][] {
    this.#trim();
    return this.#samples.get(series)?.list ?? [];
  }

  reaches(series: number, from: number): boolean {
    return from > (this.#samples.get(series)?.forgotten ?? Number.NEGATIVE_INFINITY);
  }

  #trim(): void {
    const capacity = Math.min(65_536, Math.max(16, 2 ** Math.floor(Math.log2(this.#budget / this.#samples.size))));
    for (const own of this.#samples.values()) {
      for (const [time] of own.list.splice(0, Math.max(0, own.list.length - capacity))) own.forgotten = time;
    }
  }
}

function contents(recent: RecentSamples, series: number, from = -1000, to = 1000): [number, number][] {
  const samples: [number, number][] = [];
  recent.visit(series, from, to, (time, value) => samples.push([time, value]));
  return samples;
}

const sample = fc.record({
  series: fc.integer({ min: 0, max: 3 }),
  time: fc.integer({ min: 0, max: 90 }),
  value: fc.constantFrom(0, -0, 1, Number.NaN),
});

describe('recent samples', () => {
  test('are those of sorted lists that share the budget', () => {
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 300, size: 'max' }),
        fc.integer({ min: 20, max: 200 }),
        (samples, budget) => {
          const recent = new OperatorState(seriesOf('a', 'b', 'c', 'd')).recent('r', { budget });
          const naive = new Naive(budget);
          for (const { series, time, value } of samples) {
            expect(recent.add(series, time, value)).toBe(naive.add(series, time, value));
          }
          for (let series = 0; series < 4; series++) {
            expect(contents(recent, series)).toEqual(naive.of(series));
            expect(recent.greatest(series)).toBe(naive.of(series).at(-1)?.[0] ?? Number.NEGATIVE_INFINITY);
            for (const from of [0, 10, 50, 90]) expect(recent.reaches(series, from)).toBe(naive.reaches(series, from));
            expect(contents(recent, series, 20, 60)).toEqual(
              naive.of(series).filter(([time]) => time >= 20 && time < 60),
            );
          }
        },
      ),
    );
  });

  test('are the same whether appended together or added one by one', () => {
    const runs = fc.array(
      fc.tuple(fc.nat(2), fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 60, size: 'max' })),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(runs, (runs) => {
        const series = seriesOf('a', 'b', 'c');
        const appended = new OperatorState(series).recent('r', { budget: 100 });
        const added = new OperatorState(series).recent('r', { budget: 100 });
        for (const [id, steps] of runs) {
          let time = Math.max(0, appended.greatest(id));
          const times = Float64Array.from(steps, (step) => (time += step));
          appended.append(id, times, times, 0, times.length);
          for (const t of times) expect(added.add(id, t, t)).toBe('new');
        }
        for (let id = 0; id < 3; id++) {
          expect(contents(appended, id)).toEqual(contents(added, id));
          expect(appended.reaches(id, 30)).toBe(added.reaches(id, 30));
        }
      }),
    );
  });

  test('of one series are no more than asked for, also behind a snapshot', () => {
    const series = seriesOf('a');
    const state = new OperatorState(series);
    const times = Float64Array.from({ length: 100 }, (_, i) => i);
    state.recent('r', { budget: 1000, most: 32 }).append(0, times, times, 0, 100);
    const restored = new OperatorState(series);
    restored.restore(structuredClone(state.snapshot()));
    const recent = restored.recent('r', { budget: 1000, most: 32 });
    expect(recent.add(0, 100, 100)).toBe('new');
    expect(contents(recent, 0).map(([time]) => time)).toEqual(Array.from({ length: 32 }, (_, i) => 69 + i));
    expect(() => new OperatorState(series).recent('r', { budget: 1000, most: 33 })).toThrow('power of two');
  });

  test('give their memory back when many series share the budget', () => {
    const state = new OperatorState(seriesOf(...Array.from({ length: 1000 }, (_, i) => `s${i}`)));
    const recent = state.recent('r', { budget: 65_536 });
    const times = Float64Array.from({ length: 65_536 }, (_, i) => i);
    recent.append(0, times, times, 0, times.length);
    for (let id = 1; id < 1000; id++) recent.append(id, times, times, 0, 10);
    recent.add(0, 70_000, 1);
    expect(contents(recent, 0, 0, 80_000)).toHaveLength(64);
    expect(recent.reaches(0, 65_536 - 63)).toBe(true);
    expect(recent.reaches(0, 65_536 - 64)).toBe(false);
  });
});

test('rows keep the order of add through removal and growth', () => {
  const table = new OperatorState(seriesOf('a', 'b')).rows('w', ['start']);
  const model: { row: number; series: number; start: number }[] = [];
  for (let i = 0; i < 500; i++) {
    const series = i % 2;
    const row = table.add(series);
    expect(table.columns.start[row]).toBe(0);
    table.columns.start[row] = i;
    model.push({ row, series, start: i });
    if (i % 3 === 0) for (const { row } of model.splice(model.length >> 1, 2)) table.remove(row);
  }
  expect([...table].map((row) => table.columns.start[row])).toEqual(model.map(({ start }) => start));
  expect(table.of(1).map((row) => table.columns.start[row])).toEqual(
    model.filter(({ series }) => series === 1).map(({ start }) => start),
  );
  expect(table.size).toBe(model.length);
  const [gone] = table.of(0);
  table.remove(gone);
  expect(() => table.remove(gone)).toThrow(RangeError);
});

test('rows that nobody bounds end in an error', () => {
  const table = new OperatorState(seriesOf('a')).rows('w', []);
  for (let i = 0; i < 2 ** 20; i++) table.add(0);
  expect(() => table.add(0)).toThrow(StateLimitError);
});

test('a series that a state has seen keeps its unit where it is restored before its samples come', () => {
  const table = new SeriesTable([{ path: 'a', unit: 'Cel' }]);
  const state = new OperatorState(table);
  state.float64('last', 0).values[0] = 1;
  const other = new SeriesTable();
  new OperatorState(other).restore(state.snapshot());
  expect(other.definition(0)).toEqual({ path: 'a', unit: 'Cel' });
});

test('state is restored by path, before or after it is declared', () => {
  const series = seriesOf('a', 'b', 'c');
  const state = new OperatorState(series);
  const last = state.float64('last', Number.NaN);
  const rows = state.rows('windows', ['start', 'sum']);
  const recent = state.recent('recent', { budget: 100 });
  state.scalar('tick', 0).value = 7;
  last.reserve(200);
  last.values[2] = -0;
  const row = rows.add(1);
  rows.columns.sum[row] = 5;
  recent.add(0, 1, 10);
  recent.add(2, 5, 20);
  const image = structuredClone(state.snapshot());

  for (const declareFirst of [true, false]) {
    const other = seriesOf('x', 'c', 'b');
    const restored = new OperatorState(other);
    if (!declareFirst) restored.restore(image);
    const parts = {
      last: restored.float64('last', Number.NaN),
      rows: restored.rows('windows', ['start', 'sum']),
      recent: restored.recent('recent', { budget: 100 }),
      tick: restored.scalar('tick', 0),
    };
    if (declareFirst) restored.restore(image);
    expect(parts.tick.value).toBe(7);
    expect(parts.last.values.slice(0, 4)).toEqual(Float64Array.of(Number.NaN, -0, Number.NaN, Number.NaN));
    expect(parts.rows.of(2).map((r) => parts.rows.columns.sum[r])).toEqual([5]);
    expect(contents(parts.recent, other.id('c') ?? -1)).toEqual([[5, 20]]);
    expect(contents(parts.recent, other.id('a') ?? -1)).toEqual([[1, 10]]);
  }
});

test('an image of other state is refused', () => {
  const image = new OperatorState(seriesOf()).snapshot();
  const state = new OperatorState(seriesOf());
  state.scalar('tick', 0);
  expect(() => state.restore(image)).toThrow(StateMismatchError);
  const other = new OperatorState(seriesOf());
  other.float64('tick', 0);
  expect(() => state.restore(other.snapshot())).toThrow(StateMismatchError);
  expect(() => state.scalar('tick', 0)).toThrow(TypeError);
});
