import type { Log } from '@sluis/plugin-sdk';
import { type SeriesDefinition, SeriesTable } from '@sluis/protocol';
import type { Definitions } from '../log/log.ts';
import type { StreamDeclaration } from './check-streams.ts';
import { prefixed, SeriesMap } from './series-map.ts';
import type { Slot } from './slot.ts';

const SERIES_LIMIT = 1_000_000;
/** The reason under which rows of further series are counted. */
const BEYOND_LIMIT = 'series limit';

export interface OutboxSeriesOptions {
  /** The host's ids. */
  readonly from: SeriesTable;
  /** What the outbox has, in order of its ids. */
  readonly definitions: readonly SeriesDefinition[];
  /** Series that streams may emit, all together; rows of further ones are dropped. A million unless given. */
  readonly seriesLimit?: number | undefined;
  /** UTF-8 bytes that the paths of what is sent may have together. No limit unless given. */
  readonly pathsLimit?: number | undefined;
  readonly log: Log;
}

/** The ids that the outbox gives series: those that it has, and after them those that the next commit defines. */
export class OutboxSeries {
  readonly #options: OutboxSeriesOptions;
  readonly #table: SeriesTable;
  readonly #atMost: number;
  /** How many of them the outbox has. */
  #durable: number;

  constructor(options: OutboxSeriesOptions) {
    const { definitions, seriesLimit = SERIES_LIMIT } = options;
    this.#options = options;
    this.#table = new SeriesTable(definitions);
    this.#durable = definitions.length;
    // Ids whose definition is gone are no series any more.
    this.#atMost = seriesLimit + definitions.filter(({ path }) => path === '').length;
  }

  /** What a stream emits, with these ids. */
  mapOf(name: string, { as }: StreamDeclaration): SeriesMap {
    const { from, pathsLimit, log } = this.#options;
    return new SeriesMap({
      from,
      to: this.#table,
      atMost: this.#atMost,
      ...(pathsLimit !== undefined && { atMostPathBytes: pathsLimit }),
      ...(as !== undefined && { rename: prefixed(as) }),
      onOtherUnit: (path, unit, kept) =>
        log.warn(
          { stream: name, series: path, unit, kept },
          `stream '${name}' gives ${path} in '${unit}', and what was sent of it before is in '${kept}', which hubs keep: give the stream another name for its series, such as  as: ${name}`,
        ),
    });
  }

  /** Rows of a stream are dropped, for there is no room for their series. It is said once. */
  leaveOut(slot: Slot, rows: number): void {
    if (!(BEYOND_LIMIT in slot.dropped)) {
      const { log, seriesLimit = SERIES_LIMIT, pathsLimit } = this.#options;
      log.error(
        { stream: slot.name, seriesLimit, pathsLimit },
        `stream '${slot.name}' emits series beyond the limit of ${seriesLimit} (limits.series), or of their paths (limits.paths): their rows are dropped`,
      );
    }
    slot.drop(BEYOND_LIMIT, rows);
  }

  /** What a commit has to define; `durable` once it is. */
  undurable(): { definitions: Definitions; durable(): void } {
    const upTo = this.#table.size;
    return {
      definitions: { first: this.#durable, series: this.#table.slice(this.#durable, upTo) },
      durable: () => (this.#durable = upTo),
    };
  }
}
