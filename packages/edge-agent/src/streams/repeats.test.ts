import { BatchBuilder, type Columns, Kind, type Quality, SeriesTable } from '@sluis/protocol';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { resultsOf } from './fixtures.ts';
import { Repeats } from './repeats.ts';

const SECOND = 1_000_000;
type Content = number | string | bigint | boolean;

function add(builder: BatchBuilder, id: number, time: number, content: Content, quality: Quality = 0): void {
  if (typeof content === 'string') builder.text(id, time, content, quality);
  else if (typeof content === 'bigint') builder.integer(id, time, content, Kind.int64, quality);
  else if (typeof content === 'boolean') builder.boolean(id, time, content, quality);
  else builder.double(id, time, content, quality);
}

/** One series, all at one time: how many of the contents pass. */
function passed(...contents: [Content, Quality?][]): number {
  const series = new SeriesTable([{ path: 'a', unit: '' }]);
  const builder = new BatchBuilder();
  for (const [content, quality] of contents) add(builder, 0, 1, content, quality);
  const repeats = new Repeats({ series, skew: SECOND });
  return repeats.next({ sequence: 1, source: 'tcp', clock: SECOND, rows: builder.take() }).batch.length;
}

test.each<[string, [Content, Quality?][], number]>([
  ['the same double', [[1.5], [1.5]], 1],
  ['NaN', [[Number.NaN], [Number.NaN]], 1],
  ['zeros of both signs', [[0], [-0]], 2],
  [
    'another quality',
    [
      [1, 0],
      [1, 1],
    ],
    2,
  ],
  [
    'the same, uncertain',
    [
      [1, 1],
      [1, 1],
    ],
    1,
  ],
  ['another kind', [[1], [true], [1n], ['1']], 4],
  ['integers that are one double', [[2n ** 53n], [2n ** 53n + 1n]], 2],
  ['the same integer', [[2n ** 60n], [2n ** 60n]], 1],
  ['texts', [['RUN'], ['RUN'], ['STOP'], ['STOP'], ['RUN']], 3],
])('%s', (_, contents, expected) => expect(passed(...contents)).toBe(expected));

test('texts that differ in little have different fingerprints', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(passed([a], [b])).toBe(a === b ? 1 : 2);
    }),
  );
});

function entries(): { repeats: Repeats; rows: (list: [string, number, number][]) => Columns; series: SeriesTable } {
  const series = new SeriesTable();
  const rows = (list: [string, number, number][]): Columns => {
    const builder = new BatchBuilder();
    for (const [path, time, value] of list) builder.double(series.intern(path), time, value);
    return builder.take();
  };
  return { repeats: new Repeats({ series, skew: 10 * SECOND }), rows, series };
}

test('a tick says how far each series has come since the tick before, wrong clocks left out', () => {
  const { repeats, rows } = entries();
  const next = (source: string, clock: number, columns?: Columns) =>
    repeats.next({ sequence: 1, source, clock, rows: columns ?? rows([]) }).batch;
  const batch = next(
    'tcp',
    100 * SECOND,
    rows([
      ['a', 5, 1],
      ['a', 9, 2],
      ['a', 3, 3],
      ['b', 111 * SECOND, 1],
      ['c', 110 * SECOND, 1],
    ]),
  );
  expect(batch).toMatchObject({ length: 5, horizon: 110 * SECOND, tick: 100 * SECOND });
  expect(next('', 101 * SECOND).watermarks).toEqual({
    series: Uint32Array.of(0, 2),
    time: Float64Array.of(9, 110 * SECOND),
  });
  expect(next('', 102 * SECOND).watermarks.series).toHaveLength(0);
  next(
    'tcp',
    102 * SECOND,
    rows([
      ['a', 9, 2],
      ['a', 10, 1],
    ]),
  );
  expect(next('', 103 * SECOND).watermarks).toEqual({ series: Uint32Array.of(0), time: Float64Array.of(10) });
});

test('ticks rise whatever is done to the clock, and follow it again in the end', () => {
  const { repeats, rows } = entries();
  const tick = (clock: number) => repeats.next({ sequence: 1, source: '', clock, rows: rows([]) }).batch.tick;
  expect([100, 101, 50, 51, 52, 200].map((clock) => tick(clock * SECOND) / SECOND)).toEqual([
    100,
    101,
    101 + 1 / SECOND,
    102 + 1 / SECOND,
    103 + 1 / SECOND,
    200,
  ]);
});

test('a clock that is set back takes no right sample for one ahead of it', () => {
  const { repeats, rows } = entries();
  const at = (source: string, clock: number) => {
    const { tick, horizon } = repeats.next({ sequence: 1, source, clock: clock * SECOND, rows: rows([]) }).batch;
    return [tick, horizon].map((time) => Math.floor(time / SECOND));
  };
  expect(at('', 1000)).toEqual([1000, 1010]);
  expect(at('tcp', 1001)).toEqual([1000, 1011]);
  expect(at('tcp', 5)).toEqual([1000, 1010]);
  expect(at('', 6)).toEqual([1000, 1010]);
  expect(at('', 7)).toEqual([1001, 1011]);
  expect(at('tcp', 7)).toEqual([1001, 1011]);
});

test('what passes is what a plain memory would let pass, restored or not', () => {
  const row = fc.tuple(fc.constantFrom('a', 'b'), fc.nat(20), fc.nat(2));
  fc.assert(
    fc.property(fc.array(fc.array(row, { maxLength: 20 }), { maxLength: 8 }), fc.nat(8), (batches, at) => {
      let { repeats, rows, series } = entries();
      const known = new Map<string, number>();
      batches.forEach((list, i) => {
        if (i === at) {
          const image = structuredClone(repeats.snapshot());
          ({ repeats, rows, series } = entries());
          series.intern('z');
          repeats.restore(image);
        }
        const expected = list.filter(([path, time, value]) => {
          const key = `${path} ${time}`;
          const repeated = known.get(key) === value;
          known.set(key, value);
          return !repeated;
        });
        const { batch, repeats: dropped } = repeats.next({ sequence: i, source: 'tcp', clock: 0, rows: rows(list) });
        expect(resultsOf(batch, series).map((r) => [r.series, r.time, r.value])).toEqual(expected);
        expect(dropped).toBe(list.length - expected.length);
      });
    }),
  );
});
