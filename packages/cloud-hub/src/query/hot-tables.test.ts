import { DuckDBInstance } from '@duckdb/node-api';
import { BatchBuilder, type Columns, encodeSegment } from '@sluis/protocol';
import { expect, test } from 'vitest';
import { rowsSql } from './hot-columns.ts';
import { HotTables } from './hot-tables.ts';
import { Views } from './view.ts';

async function tablesOf(instance: DuckDBInstance, rowsPerTable: number) {
  const views = new Views();
  const tables = await HotTables.create({ connection: await instance.connect(), rowsPerTable, views });
  let segment = 0;
  const encoded = new Map<Columns, Uint8Array>();
  const load = (columns: Columns): void => {
    const bytes = encoded.get(columns) ?? encodeSegment(columns, { effort: 'fast' }).bytes;
    encoded.set(columns, bytes);
    const source = { bytes, map: [0, 1], ord: BigInt(++segment) };
    tables.append(columns, { segment, source });
  };
  return { views, tables, load };
}

test('zeros keep their sign, bit for bit, though so many rows wait for files that they would be compressed', async () => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const { views, tables, load } = await tablesOf(instance, 1_000_000);
  const batch = 50_000;
  // Runs of one zero and then the other, and one zero among the others.
  const value = Float64Array.from({ length: batch }, (_, i) => (i % 1_000 < 10 ? -0 : 0));
  const time = Float64Array.from({ length: batch }, (_, i) => i);
  const columns: Columns = {
    ...new BatchBuilder().take(),
    length: batch,
    series: new Uint32Array(batch).fill(1),
    time,
    value,
    quality: new Uint8Array(batch),
    // Wide enough that what waits is beyond what may stay as it is.
    kind: new Uint8Array(batch),
    integer: new BigInt64Array(batch),
    text: new Uint32Array(batch),
    texts: [],
  };
  for (let i = 0; i < 62; i++) load(columns);
  await tables.fill(views.current.hot);
  expect(await tables.compress()).toBeUndefined();
  const connection = await instance.connect();
  for (const { name, rows } of views.current.hot) {
    const reader = await connection.runAndReadAll(
      `SELECT count(*)::DOUBLE, count(*) FILTER (signbit(value))::DOUBLE, count(*) FILTER (signbit(value) <> (time % 1000 < 10))::DOUBLE FROM ${name}`,
    );
    expect(reader.getRows()).toEqual([[rows, rows / 100, 0]]);
  }
  instance.closeSync();
});

test('a table is full once its texts are large, however few there are', async () => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const { tables, load } = await tablesOf(instance, 1_000_000);
  // One text in the segment, and as many copies as rows in the table.
  const builder = new BatchBuilder();
  for (let time = 0; time < 80; time++) builder.text(1, time, 'x'.repeat(256 << 10));
  const columns = builder.take();
  load(columns);
  expect(tables.full).toEqual([]);
  load(columns);
  expect(tables.full).toEqual([2]);
  load(columns);
  expect(tables.full).toEqual([2]);
  instance.closeSync();
});

test('a table has the columns that its rows need, and whoever reads it finds all', async () => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const { views, tables, load } = await tablesOf(instance, 1_000_000);
  const plain = (time: number): Columns => {
    const builder = new BatchBuilder();
    builder.double(1, time, time);
    return builder.take();
  };
  const text = new BatchBuilder();
  text.text(1, 2, 'two');
  load(plain(1));
  load(text.take());
  load(plain(3));
  load({ ...plain(4), quality: new Uint8Array([2]), revision: new Uint16Array([5]) });
  // Some of its rows, and none twice.
  await tables.fill(views.current.hot);
  load(plain(5));
  tables.seal();
  load(plain(6));
  expect(views.current.hot.map(({ columns, rows }) => [[...columns].slice(4), rows])).toEqual([
    [[], 1],
    [['kind', 'text'], 2],
    [['kind', 'text', 'quality', 'revision'], 2],
    [['quality', 'revision'], 1],
  ]);
  await tables.fill(views.current.hot);
  const connection = await instance.connect();
  const sql = views.current.hot.map(
    (table) => `SELECT time::DOUBLE, quality, kind, revision, "integer", text FROM ${rowsSql(table)}`,
  );
  const reader = await connection.runAndReadAll(`${sql.join(' UNION ALL ')} ORDER BY 1`);
  expect(reader.getRows()).toEqual([
    [1, 0, 0, 0, null, null],
    [2, 0, 4, 0, null, 'two'],
    [3, 0, 0, 0, null, null],
    [4, 2, 0, 5, null, null],
    [5, 0, 0, 0, null, null],
    [6, 0, 0, 0, null, null],
  ]);
  instance.closeSync();
});
