import { Quality } from '@sluis/protocol';
import { expect } from 'vitest';
import type { Row } from '../test-agent.ts';
import type { Case } from './describe-store.ts';
import { expectSamples } from './formats.ts';

/** Values of one series in its order of time. */
interface Values {
  readonly name: string;
  readonly type: string;
  readonly values: readonly Row['value'][];
  readonly unsigned?: boolean;
}

const series: readonly Values[] = [
  {
    name: 'doubles, with what is not finite, the sign of zero, and the smallest and largest',
    type: 'double',
    values: [
      0.1,
      -0,
      0,
      5e-324,
      -2.2250738585072009e-308,
      2 ** -1022,
      Number.MAX_VALUE,
      -Number.MAX_VALUE,
      1e21,
      123456789.12345679,
      2 ** 53 + 2,
      Number.NaN,
      Infinity,
      -Infinity,
      1 / 3,
    ],
  },
  {
    name: 'zeros of both signs that recur among few values',
    type: 'double',
    values: Array.from({ length: 400 }, (_, i) => [0, -0, 1, -0, 0][i % 5]),
  },
  { name: 'booleans', type: 'boolean', values: [true, false, false, true] },
  {
    name: 'signed integers up to 64 bits',
    type: 'int64',
    values: [0n, -1n, 42n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)],
  },
  {
    name: 'unsigned integers up to 64 bits',
    type: 'uint64',
    values: [0n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n],
    unsigned: true,
  },
  {
    name: 'text, with all that formats must quote',
    type: 'text',
    values: [
      '',
      ' ',
      '1',
      'true',
      'null',
      'NaN',
      'a "quoted", text',
      "it's; -- ",
      'two\nlines\r\nand\ttabs',
      '\u0000\u0001\u001F\u007F\u2028',
      'Zür\u0065\u0301 \u{1F600}\u{1F468}\u200D\u{1F469}',
      'x'.repeat(20_000),
    ],
  },
  {
    name: 'a type that changes from sample to sample',
    type: 'text',
    values: [1.5, true, 7n, 'text', Number.NaN, -0, 2n ** 60n, false, '1', Infinity, 'last'],
  },
];

export const valueCases: readonly Case[] = [
  ...series.map(({ name, type, values, unsigned }): Case => ({
    name: `${name}: exact in every format`,
    async given(bench) {
      const path = bench.path('values');
      const rows = values.map((value, i): Row => ({ path, time: i * 10, value, unsigned }));
      // Each half in a segment of its own, the later first.
      const half = Math.ceil(rows.length / 2);
      await bench.stored(rows.slice(half), rows.slice(0, half));
      return async () => {
        await expectSamples(bench, path, rows);
        const [first, last] = [rows[0].time, rows[rows.length - 1].time];
        const samples = rows.length;
        expect(await bench.series('values')).toEqual([{ path, type, unit: 'Cel', first, last, samples }]);
      };
    },
  })),
  {
    name: 'qualities are told apart',
    async given(bench) {
      const path = bench.path('a');
      const qualities = [Quality.good, Quality.bad, Quality.uncertain, Quality.good];
      const rows = qualities.map((quality, time): Row => ({ path, time, value: time, quality }));
      await bench.stored(rows);
      return () => expectSamples(bench, path, rows);
    },
  },
  {
    name: 'times from the earliest to the latest that is exact; from is inclusive, to exclusive',
    async given(bench) {
      const path = bench.path('a');
      const latest = 2 ** 53 - 1;
      const times = [-latest, -latest + 1, -86_400_000_001, -1, 0, 1, 1_700_000_000_000_001, latest - 1, latest];
      const rows = times.map((time, value): Row => ({ path, time, value }));
      await bench.stored(rows.toReversed());
      return async () => {
        await expectSamples(bench, path, rows);
        expect(await bench.series('a')).toMatchObject([{ first: -latest, last: latest, samples: times.length }]);
        const between = async (from: number | string, to: number | string) => {
          const found = (await bench.json('samples', { series: path, from, to })) as { rows: [number][] };
          return found.rows.map(([time]) => times.indexOf(time));
        };
        expect(await between(-latest, -1)).toEqual([0, 1, 2]);
        expect(await between(-latest + 1, 0)).toEqual([1, 2, 3]);
        expect(await between(0, 0)).toEqual([]);
        expect(await between(-1, 1)).toEqual([3, 4]);
        expect(await between('1969-12-31T23:59:59.999999Z', '1970-01-01')).toEqual([3]);
        expect(await between('1970-01-01', latest)).toEqual([4, 5, 6, 7]);
        expect(await between(latest, latest)).toEqual([]);
        const { rows: tail } = (await bench.json('samples', { series: path, from: latest })) as { rows: [number][] };
        expect(tail.map(([time]) => time)).toEqual([latest]);
      };
    },
  },
  {
    name: '100,000 samples come as a stream, whole and in order',
    async given(bench) {
      const path = bench.path('a');
      const count = 100_000;
      const rows = Array.from({ length: count }, (_, i): Row => ({ path, time: i * 1_000, value: (i * 7) % 1_000 }));
      await bench.stored(rows.slice(0, 60_000), rows.slice(60_000));
      const lines = rows.map(({ time, value }) => `${time},${value},good`);
      const csv = `time,value,quality\n${lines.join('\n')}\n`;
      return async () => {
        const text = await bench.text('samples', { series: path, format: 'csv' });
        // Said as a length first: the texts have some megabytes.
        expect(text.length).toBe(csv.length);
        expect(text === csv).toBe(true);
        expect(await bench.series('a')).toMatchObject([{ samples: count, last: (count - 1) * 1_000 }]);
        const counted = await bench.json('aggregate', { series: path, every: '1h', fn: 'count,max' });
        expect(counted).toMatchObject({ rows: [[0, count, 999]] });
      };
    },
  },
];
