import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import { describe } from '@sluis/runtime';
import { Kind } from '@sluis/protocol';
import type { SampleFile } from '../store/sample-files.ts';
import { columnBytes, doubles } from './chunk-columns.ts';
import { readFiles, summarySql } from './sample-sql.ts';
import { isSound } from './sound-files.ts';
import { exactOf } from './value-text.ts';

/** What a file has of one series. */
export interface FileSeries {
  readonly path: string;
  readonly rows: number;
  /** µs, both inclusive. */
  readonly first: number;
  readonly last: number;
  /** Bit set of {@link Kind}s. */
  readonly kinds: number;
  /** The row at `last`. */
  readonly value: number | bigint | string | boolean;
  readonly quality: number;
  readonly kind: number;
  readonly revision: number;
  readonly epochLane: number;
  readonly sequence: number;
}

const ORD_SEQUENCE_BITS = 46;

/**
 * What `files` have of each series, file after file, from the small files beside them. Where one of those cannot be
 * read, from the file itself; where that cannot be read either, `unreadable` is told and the others go on.
 */
export async function* readFileSeries(
  connection: DuckDBConnection,
  files: readonly SampleFile[],
  unreadable: (file: SampleFile) => void,
): AsyncGenerator<FileSeries[]> {
  for (const file of files) {
    // Whole before it is handed on: a file that breaks off must not count in part.
    const sources = [
      { path: file.seriesPath, crc: file.seriesCrc, sql: `SELECT * FROM ${readFiles([file.seriesPath])}` },
      { path: file.path, crc: file.crc, sql: summarySql(file.path) },
    ];
    let found: FileSeries[] | undefined;
    for (const { path, crc, sql } of sources) {
      try {
        if (!(await isSound(path, crc))) throw new Error('it is not what was committed');
        found = await readAll(connection, sql);
        break;
      } catch (error) {
        console.error(`${path}: ${describe(error)}`);
      }
    }
    if (found) yield found;
    else unreadable(file);
  }
}

async function readAll(connection: DuckDBConnection, source: string): Promise<FileSeries[]> {
  const result = await connection.stream(`SELECT rows::DOUBLE, epoch_us(first)::DOUBLE, epoch_us(last)::DOUBLE,
      latest_value, (latest_ord >> ${ORD_SEQUENCE_BITS})::DOUBLE, (latest_ord & ${2 ** ORD_SEQUENCE_BITS - 1})::DOUBLE,
      kinds, latest_quality, latest_kind, latest_revision, path, latest_integer, latest_text
    FROM (${source})`);
  const all: FileSeries[] = [];
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    appendChunk(all, chunk);
  }
  return all;
}

function appendChunk(all: FileSeries[], chunk: DuckDBDataChunk): void {
  const [rows, first, last, value, epochLane, sequence] = [0, 1, 2, 3, 4, 5].map((i) => doubles(chunk, i));
  const [kinds, quality, kind] = [6, 7, 8].map((i) => columnBytes(chunk, i, 1));
  const [revision, path, integer, text] = [9, 10, 11, 12].map((i) => chunk.getColumnValues(i));
  for (let i = 0; i < chunk.rowCount; i++) {
    all.push({
      path: path[i] as string,
      rows: rows[i],
      first: first[i],
      last: last[i],
      kinds: kinds[i],
      value: kind[i] === Kind.double ? value[i] : (exactOf(kind[i], value[i], integer[i], text[i]) ?? value[i]),
      quality: quality[i],
      kind: kind[i],
      revision: revision[i] as number,
      epochLane: epochLane[i],
      sequence: sequence[i],
    });
  }
}
