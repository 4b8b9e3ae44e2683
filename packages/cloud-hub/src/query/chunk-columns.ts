import type { DuckDBDataChunk } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';

/** A column that is never null, as its memory: a value at a time through the library costs ten times as much. */
export function columnBytes(chunk: DuckDBDataChunk, column: number, width: number): Uint8Array {
  return duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, column), chunk.rowCount * width);
}

export function doubles(chunk: DuckDBDataChunk, column: number): Float64Array {
  const bytes = columnBytes(chunk, column, Float64Array.BYTES_PER_ELEMENT);
  return new Float64Array(bytes.buffer, bytes.byteOffset, chunk.rowCount);
}
