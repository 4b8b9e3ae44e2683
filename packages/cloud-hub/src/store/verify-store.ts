import { statSync } from 'node:fs';
import { decodeSegment } from '@sluis/protocol';
import { describe } from '@sluis/runtime';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { quoted, readFiles, readSamples, summarySql } from '../query/sample-sql.ts';
import { nameSeries } from '../query/series-tables.ts';
import { fileChecksum } from './file-checksum.ts';
import type { FileChecksums, SampleFile } from './sample-files.ts';
import type { Store } from './store.ts';

const ONE_READ_BYTES = 16 << 20;
const SERIES_AT_ONCE = 4096;
/** Temporary table of the paths that the database has. */
const KNOWN = 'known';
/** Of the list: what is wrong everywhere need not be said of everything. */
const MAX_PROBLEMS = 100;

export interface Verification {
  readonly segments: number;
  readonly files: number;
  /** What is wrong, for people; empty if nothing is. */
  readonly problems: readonly string[];
}

/**
 * Reads everything that counts and compares it with what is written about it: SQLite's own structure, the checksum of
 * each segment, and of each file its checksum, its rows, their bounds and their order, and its series file. `said` hears
 * what is read next.
 */
export async function verifyStore(options: {
  store: Store;
  memoryMiB: number;
  /** For what does not fit in memory; it need not be there. */
  temporary: string;
  said(what: string): void;
  signal: AbortSignal;
}): Promise<Verification> {
  const { store, memoryMiB, temporary, said, signal } = options;
  const problems: string[] = [];
  said('the database');
  problems.push(...databaseProblems(store).map((problem) => `the database: ${problem}`));
  said('segments');
  const segments = verifySegments(store, problems, signal);
  const { files, through } = store.fileView();
  const checksums = store.fileChecksums();
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${memoryMiB}MiB`,
    temp_directory: temporary,
    preserve_insertion_order: 'true',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  try {
    await nameSeries(connection, KNOWN, seriesOf(store));
    for (const [group, members] of Map.groupBy(files, (file) => file.group)) {
      if (group > through)
        problems.push(`group ${group} lies beyond segment ${through}, up to which segments are in files`);
      for (const file of members) {
        signal.throwIfAborted();
        said(file.path);
        problems.push(
          ...(await verifyFile(connection, file, checksums.get(file.id))).map((problem) => `${file.path}: ${problem}`),
        );
      }
      const readable = members.filter(({ path }) => !problems.some((problem) => problem.startsWith(`${path}: `)));
      if (readable.length === members.length) problems.push(...(await verifyOrder(connection, group, members)));
      if (problems.length >= MAX_PROBLEMS) break;
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  return { segments, files: files.length, problems: problems.slice(0, MAX_PROBLEMS) };
}

function databaseProblems(store: Store): string[] {
  try {
    return store.integrityProblems();
  } catch (error) {
    return [describe(error)];
  }
}

function* seriesOf(store: Store): Generator<readonly [id: number, path: string]> {
  let after = 0;
  for (;;) {
    const series = store.seriesAfter(after, SERIES_AT_ONCE);
    if (series.length === 0) return;
    for (const { id, path } of series) yield [id, path];
    after = series[series.length - 1].id;
  }
}

function verifySegments(store: Store, problems: string[], signal: AbortSignal): number {
  let after = 0;
  for (let count = 0; ;) {
    signal.throwIfAborted();
    let segments: ReturnType<Store['segmentsAfter']>;
    try {
      segments = store.segmentsAfter(after, ONE_READ_BYTES);
    } catch (error) {
      problems.push(`segments after ${after} cannot be read: ${describe(error)}`);
      return count;
    }
    if (segments.length === 0) return count;
    for (const { id, samples, bytes } of segments) {
      count++;
      after = id;
      try {
        const { length } = decodeSegment(bytes);
        if (length !== samples) problems.push(`segment ${id} has ${length} samples, not ${samples}`);
      } catch (error) {
        problems.push(`segment ${id}: ${describe(error)}`);
      }
    }
  }
}

async function verifyFile(
  connection: DuckDBConnection,
  file: SampleFile,
  checksums: FileChecksums | null | undefined,
): Promise<string[]> {
  const { path, seriesPath, rows, bytes, firstTime, lastTime, firstSeries, lastSeries } = file;
  try {
    const size = statSync(path).size + statSync(seriesPath).size;
    if (size !== bytes) return [`it and its series file have ${size} bytes, not ${bytes}`];
    if (checksums && (await fileChecksum(path)) !== checksums.crc) return ['its bytes are not those that were written'];
    if (checksums && (await fileChecksum(seriesPath)) !== checksums.seriesCrc)
      return [`the bytes of its series file, ${seriesPath}, are not those that were written`];
    // Every column of every row goes into the hash, so that all of the file is read and unpacked.
    const [found] = await read(
      connection,
      `SELECT count(*)::DOUBLE, epoch_us(min(time))::DOUBLE, epoch_us(max(time))::DOUBLE, min(series), max(series),
        bit_xor(hash(value, quality, kind, revision, ord, "integer", text))::VARCHAR,
        (SELECT sum(num_rows)::DOUBLE FROM parquet_file_metadata(${quoted(path)})),
        (SELECT sum(rows)::DOUBLE FROM ${readFiles([seriesPath])})
      FROM ${readSamples([file])}`,
    );
    const [told] = await read(
      connection,
      `SELECT (SELECT count(*)::DOUBLE FROM (SELECT * FROM (${summarySql(path)}) EXCEPT SELECT * FROM ${readFiles([seriesPath])})),
        (SELECT count(*)::DOUBLE FROM ${readFiles([seriesPath])} ANTI JOIN ${KNOWN} USING (path))`,
    );
    const [count, first, last, least, greatest, , declared, ofSeries] = found;
    const [untold, unknown] = told;
    const problems: string[] = [];
    const compare = (what: string, actual: unknown, expected: unknown): void => {
      if (actual !== expected) problems.push(`${what} is ${String(actual)}, not ${String(expected)}`);
    };
    compare('the number of rows', count, rows);
    compare('the number of rows that it declares', declared, rows);
    compare('the number of rows in its series file', ofSeries, rows);
    compare('the number of series of which its series file tells something else', untold, 0);
    compare('the number of series that the database does not know', unknown, 0);
    compare('the first time', first, firstTime);
    compare('the last time', last, lastTime);
    compare('the first series', least, firstSeries);
    compare('the last series', greatest, lastSeries);
    return problems;
  } catch (error) {
    return [describe(error)];
  }
}

/** Rows ascend by series and time through all files of a group: so none is there twice. */
async function verifyOrder(
  connection: DuckDBConnection,
  group: number,
  files: readonly SampleFile[],
): Promise<string[]> {
  const [[wrong]] = await read(
    connection,
    `SELECT count(*)::DOUBLE FROM (
      SELECT series, time, lag(series) OVER () AS series_before, lag(time) OVER () AS time_before
      FROM ${readSamples(files)}
    ) WHERE series_before > series OR (series_before = series AND time_before >= time)`,
  );
  return wrong === 0
    ? []
    : [`group ${group}: rows that do not follow the one before by series and time: ${String(wrong)}`];
}

async function read(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  const result = await connection.runAndReadAll(sql);
  return result.getRows();
}
