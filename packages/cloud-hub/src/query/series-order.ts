import type { DuckDBInstance } from '@duckdb/node-api';
import { doubles } from './chunk-columns.ts';
import { DuckDBRun } from './duckdb-run.ts';
import { SERIES } from './hot-tables.ts';

/** The ids of all series in the order of the bytes of their paths, which is DuckDB's. They are sorted again when there are more. */
export class SeriesOrder {
  readonly #instance: DuckDBInstance;
  #ids: Uint32Array = new Uint32Array(0);

  constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  /** In memory that all threads share. */
  async ids(signal: AbortSignal): Promise<Uint32Array> {
    using run = await DuckDBRun.begin({ instance: this.#instance, signal });
    const [[count]] = await run.rows(`SELECT count(*)::DOUBLE FROM ${SERIES}`);
    if (count === this.#ids.length) return this.#ids;
    const ids = new Uint32Array(new SharedArrayBuffer(Number(count) * Uint32Array.BYTES_PER_ELEMENT));
    let at = 0;
    for await (const chunk of await run.stream(
      `SELECT id::DOUBLE FROM ${SERIES} WHERE id <= ${ids.length} ORDER BY path`,
    )) {
      ids.set(doubles(chunk, 0), at);
      at += chunk.rowCount;
    }
    this.#ids = ids;
    return ids;
  }
}
