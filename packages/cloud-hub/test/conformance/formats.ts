import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { qualityNames } from '@sluis/protocol';
import { expect } from 'vitest';
import type { Row } from '../test-agent.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { Bench } from './bench.ts';

const BEYOND = 2n ** 53n;

/** As the contract has it in JSON. */
export function jsonValue(value: Row['value']): unknown {
  if (typeof value === 'bigint') return value > BEYOND || value < -BEYOND ? String(value) : Number(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** -0 keeps its sign. */
function csvValue(value: Row['value']): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

const qualityOf = ({ quality }: Row): string => qualityNames[quality ?? 0];

/** That a series has exactly these rows, ascending by time, in each format that people can ask for. */
export async function expectSamples(bench: Bench, path: string, rows: readonly Row[]): Promise<void> {
  const json = await bench.json('samples', { series: path });
  expect(json).toEqual({
    series: path,
    columns: ['time', 'value', 'quality'],
    rows: rows.map((row) => [row.time, jsonValue(row.value), qualityOf(row)]),
    gaps: [],
  });
  expect(parseCsv(await bench.text('samples', { series: path, format: 'csv' }))).toEqual([
    ['time', 'value', 'quality'],
    // Numbers may be written in several ways: they are compared as numbers.
    ...rows.map((row) => [String(row.time), csvValue(row.value), qualityOf(row)]),
  ]);
  const kinds = new Set(rows.map(({ value, unsigned }) => `${typeof value} ${unsigned}`));
  const parquet = await parquetRows(bench, 'samples', { series: path, format: 'parquet' });
  expect(parquet.columns).toEqual(['time', 'value', 'quality']);
  const found = parquet.rows.map(([time, value, quality], i) => {
    // Kinds that no one type holds are text there.
    const isText = kinds.size > 1 && typeof rows.at(i)?.value === 'number';
    return [Number(time), isText ? numberOf(value) : value, quality];
  });
  expect(found).toEqual(
    rows.map((row) => {
      const exact = typeof row.value === 'number' || kinds.size === 1;
      return [row.time, exact ? row.value : String(row.value), qualityOf(row)];
    }),
  );
}

function numberOf(text: DuckDBValue): number {
  const names: Record<string, number> = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity };
  return names[String(text)] ?? Number(text);
}

export interface ParquetRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly DuckDBValue[])[];
}

/** An answer as a reader of Parquet files sees it, in the order of the file; times in µs. */
export async function parquetRows(
  bench: Bench,
  path: string,
  parameters: Readonly<Record<string, string | number>>,
): Promise<ParquetRows> {
  const response = await bench.get(path, parameters);
  expect(response.headers.get('content-type')).toBe('application/vnd.apache.parquet');
  using folder = temporaryFolder();
  const file = join(folder.path, 'answer.parquet');
  writeFileSync(file, new Uint8Array(await response.arrayBuffer()));
  const connection = await (await reader()).connect();
  try {
    const result = await connection.runAndReadAll(`SELECT * REPLACE (epoch_us(time) AS time) FROM '${file}'`);
    return { columns: result.columnNames(), rows: result.getRows() };
  } finally {
    connection.closeSync();
  }
}

let instance: Promise<DuckDBInstance> | undefined;

function reader(): Promise<DuckDBInstance> {
  instance ??= DuckDBInstance.create(':memory:', { threads: '1' });
  return instance;
}

/** RFC 4180. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (field.lastIndex < text.length) {
    const at = field.lastIndex;
    const match = field.exec(text);
    if (!match) throw new Error(`no CSV from character ${at} on: ${text.slice(at, at + 80)}`);
    const [, quoted, plain, end] = match;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
