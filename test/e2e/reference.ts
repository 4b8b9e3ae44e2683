import Database from 'better-sqlite3';
import type { Value } from './hub-client.ts';
import type { Sample } from './load.ts';

export interface ReferenceWindow {
  readonly series: string;
  /** µs since 1970. */
  readonly start: number;
  readonly count: number;
  readonly sum: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly first: number;
  readonly last: number;
  /** Null for a window of one sample. */
  readonly stddev: number | null;
}

export interface StreamOptions {
  /** µs. */
  readonly every: number;
  /** Samples below this enter. */
  readonly below?: number;
  readonly deadband?: number;
}

/**
 * What streams should make of the input, said a second time, in SQL. `seq` is the order of the log; of equal
 * (series, time) the last one counts, and one that says what was said before is no correction: it does not enter. Only numbers.
 */
export class Reference implements Disposable {
  readonly #database = new Database(':memory:');

  constructor(input: Iterable<Sample>) {
    const database = this.#database;
    database.exec(
      'CREATE TABLE input (seq INTEGER PRIMARY KEY, series TEXT NOT NULL, time INTEGER NOT NULL, value REAL NOT NULL)',
    );
    const insert = database.prepare('INSERT INTO input (series, time, value) VALUES (?, ?, ?)');
    const said = new Map<string, Value>();
    database.transaction(() => {
      for (const { series, time, value } of input) {
        const identity = `${series} ${time}`;
        if (Object.is(said.get(identity), value)) continue;
        said.set(identity, value);
        insert.run(series, time, value);
      }
    })();
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** The windows that event time has closed: those that end no later than the last sample of their series. */
  windows({ every, below = Number.MAX_VALUE, deadband }: StreamOptions): ReferenceWindow[] {
    this.#database.exec('DROP TABLE IF EXISTS passed; DROP TABLE IF EXISTS entered');
    this.#database
      .prepare(
        `CREATE TABLE entered AS
          SELECT seq, series, time, value, row_number() OVER (PARTITION BY series ORDER BY seq) AS n
          FROM input WHERE value < ${below}`,
      )
      .run();
    this.#database.exec('CREATE UNIQUE INDEX entered_in_order ON entered (series, n)');
    this.#database.exec(
      `CREATE TABLE passed AS ${deadband === undefined ? 'SELECT seq, series, time, value FROM entered' : deadbandSql(deadband)}`,
    );
    return this.#database.prepare<[], ReferenceWindow>(windowsSql(every)).all();
  }
}

/** `reference` is the value that passed last: each row is compared with that of the row before. */
function deadbandSql(deadband: number): string {
  return `
    WITH RECURSIVE folded (seq, series, n, time, value, passes, reference) AS (
      SELECT seq, series, n, time, value, 1, value FROM entered WHERE n = 1
      UNION ALL
      SELECT e.seq, e.series, e.n, e.time, e.value,
        abs(e.value - f.reference) > ${deadband},
        CASE WHEN abs(e.value - f.reference) > ${deadband} THEN e.value ELSE f.reference END
      FROM folded f JOIN entered e ON e.series = f.series AND e.n = f.n + 1
    )
    SELECT seq, series, time, value FROM folded WHERE passes`;
}

function windowsSql(every: number): string {
  return `
    WITH
      latest AS (
        SELECT series, time, value, time - time % ${every} AS start
        FROM (SELECT *, row_number() OVER (PARTITION BY series, time ORDER BY seq DESC) AS age FROM passed)
        WHERE age = 1
      ),
      described AS (
        SELECT series, start, value,
          avg(value) OVER (PARTITION BY series, start) AS mean,
          first_value(value) OVER (PARTITION BY series, start ORDER BY time) AS first,
          first_value(value) OVER (PARTITION BY series, start ORDER BY time DESC) AS last
        FROM latest
      ),
      watermarks AS MATERIALIZED (SELECT series, max(time) AS time FROM input GROUP BY series)
    SELECT series, start, count(*) AS count, sum(value) AS sum, avg(value) AS mean, min(value) AS min, max(value) AS max,
      min(first) AS first, min(last) AS last,
      CASE WHEN count(*) > 1 THEN sqrt(sum((value - mean) * (value - mean)) / (count(*) - 1)) END AS stddev
    FROM described JOIN watermarks USING (series)
    WHERE start + ${every} <= watermarks.time
    GROUP BY series, start`;
}
