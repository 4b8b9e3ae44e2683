import { expect } from 'vitest';
import type { Row } from '../test-agent.ts';
import type { Case } from './describe-store.ts';
import { expectSamples } from './formats.ts';

/** Tables as the agent names them hold any character. */
const odd = [
  'm%2F1/a "quoted" name',
  "it's/100%/a&b=c?d#e",
  'Zürich/\u{1F600}/\uFF5E',
  '*',
  `deep/${'x/'.repeat(60)}x`,
  '<b>/;--/\\',
];

export const seriesCases: readonly Case[] = [
  {
    name: 'a path may have any character',
    async given(bench) {
      const rows = odd.map((name, time): Row => ({ path: bench.path(name), time, value: name }));
      await bench.stored(rows);
      return async () => {
        for (const row of rows) await expectSamples(bench, row.path, [row]);
        const found = await bench.series('**');
        expect(new Set(found.map(({ path }) => path))).toEqual(new Set(rows.map(({ path }) => path)));
      };
    },
  },
  {
    name: 'in a pattern * is one level, ** any number of them',
    async given(bench) {
      const names = ['a/t', 'b/t', 'b/c/t', 'b/c/d/t', 'b/c/u', 't'];
      await bench.stored(names.map((name) => ({ path: bench.path(name), time: 1, value: 1 })));
      const expected: Record<string, string[]> = {
        '*/t': ['a/t', 'b/t'],
        '**/t': ['a/t', 'b/c/d/t', 'b/c/t', 'b/t', 't'],
        'b/**': ['b/c/d/t', 'b/c/t', 'b/c/u', 'b/t'],
        'b/*/*': ['b/c/t', 'b/c/u'],
        'b/**/t': ['b/c/d/t', 'b/c/t', 'b/t'],
        'b/c/u': ['b/c/u'],
        'b/c': [],
        '*/x': [],
      };
      return async () => {
        for (const [match, found] of Object.entries(expected)) {
          const series = await bench.series(match);
          expect(
            series.map(({ path }) => path),
            match,
          ).toEqual(found.map((name) => bench.path(name)));
        }
      };
    },
  },
  {
    name: 'a series that nobody defined is an error that says so; one without samples is an empty answer',
    async given(bench) {
      const { agent, epoch } = await bench.agent();
      const path = bench.path('press-1/temperature');
      await bench.ingest.define({ agent, epoch, first: 0, series: [{ path, unit: '' }] });
      return async () => {
        for (const [answer, parameters] of [
          ['samples', {}],
          ['aggregate', { every: '1s' }],
          ['samples', { format: 'csv' }],
          ['samples', { format: 'parquet' }],
        ] as const) {
          const response = await bench.get(answer, { ...parameters, series: bench.path('press-1/temprature') });
          expect(response.status).toBe(404);
          const { error } = (await response.json()) as { error: { code: string; message: string; hint: string } };
          expect(error.code).toBe('unknown-series');
          expect(error.message).toContain('temprature');
          expect(error.hint).toContain(path);
        }
        await expectSamples(bench, path, []);
        expect(await bench.json('aggregate', { series: path, every: '1s' })).toMatchObject({ rows: [] });
      };
    },
  },
];
