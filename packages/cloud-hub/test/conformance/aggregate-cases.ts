import { Quality } from '@sluis/protocol';
import { expect } from 'vitest';
import type { Row } from '../test-agent.ts';
import type { Bench } from './bench.ts';
import type { Case } from './describe-store.ts';
import { parquetRows, parseCsv } from './formats.ts';

const ALL = ['count', 'sum', 'mean', 'min', 'max', 'first', 'last', 'stddev'] as const;

/** As the contract defines them for the numbers of one window, ascending by time; null where there is none. */
function reference(numbers: readonly number[]): (number | null)[] {
  const count = numbers.length;
  const sum = numbers.reduce((total, one) => total + one, 0);
  const mean = sum / count;
  const squares = numbers.reduce((total, one) => total + (one - mean) ** 2, 0);
  const stddev = count < 2 ? null : Math.sqrt(squares / (count - 1));
  return [count, sum, mean, Math.min(...numbers), Math.max(...numbers), numbers[0], numbers[count - 1], stddev];
}

const text = (number: number | null): unknown => (number === null || Number.isFinite(number) ? number : String(number));

/** That the windows have exactly these starts and results, in each format. */
async function expectWindows(
  bench: Bench,
  parameters: { series: string; every: string; from?: number; to?: number },
  windows: readonly (readonly [start: number, ...results: (number | null)[]])[],
): Promise<void> {
  const query = { ...parameters, fn: ALL.join(',') };
  const columns = ['time', ...ALL];
  expect(await bench.json('aggregate', query)).toEqual({
    series: parameters.series,
    columns,
    rows: windows.map((row) => row.map(text)),
  });
  const [header, ...lines] = parseCsv(await bench.text('aggregate', { ...query, format: 'csv' }));
  expect(header).toEqual(columns);
  expect(lines).toEqual(windows.map((row) => row.map((one) => (one === null ? '' : String(one)))));
  const parquet = await parquetRows(bench, 'aggregate', { ...query, format: 'parquet' });
  expect(parquet.columns).toEqual(columns);
  expect(parquet.rows.map((row) => row.map((one) => (one === null ? null : Number(one))))).toEqual(windows);
}

const values = (path: string, entries: readonly (readonly [time: number, value: Row['value']])[]): Row[] =>
  entries.map(([time, value]) => ({ path, time, value }));

export const aggregateCases: readonly Case[] = [
  {
    name: 'windows are aligned to 1970, also before it; those without samples are left out; one sample has no stddev',
    async given(bench) {
      const path = bench.path('a');
      const rows = values(path, [
        [-21, 4],
        [-20, 1],
        [-11, 2],
        [-1, 8],
        [0, 16],
        [9, 32],
        [40, 64],
        [49, 0.5],
      ]);
      await bench.stored(rows.toReversed());
      return async () => {
        await expectWindows(bench, { series: path, every: '10us' }, [
          [-30, ...reference([4])],
          [-20, ...reference([1, 2])],
          [-10, ...reference([8])],
          [0, ...reference([16, 32])],
          [40, ...reference([64, 0.5])],
        ]);
        // What lies outside of the times that are asked for takes no part, though its window does.
        await expectWindows(bench, { series: path, every: '10us', from: -11, to: 49 }, [
          [-20, ...reference([2])],
          [-10, ...reference([8])],
          [0, ...reference([16, 32])],
          [40, ...reference([64])],
        ]);
        await expectWindows(bench, { series: path, every: '10us', from: 10, to: 40 }, []);
        await expectWindows(bench, { series: path, every: '10us', from: 0, to: 0 }, []);
      };
    },
  },
  {
    name: 'integers and booleans are numbers; text, NaN and bad samples take no part',
    async given(bench) {
      const path = bench.path('a');
      await bench.stored([
        ...values(path, [
          [0, true],
          [1, 5n],
          [2, 'text'],
          [3, Number.NaN],
          [4, false],
          [5, -2.5],
        ]),
        { path, time: 6, value: 1_000, quality: Quality.bad },
        { path, time: 7, value: 3, quality: Quality.uncertain },
        ...values(path, [
          [10, 'text'],
          [11, Number.NaN],
        ]),
        { path, time: 20, value: 1, quality: Quality.bad },
        { path, time: 30, value: 2n ** 53n + 2n },
      ]);
      return () =>
        expectWindows(bench, { series: path, every: '10us' }, [
          [0, ...reference([1, 5, 0, -2.5, 3])],
          [30, ...reference([2 ** 53 + 2])],
        ]);
    },
  },
  {
    name: 'infinities and sums beyond all doubles are what doubles make of them',
    async given(bench) {
      const path = bench.path('a');
      const max = Number.MAX_VALUE;
      await bench.stored(
        values(path, [
          [0, Infinity],
          [1, 1],
          [10, Infinity],
          [11, -Infinity],
          [20, max],
          [21, max],
          [30, -Infinity],
        ]),
      );
      const nan = Number.NaN;
      return () =>
        expectWindows(bench, { series: path, every: '10us' }, [
          [0, 2, Infinity, Infinity, 1, Infinity, Infinity, 1, nan],
          [10, 2, nan, nan, -Infinity, Infinity, Infinity, -Infinity, nan],
          [20, 2, Infinity, Infinity, max, max, max, max, Infinity],
          [30, 1, -Infinity, -Infinity, -Infinity, -Infinity, -Infinity, -Infinity, null],
        ]);
    },
  },
  {
    name: 'a sample that was corrected counts once, as it is now',
    async given(bench) {
      const path = bench.path('a');
      await bench.stored(
        values(path, [
          [0, 1],
          [1, 2],
          [2, 3],
        ]),
        [{ path, time: 1, value: 20, revision: 1 }],
        [{ path, time: 2, value: 3, quality: Quality.bad, revision: 1 }],
        values(path, [
          [0, 10],
          [1, 200],
        ]),
      );
      return () => expectWindows(bench, { series: path, every: '1s' }, [[0, ...reference([10, 20])]]);
    },
  },
  {
    name: 'columns come in the order that is asked for; mean unless asked',
    async given(bench) {
      const path = bench.path('a');
      await bench.stored(
        values(path, [
          [0, 1],
          [1, 3],
        ]),
      );
      return async () => {
        const columns = async (more: Record<string, string>) => {
          const found = await bench.json('aggregate', { series: path, every: '1s', ...more });
          return found as { columns: string[]; rows: unknown[][] };
        };
        expect(await columns({ fn: 'max,count,first' })).toMatchObject({
          columns: ['time', 'max', 'count', 'first'],
          rows: [[0, 3, 2, 1]],
        });
        expect(await columns({})).toMatchObject({ columns: ['time', 'mean'], rows: [[0, 2]] });
      };
    },
  },
];
