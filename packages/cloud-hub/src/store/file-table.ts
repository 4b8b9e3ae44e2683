import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { type FileChecksums, type FileView, type InstalledFile, NO_FLOOR, type SampleFile } from './sample-files.ts';

/** What one job changes: files that it wrote come in, those that it read go. */
export interface FileChange {
  readonly add: readonly InstalledFile[];
  readonly remove: readonly number[];
  /** Segments up to this id are in files from now on. */
  readonly through?: number;
  /** Rows of before this time (µs) do not count any more. */
  readonly floor?: number;
  /** µs, by the clock that retention goes by: nothing in `add` had expired then. */
  readonly now: number;
}

/** The names of a file and of its series file in the folder of samples. Ids are never reused, so names are neither. */
export function namesOf(id: number): { samples: string; series: string } {
  return { samples: `${id}.parquet`, series: `${id}.series.parquet` };
}

/** The id that a name was made of; 0 if none was. */
export function idOf(name: string): number {
  return Number(/^(\d{1,15})\./.exec(name)?.[1] ?? 0);
}

/** The rows that say which files count. A file that no row names is none, whatever lies in the folder. */
export class FileTable {
  readonly #folder: string;
  readonly #statements: ReturnType<typeof prepare>;

  /** `folder` is absolute. Rows hold no paths: a data folder may be moved. */
  constructor({ database, folder }: { database: Database.Database; folder: string }) {
    this.#folder = folder;
    this.#statements = prepare(database);
  }

  view(): FileView {
    const { generation, through, floor } = this.#statements.view.get() ?? { generation: 0, through: 0, floor: null };
    const files = this.#statements.files.all().map((row): SampleFile => {
      const { samples, series } = namesOf(row.id);
      return { ...row, path: join(this.#folder, samples), seriesPath: join(this.#folder, series) };
    });
    return { generation, files, through, floor: floor ?? NO_FLOOR };
  }

  /** The highest id that a file has ever had. */
  lastId(): number {
    return this.#statements.lastId.get()?.id ?? 0;
  }

  /** By id; null of a file that came in before they were kept. */
  checksums(): Map<number, FileChecksums | null> {
    return new Map(
      this.#statements.checksums
        .all()
        .map(({ id, crc, seriesCrc }) => [id, crc === null || seriesCrc === null ? null : { crc, seriesCrc }]),
    );
  }

  /** Changes nothing, and is written to the disk all the same. */
  rewrite(): void {
    this.#statements.rewrite.run();
  }

  change({ add, remove, through, floor, now }: FileChange): void {
    for (const id of remove) {
      if (this.#statements.remove.run(id).changes !== 1)
        throw new Error(`file ${id} is no longer there to be replaced`);
    }
    for (const { path: _path, seriesPath: _seriesPath, ...row } of add) this.#statements.add.run({ ...row, now });
    this.#statements.advance.run({ through: through ?? 0, floor: floor ?? null });
  }
}

type FileRow = Omit<SampleFile, 'path' | 'seriesPath'>;

function prepare(database: Database.Database) {
  return {
    view: database.prepare<[], { generation: number; through: number; floor: number | null }>(
      'SELECT generation, through, floor FROM file_view',
    ),
    files: database.prepare<[], FileRow>(`
      SELECT id, group_number AS "group", rows, bytes, first_time AS firstTime, last_time AS lastTime,
        first_series AS firstSeries, last_series AS lastSeries, crc, series_crc AS seriesCrc
      FROM files ORDER BY group_number, first_series, first_time`),
    lastId: database.prepare<[], { id: number }>(`SELECT seq AS id FROM sqlite_sequence WHERE name = 'files'`),
    checksums: database.prepare<[], { id: number; crc: number | null; seriesCrc: number | null }>(
      'SELECT id, crc, series_crc AS seriesCrc FROM files',
    ),
    add: database.prepare(`
      INSERT INTO files
        (id, group_number, rows, bytes, first_time, last_time, first_series, last_series, written, crc, series_crc)
      VALUES (@id, @group, @rows, @bytes, @firstTime, @lastTime, @firstSeries, @lastSeries, @now, @crc, @seriesCrc)`),
    rewrite: database.prepare('UPDATE file_view SET generation = generation'),
    remove: database.prepare<[number]>('DELETE FROM files WHERE id = ?'),
    advance: database.prepare<[{ through: number; floor: number | null }]>(`
      UPDATE file_view SET generation = generation + 1, through = max(through, @through),
        floor = coalesce(max(floor, @floor), floor, @floor)`),
  };
}
