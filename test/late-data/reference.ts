import { qualityNames } from '@sluis/protocol';
import Database from 'better-sqlite3';
import type { InputRow } from './input.ts';

/** A row's place in the log, of which the later wins between equal revisions. */
export interface Place {
  readonly epoch: number;
  readonly sequence: number;
}

export interface SeriesSummary {
  readonly series: number;
  readonly samples: number;
  readonly first: number;
  readonly last: number;
}

/** What a hub should hold, computed by SQLite from all rows that were ever sent. */
export class Reference implements Disposable {
  readonly #database: Database.Database;

  constructor(path: string) {
    this.#database = new Database(path);
    // It lives as long as its run.
    this.#database.pragma('journal_mode = OFF');
    this.#database.pragma('synchronous = OFF');
    this.#database.exec(`CREATE TABLE sent (series INTEGER, time INTEGER, value REAL, quality INTEGER, revision INTEGER,
      epoch INTEGER, sequence INTEGER, row INTEGER)`);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** Rows of one segment, in its order. */
  add(rows: readonly InputRow[], { epoch, sequence }: Place): void {
    const insert = this.#database.prepare('INSERT INTO sent VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    this.#database.transaction(() => {
      for (const [i, { series, time, value, quality, revision }] of rows.entries())
        insert.run(series, time, value, quality, revision, epoch, sequence, i);
    })();
  }

  /** Of each series and time the row that counts. @returns how many rows were sent, and how many count */
  settle(): { sent: number; kept: number } {
    this.#database.exec(`DROP TABLE IF EXISTS kept;
      CREATE TABLE kept AS SELECT series, time, value, quality FROM (
        SELECT *, row_number() OVER (
          PARTITION BY series, time ORDER BY revision DESC, epoch DESC, sequence DESC, row DESC) AS place FROM sent)
        WHERE place = 1;
      CREATE INDEX kept_series ON kept (series, time)`);
    const count = (table: string): number =>
      this.#database.prepare<[], { rows: number }>(`SELECT count(*) AS rows FROM ${table}`).get()?.rows ?? 0;
    return { sent: count('sent'), kept: count('kept') };
  }

  series(): SeriesSummary[] {
    return this.#database
      .prepare<[], SeriesSummary>(
        `SELECT series, count(*) AS samples, min(time) AS first, max(time) AS last FROM kept
          GROUP BY series ORDER BY series`,
      )
      .all();
  }

  /** As the hub's CSV has them. */
  samplesCsv(series: number): string {
    const rows = this.#database
      .prepare<[number], { time: number; value: number; quality: number }>(
        'SELECT time, value, quality FROM kept WHERE series = ? ORDER BY time',
      )
      .all(series);
    const lines = rows.map(({ time, value, quality }) => `${time},${value},${qualityNames[quality]}\n`);
    return `time,value,quality\n${lines.join('')}`;
  }

  /** As the hub's CSV has windows of `every` µs; bad samples take no part. */
  windowsCsv(series: number, every: number): string {
    // Of the row with the least or greatest time SQLite gives the value beside min() and max().
    const windows = (columns: string): Record<string, number>[] =>
      this.#database
        .prepare<[number], Record<string, number>>(
          `SELECT time / ${every} * ${every} AS start, ${columns} FROM kept WHERE series = ? AND quality <> 2
            GROUP BY start ORDER BY start`,
        )
        .all(series);
    const [all, first, last] = [
      'count(*) AS count, sum(value) AS sum, min(value) AS min, max(value) AS max',
      'min(time), value',
      'max(time), value',
    ].map(windows);
    const lines = all.map(({ start, count, sum, min, max }, i) =>
      [start, count, sum, sum / count, min, max, first[i].value, last[i].value].join(','),
    );
    return ['time,count,sum,mean,min,max,first,last', ...lines, ''].join('\n');
  }
}
