import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { decodeSegment, RangeSet } from '@sluis/protocol';
import { ensureFolder } from '@sluis/runtime/folder';
import { openDatabase } from '../../../packages/cloud-hub/src/store/database.ts';
import { Store } from '../../../packages/cloud-hub/src/store/store.ts';
import { HubClient } from '../../e2e/hub-client.ts';
import { until } from '../../e2e/until.ts';
import { agent, begin, epoch, EXPIRED, open, type Row, rowsOf, segmentOf, SEGMENTS, series } from './workload.ts';

const everything = Number.MAX_SAFE_INTEGER;

/** Rows as they lie in files and in segments that are in no file: all that was acknowledged, and none twice. */
export async function verifyRows(folder: string, acknowledged: readonly string[]): Promise<void> {
  ensureFolder(folder);
  using store = new Store({ database: openDatabase(folder), maxSeries: 100 });
  const received = receivedOf(store);
  for (const line of acknowledged) assert.ok(received.has(Number(line)), `segment ${line} is lost`);
  verifyHeld([...(await rowsInFiles(store)), ...rowsInSegments(store)], received);
}

/** Starts the hub there, asks it for all, and goes on. */
export async function verifyWhole(folder: string, acknowledged: readonly string[]): Promise<void> {
  await using hub = await open(folder);
  await begin(hub);
  const url = await hub.app.listen({ host: '127.0.0.1', port: 0 });
  const client = new HubClient(url);
  const received = new Set<number>();
  for (let sequence = 1; sequence <= SEGMENTS; sequence++) {
    if ((await hub.ingest.store(segmentOf(sequence))) === 'repeat') received.add(sequence);
  }
  for (const line of acknowledged) assert.ok(received.has(Number(line)), `segment ${line} is lost`);
  const expected = bestOf(Array.from({ length: SEGMENTS }, (_, i) => rowsOf(i + 1)).flat());
  const check = async () => {
    for (const { path } of series.filter(({ path }) => path !== EXPIRED)) {
      const rows = [...expected.values()].filter((row) => row.path === path).sort((a, b) => a.time - b.time);
      const { time, value } = await client.numbers(path);
      assert.deepEqual(
        time,
        rows.map((row) => row.time),
        path,
      );
      assert.deepEqual(
        value,
        rows.map((row) => row.value),
        path,
      );
      const counts = await client.aggregate(path, { every: '1d', fn: 'count' });
      assert.equal(
        counts.rows.reduce((sum, [, count]) => sum + Number(count), 0),
        rows.length,
        path,
      );
    }
  };
  await until('all is loaded', () => hub.store.loaded === hub.store.committed);
  await check();
  await hub.store.compactAll();
  await check();
  // What was replaced, and what the power cut left of jobs, is unlinked.
  const { count } = hub.store.files;
  await until('only files that count are left', () => readdirSync(join(folder, 'samples')).length === 2 * count);
}

/** Sequences that an agent is told it need not send again. */
function receivedOf(store: Store): Set<number> {
  const received = new RangeSet();
  store.commit(() => {
    const { received: lanes } = store.open({ agent, site: 'lab', software: 'test', epoch, lanes: [], now: 1 });
    for (const { ranges } of lanes) for (const range of ranges) received.add(range);
  });
  return new Set(received.ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i)));
}

function verifyHeld(held: readonly Row[], received: ReadonlySet<number>): void {
  const sent = new Set([...received].flatMap((sequence) => rowsOf(sequence).map(textOf)));
  const seen = new Set<string>();
  for (const row of held) {
    const text = textOf(row);
    assert.ok(sent.has(text), `${text} was never received`);
    assert.ok(!seen.has(text), `${text} is there twice`);
    seen.add(text);
  }
  const best = bestOf(held);
  for (const [key, row] of bestOf([...received].flatMap(rowsOf))) {
    if (row.path !== EXPIRED) assert.deepEqual(best.get(key), row, `${key} is lost`);
  }
}

async function rowsInFiles(store: Store): Promise<Row[]> {
  const { files } = store.fileView();
  for (const { path, seriesPath } of files) {
    assert.ok(existsSync(path) && existsSync(seriesPath), `${path} or ${seriesPath} is lost`);
  }
  if (files.length === 0) return [];
  const connection = await connected();
  const list = (paths: readonly string[]) => `read_parquet(['${paths.join(`', '`)}'])`;
  const rows = await connection.runAndReadAll(`
    SELECT series, epoch_us(time)::DOUBLE AS time, value, revision FROM ${list(files.map(({ path }) => path))}`);
  const counts = await connection.runAndReadAll(`
    SELECT sum(rows)::DOUBLE AS rows FROM ${list(files.map(({ seriesPath }) => seriesPath))}`);
  assert.equal(counts.getRows()[0][0], rows.currentRowCount, 'what the index is told agrees with the rows');
  return rows.getRows().map(([path, time, value, revision]) => ({
    path: String(path),
    time: Number(time),
    value: Number(value),
    revision: Number(revision),
  }));
}

let connection: Promise<DuckDBConnection> | undefined;

/** One for all states. Their files have the same names, so that nothing of them may be remembered. */
function connected(): Promise<DuckDBConnection> {
  connection ??= DuckDBInstance.create(':memory:', { threads: '1', enable_external_file_cache: 'false' }).then(
    (instance) => instance.connect(),
  );
  return connection;
}

function rowsInSegments(store: Store): Row[] {
  const rows: Row[] = [];
  for (const { bytes } of store.segmentsAfter(0, everything)) {
    const columns = decodeSegment(bytes);
    for (let i = 0; i < columns.length; i++) {
      const { path } = series[columns.series[i]];
      const revision = columns.revision?.[i] ?? 0;
      rows.push({ path, time: columns.time[i], value: columns.value[i], revision });
    }
  }
  return rows;
}

/** Of each identity the row that counts. */
function bestOf(rows: readonly Row[]): Map<string, Row> {
  const best = new Map<string, Row>();
  for (const row of rows) {
    const key = `${row.path} ${row.time}`;
    if (row.revision >= (best.get(key)?.revision ?? 0)) best.set(key, row);
  }
  return best;
}

function textOf({ path, time, value, revision }: Row): string {
  return `${path} ${time} ${value} ${revision}`;
}
