import type { SeriesDefinition } from '@sluis/protocol';
import type { Definitions } from './log.ts';
import type { LogFile } from './log-file.ts';

/**
 * In the place of a definition whose file is gone: the id keeps its number and names no series any more. A hub may have
 * been told so, and is told each definition once: what uses the series again gives it another id.
 */
const gone: SeriesDefinition = { path: '', unit: '' };

/** Definitions by id. */
export type NewDefinitions = ReadonlyMap<number, SeriesDefinition>;

export const definitionSchema = `
  CREATE TABLE definition (id INTEGER PRIMARY KEY, path TEXT NOT NULL, unit TEXT NOT NULL) STRICT;
`;

/**
 * The definitions of a log, in memory and in each of its files: a file holds the definitions of all ids used in it, so
 * that it is complete without the others.
 */
export class KnownSeries {
  readonly #definitions: SeriesDefinition[] = [];
  /** Ids defined in the file that is being written. */
  #written = new Uint8Array(0);

  get all(): readonly SeriesDefinition[] {
    return this.#definitions;
  }

  get size(): number {
    return this.#definitions.length;
  }

  clear(): void {
    this.#definitions.length = 0;
  }

  /** Takes over what a retained file holds; an id at or above `bound` was never committed. */
  recover(file: LogFile, bound: number): void {
    const next = file.statement('SELECT coalesce(max(id) + 1, 0) FROM definition').pluck().get() as number;
    this.reserve(Math.min(bound, next));
    for (const row of file.statement('SELECT id, path, unit FROM definition WHERE id < ?').all(bound)) {
      const { id, path, unit } = row as { id: number; path: string; unit: string };
      this.#definitions[id] = { path, unit };
    }
  }

  /** Ids below `bound` have been given, whether or not a definition of them is left. */
  reserve(bound: number): void {
    while (this.#definitions.length < bound) this.#definitions.push(gone);
  }

  /** The file that is written from now on. */
  startFile(file: LogFile): void {
    this.#written = new Uint8Array(Math.max(this.#definitions.length, 64));
    for (const id of file.statement('SELECT id FROM definition').pluck().all()) this.#mark(id as number);
  }

  /**
   * What `definitions` adds, after a check of it and of the ids in use: definitions of the next ids.
   * @throws RangeError a definition leaves out or changes an id, or an id is used without a definition
   */
  check({ first, series }: Definitions, used: Iterable<Uint32Array>): NewDefinitions {
    if (first > this.size) throw new RangeError(`definitions start at series ${first}, but ${this.size} is next`);
    const added = new Map<number, SeriesDefinition>();
    for (const [i, definition] of series.entries()) {
      const known = this.#definitions[first + i];
      if (!known) added.set(first + i, definition);
      else if (known.path !== definition.path) {
        throw new RangeError(`series ${first + i} is '${known.path}' and cannot become '${definition.path}'`);
      }
    }
    for (const ids of used) {
      for (const id of ids) {
        if ((this.#definitions[id]?.path ?? '') === '' && !added.has(id)) {
          throw new RangeError(`series ${id} is used but not defined`);
        }
      }
    }
    return added;
  }

  /** Within a transaction: writes the definitions that are new, and those in use that the file does not hold yet. */
  write(file: LogFile, added: NewDefinitions, used: Iterable<Uint32Array>): void {
    const insert = file.statement('INSERT OR REPLACE INTO definition (id, path, unit) VALUES (?, ?, ?)');
    for (const [id, { path, unit }] of added) {
      insert.run(id, path, unit);
      this.#mark(id);
    }
    for (const ids of used) {
      for (const id of ids) {
        if (this.#written[id] === 1) continue;
        insert.run(id, this.#definitions[id].path, this.#definitions[id].unit);
        this.#mark(id);
      }
    }
  }

  /** After the commit. */
  add(added: NewDefinitions): void {
    for (const [id, definition] of added) this.#definitions[id] = definition;
  }

  #mark(id: number): void {
    if (id >= this.#written.length) {
      const grown = new Uint8Array(Math.max(id + 1, this.#written.length * 2));
      grown.set(this.#written);
      this.#written = grown;
    }
    this.#written[id] = 1;
  }
}
