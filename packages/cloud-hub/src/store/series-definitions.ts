import { MAX_PATH_BYTES, type SeriesDefinition } from '@sluis/protocol';
import type Database from 'better-sqlite3';
import type { AgentDefinitions, DefineOutcome, DropReason } from './ingest-store.ts';
import type { OpenEpoch } from './open-epochs.ts';
import { ORGANISATION } from './organisation.ts';
import { PathBytes } from './path-bytes.ts';
import type { Statements } from './statements.ts';

/** Of all series together, for queries know them in memory: a million of 134 bytes. */
const MAX_ALL_PATHS_BYTES = 128 << 20;
/** UCUM's longest units in use have some twenty. */
const MAX_UNIT_BYTES = 64;

export interface SeriesLimits {
  /** Those beyond it are dropped and counted. */
  readonly maxSeries: number;
  /** UTF-8 bytes of the paths of all of them. */
  readonly maxPathBytes?: number;
}

/**
 * Which of the hub's series each id of an epoch is. The definitions of an epoch have no gap and never change; a path is
 * one series in all epochs. An id whose series the hub does not keep is defined all the same, with the reason.
 */
export class SeriesDefinitions {
  readonly #statements: Statements;
  readonly #maxSeries: number;
  readonly #maxPathBytes: number;
  readonly #pathBytes: PathBytes;

  constructor(
    { database, statements }: { database: Database.Database; statements: Statements },
    { maxSeries, maxPathBytes = MAX_ALL_PATHS_BYTES }: SeriesLimits,
  ) {
    this.#statements = statements;
    this.#maxSeries = maxSeries;
    this.#maxPathBytes = maxPathBytes;
    this.#pathBytes = new PathBytes(database);
  }

  /** Adds what is new of the definitions; `dropped` is told of each series among it that is not kept. */
  define(
    open: OpenEpoch,
    { first, series }: Pick<AgentDefinitions, 'first' | 'series'>,
    dropped: (path: string, reason: DropReason) => void,
  ): DefineOutcome {
    const { knownSeries } = open;
    if (first > knownSeries) {
      const message = `definitions start at ${first}, but the hub knows ${knownSeries} of this epoch: none may be left out`;
      return { refused: 'gap', message };
    }
    const known = Math.min(knownSeries - first, series.length);
    for (let i = 0; i < known; i++) {
      const path = this.#statements.definedPath.get(open.ordinal, first + i)?.path ?? '';
      // What was not kept cannot be compared.
      if (path === series[i].path || open.dropped.has(first + i)) continue;
      return {
        refused: 'conflict',
        message: `series ${first + i} is ${path}, it cannot become ${series[i].path} within an epoch`,
      };
    }
    const site = this.#statements.epochSite.get(open.ordinal)?.site ?? '';
    for (const { path, unit } of series.slice(known)) {
      const place = path === '' ? null : this.#seriesFor({ site, path, unit });
      const id = open.knownSeries++;
      if (typeof place !== 'string') {
        this.#statements.putDefinition.run(open.ordinal, id, place, null);
      } else {
        this.#statements.putDefinition.run(open.ordinal, id, null, place);
        open.dropped.set(id, place);
        dropped(path, place);
      }
    }
    return { knownSeries: open.knownSeries };
  }

  /** After a transaction that failed: what is remembered is read again. */
  forget(): void {
    this.#pathBytes.forget();
  }

  /** The id of a path's series, a new one if there is none yet; or why the hub does not keep it. */
  #seriesFor(series: SeriesDefinition & { site: string }): number | DropReason {
    if (!isValid(series)) return 'invalid series';
    const known = this.#statements.seriesOf.get(ORGANISATION, series.path)?.id;
    if (known !== undefined) return known;
    const id = (this.#statements.lastSeries.get()?.id ?? 0) + 1;
    const bytes = Buffer.byteLength(series.path);
    if (id > this.#maxSeries || this.#pathBytes.total + bytes > this.#maxPathBytes) return 'series limit';
    this.#statements.putSeries.run({ id, organisation: ORGANISATION, ...series });
    this.#pathBytes.add(bytes);
    return id;
  }
}

/** A path or unit that SQLite would cut off (U+0000), or that is too long to keep a million of. */
function isValid({ path, unit }: SeriesDefinition): boolean {
  if (path.includes('\0') || unit.includes('\0')) return false;
  return Buffer.byteLength(path) <= MAX_PATH_BYTES && Buffer.byteLength(unit) <= MAX_UNIT_BYTES;
}
