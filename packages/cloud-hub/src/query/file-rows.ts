import type { DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import { Kind } from '@sluis/protocol';
import { ParquetReader } from '../parquet/parquet-reader.ts';
import type { SampleFile } from '../store/sample-files.ts';
import { columnBytes, doubles } from './chunk-columns.ts';
import { unreadableFile } from './damaged-file.ts';
import { DuckDBRun } from './duckdb-run.ts';
import { type ReadRows, readSampleRows, RowMemory } from './read-samples.ts';
import { fileColumns, readSamples } from './sample-sql.ts';

interface Reading {
  /** For what DuckDB has written. */
  duckdb(): Promise<DuckDBInstance>;
  readonly signal: AbortSignal;
}

/**
 * The rows of a file in their order, a row group at a time, each until the next is taken. What this hub wrote it reads itself, in a third of the time;
 * what DuckDB has written, as hubs before this one let it, DuckDB reads.
 *
 * @throws AnswerError that names the file if it cannot be read
 */
export async function* fileRows(file: SampleFile, reading: Reading): AsyncGenerator<ReadRows> {
  await using reader = await ParquetReader.open(file.path).catch((error: unknown) => {
    throw unreadableFile(file, error);
  });
  const rows = reader ? ownRows(reader) : duckdbRows(file, reading);
  try {
    yield* rows;
  } catch (error) {
    reading.signal.throwIfAborted();
    throw unreadableFile(file, error);
  }
}

async function* ownRows(reader: ParquetReader): AsyncGenerator<ReadRows> {
  const memory = new RowMemory();
  for (let group = 0; group < reader.groups; group++) yield await readSampleRows(reader, group, memory);
}

async function* duckdbRows(file: SampleFile, reading: Reading): AsyncGenerator<ReadRows> {
  using run = await DuckDBRun.begin({ instance: await reading.duckdb(), signal: reading.signal });
  const names = fileColumns.map((name) => (name === 'time' ? 'epoch_us(time)::DOUBLE' : `"${name}"`));
  const chunks = await run.stream(`SELECT ${names.join(', ')} FROM ${readSamples([file])}`);
  for await (const chunk of chunks) yield rowsOf(chunk);
}

/** A copy: the memory is DuckDB's. */
function rowsOf(chunk: DuckDBDataChunk): ReadRows {
  const length = chunk.rowCount;
  const [series, integers, texts] = [0, 7, 8].map((column) => chunk.getColumnValues(column));
  const kind = columnBytes(chunk, 4, 1).slice();
  const starts: number[] = [];
  for (let row = 0; row < length; row++) if (row === 0 || series[row] !== series[row - 1]) starts.push(row);
  const rows: ReadRows = {
    length,
    paths: starts.map((row) => String(series[row])),
    starts,
    time: doubles(chunk, 1).slice(),
    value: doubles(chunk, 2).slice(),
    quality: columnBytes(chunk, 3, 1).slice(),
    kind,
    revision: new Uint16Array(columnBytes(chunk, 5, 2).slice().buffer),
    ord: {
      starts: Array.from({ length }, (_, row) => row),
      values: [...new BigUint64Array(columnBytes(chunk, 6, 8).slice().buffer)],
    },
  };
  if (kind.every((one) => one === Kind.double || one === Kind.boolean)) return rows;
  return {
    ...rows,
    integer: BigInt64Array.from(integers, (value) => (typeof value === 'bigint' ? value : 0n)),
    text: Uint32Array.from(texts, (_, row) => row),
    texts: texts.map((value) => (typeof value === 'string' ? value : '')),
  };
}
