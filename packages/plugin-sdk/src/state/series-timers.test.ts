import { noRows, noWatermarks, type SampleBatch } from '@sluis/protocol';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TimerClock } from '../state.ts';
import { Reborn } from './reborn.ts';
import { SeriesTimers } from './series-timers.ts';

const SERIES = 5;
const series = fc.integer({ min: 0, max: SERIES - 1 });
/** Few, so that many timers are due at one time. */
const time = fc.integer({ min: 0, max: 9 });
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ set: series, time }) },
  { weight: 2, arbitrary: fc.record({ cancel: series }) },
  { weight: 3, arbitrary: fc.record({ by: fc.integer({ min: 0, max: 2 }), marks: fc.array(fc.tuple(series, time)) }) },
  { weight: 1, arbitrary: fc.record({ restore: fc.array(series) }) },
);

/** What fires, in the plainest way: whatever is due and first, one after the other. */
class Naive {
  readonly #on: TimerClock;
  readonly timers = new Map<number, { time: number; order: number }>();
  readonly marks = new Map<number, number>();
  #order = 0;
  tick = Number.NEGATIVE_INFINITY;

  constructor(on: TimerClock) {
    this.#on = on;
  }

  set(series: number, time: number): void {
    this.timers.set(series, { time, order: this.#order++ });
  }

  advance(tick: number, marks: readonly (readonly [number, number])[], fire: (series: number, time: number) => void) {
    if (tick <= this.tick) return;
    this.tick = tick;
    for (const [series, time] of marks) this.marks.set(series, Math.max(time, this.marks.get(series) ?? time));
    for (;;) {
      const due = [...this.timers].filter(([series, { time }]) => time <= this.#now(series));
      const [first] = due.sort(([, a], [, b]) => a.time - b.time || a.order - b.order);
      if (!first) return;
      this.timers.delete(first[0]);
      fire(first[0], first[1].time);
    }
  }

  #now(series: number): number {
    return this.#on === 'tick' ? this.tick : (this.marks.get(series) ?? Number.NEGATIVE_INFINITY);
  }
}

function batchAt(tick: number, series: readonly number[] = [], times: readonly number[] = []): SampleBatch {
  const watermarks = { series: Uint32Array.from(series), time: Float64Array.from(times) };
  return { ...noRows, position: 0, tick, horizon: 0, watermarks };
}

describe.each(['tick', 'watermark'] as const)('timers on %ss', (on) => {
  test('fire as those of a list do, also where they are restored at any moment with other ids', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const timers = new Reborn((state) => state.timers('due', { on }));
        const naive = new Naive(on);
        let tick = 0;
        for (const step of steps) {
          if ('set' in step) {
            timers.part.set(timers.id(step.set), step.time);
            naive.set(step.set, step.time);
          } else if ('cancel' in step) {
            timers.part.cancel(timers.id(step.cancel));
            naive.timers.delete(step.cancel);
          } else if ('by' in step) {
            tick += step.by;
            const ids = step.marks.map(([series]) => timers.id(series));
            const fired: [number, number][] = [];
            const batch = batchAt(
              tick,
              ids,
              step.marks.map(([, time]) => time),
            );
            timers.part.advance(batch, (id, time) => {
              const series = timers.series(id);
              fired.push([series, time]);
              // A timer may set and cancel any: the next series' later, or its own again.
              if (time % 3 === 0) timers.part.set(id, time + 2);
              if (time % 3 === 1) timers.part.set(timers.id((series + 1) % SERIES), time + 1);
              if (time % 4 === 0) timers.part.cancel(timers.id((series + 2) % SERIES));
            });
            const expected: [number, number][] = [];
            naive.advance(tick, step.marks, (series, time) => {
              expected.push([series, time]);
              if (time % 3 === 0) naive.set(series, time + 2);
              if (time % 3 === 1) naive.set((series + 1) % SERIES, time + 1);
              if (time % 4 === 0) naive.timers.delete((series + 2) % SERIES);
            });
            expect(fired).toEqual(expected);
          } else timers.restore(step.restore);
          for (let s = 0; s < SERIES; s++) expect(timers.part.get(timers.id(s))).toBe(naive.timers.get(s)?.time);
        }
      }),
    );
  });

  test('fire at no batch whose tick is that of the one before', () => {
    const timers = new SeriesTimers({ on });
    const fired: number[] = [];
    const advance = (tick: number): void => timers.advance(batchAt(tick, [0], [100]), (_, time) => fired.push(time));
    advance(50);
    timers.set(0, 10);
    advance(50);
    expect(fired).toEqual([]);
    advance(51);
    expect(fired).toEqual([10]);
  });

  test('are refused where they would fire for ever, or never', () => {
    const timers = new SeriesTimers({ on });
    timers.set(0, 5);
    expect(() => timers.advance(batchAt(9, [0], [9]), (id, time) => timers.set(id, time))).toThrow(
      'a timer that is set while one fires must be later: 5 is not after 5',
    );
    expect(() => timers.set(0, Number.NaN)).toThrow(RangeError);
    timers.set(0, 1);
    expect(timers.get(0)).toBe(1);
  });
});

test('a series whose watermark stands still keeps its timer, whatever the others do', () => {
  const timers = new SeriesTimers({ on: 'watermark' });
  const fired: number[] = [];
  for (const series of [0, 1]) timers.set(series, 10);
  timers.advance(batchAt(1, [1], [10]), (series) => fired.push(series));
  timers.advance({ ...batchAt(1e15), watermarks: noWatermarks }, (series) => fired.push(series));
  expect(fired).toEqual([1]);
});

test('a hundred thousand timers of one tick take as long as so many', () => {
  const timers = new SeriesTimers({ on: 'tick' });
  const SERIES = 100_000;
  for (let series = 0; series < SERIES; series++) timers.set(series, (series * 7919) % SERIES);
  let last = -1;
  let fired = 0;
  timers.advance(batchAt(SERIES), (_, time) => {
    if (time <= last) expect.fail();
    last = time;
    fired++;
  });
  expect(fired).toBe(SERIES);
});
