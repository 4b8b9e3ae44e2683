import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** A yardstick: DuckDB in this process on a hub's files, with nothing else to do and their footers in memory. */
export class DuckDbAlone implements Disposable {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  static async open(files: readonly string[]): Promise<DuckDbAlone> {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const list = files.map((file) => `'${file.replaceAll("'", "''")}'`).join(', ');
    await connection.run('SET parquet_metadata_cache = true');
    await connection.run(`CREATE VIEW samples AS SELECT series, time, value, quality FROM read_parquet([${list}])`);
    return new DuckDbAlone(instance, connection);
  }

  /** Reads a series from `from` to before `to` (µs) as columns; returns how many samples there are. */
  async samples(path: string, { from, to }: { from: number; to: number }): Promise<number> {
    const result = await this.#connection.runAndReadAll(
      `SELECT epoch_us(time)::DOUBLE, value, quality FROM samples
       WHERE series = $path AND time >= make_timestamp($from::BIGINT) AND time < make_timestamp($to::BIGINT) ORDER BY time`,
      { path, from: BigInt(from), to: BigInt(to) },
    );
    const [times = []] = result.getColumns();
    return times.length;
  }

  [Symbol.dispose](): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}
