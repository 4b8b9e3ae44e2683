import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { doubles } from './chunk-columns.ts';
import { DuckDBRun, FEW_ROWS } from './duckdb-run.ts';

test.each([0, 1, 5000, FEW_ROWS, FEW_ROWS + 1, FEW_ROWS + 5000])(
  'a result of %i rows that was taken for small is whole and in order',
  async (rows) => {
    const instance = await DuckDBInstance.create(':memory:');
    using run = await DuckDBRun.begin({ instance, signal: new AbortController().signal });
    let [next, misplaced] = [0, 0];
    for await (const chunk of await run.few(
      `SELECT (${rows} - n)::DOUBLE AS down FROM range(${rows}) AS t(n) ORDER BY down`,
    ))
      for (const value of doubles(chunk, 0)) if (value !== ++next) misplaced++;
    expect({ next, misplaced }).toEqual({ next: rows, misplaced: 0 });
  },
);
