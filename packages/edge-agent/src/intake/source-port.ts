import type { CursorMove, Log, SourceContext, SourceState } from '@sluis/plugin-sdk';
import { type Columns, type SeriesTable, withoutLongTexts } from '@sluis/protocol';
import type { SourceStatus } from '../status/agent-status.ts';
import { type Intake, InvalidRowsError } from './intake.ts';
import { SourceSeries } from './source-series.ts';

/** Kinds of rejected input that are told apart; what comes beyond is counted together. */
const MAX_REASONS = 32;
const MAX_EXAMPLE_LENGTH = 200;
/** What a source says of its state may quote what it read. */
const MAX_DETAIL_LENGTH = 1000;
/** What a source may keep as cursors: they are carried into each file of the journal. */
const MAX_CURSORS = 4096;
const MAX_CURSOR_CHARACTERS = 2048;

/** Where a source's journaled cursors tell how many series it has added: the key of none that a source may have. */
const SERIES_CURSOR = '~series';

/** How many series a source has added, as its cursors in the journal tell. */
export function addedSeries(cursors: Iterable<readonly [key: string, value: string]>): number {
  for (const [key, value] of cursors) if (key === SERIES_CURSOR) return Number(value) || 0;
  return 0;
}

export interface SourcePortOptions<Config> {
  readonly name: string;
  readonly site: string;
  readonly agent: string;
  readonly config: Config;
  readonly folder: string;
  readonly series: SeriesTable;
  readonly intake: Intake;
  readonly log: Log;
  /** As the journal has them. */
  readonly cursors?: Iterable<readonly [key: string, value: string]>;
  now(): number;
}

/** A source's way into the agent: hands its rows to the intake and counts what happens to them. */
export class SourcePort<Config> implements SourceContext<Config> {
  readonly name: string;
  readonly site: string;
  readonly agent: string;
  readonly config: Config;
  readonly folder: string;
  readonly series: SeriesTable;
  readonly log: Log;
  readonly now: () => number;
  readonly #intake: Intake;
  readonly #cursors: Map<string, string>;
  /** Of the series that it has added, those that the journal counts. */
  #countedSeries: number;
  readonly #reasons = new Map<string, { count: number; example: string | null }>();
  #in = 0;
  #rejected = 0;
  #state: SourceState = 'starting';
  #detail: string | null = null;

  constructor(options: SourcePortOptions<Config>) {
    const { name, site, agent, config, folder, series, intake, log, now, cursors = [] } = options;
    this.name = name;
    this.site = site;
    this.agent = agent;
    this.config = config;
    this.folder = folder;
    this.series = series;
    this.log = log;
    this.now = now;
    this.#intake = intake;
    this.#cursors = new Map(cursors);
    this.#countedSeries = addedSeries(this.#cursors);
    this.#cursors.delete(SERIES_CURSOR);
  }

  get cursors(): ReadonlyMap<string, string> {
    return this.#cursors;
  }

  async write(rows: Columns, options: { awaited?: boolean; cursor?: CursorMove } = {}): Promise<void> {
    const { cursor = {} } = options;
    this.#checkCursor(cursor);
    const fitting = withoutLongTexts(rows);
    if (fitting.length < rows.length) this.reject('text too long', rows.length - fitting.length);
    try {
      const added = this.series instanceof SourceSeries && fitting.length > 0 ? this.series.added : 0;
      const isMore = added > this.#countedSeries;
      const counted = isMore ? { ...options, cursor: { ...cursor, [SERIES_CURSOR]: String(added) } } : options;
      await this.#intake.write(this.name, fitting, counted);
      this.#countedSeries = Math.max(this.#countedSeries, added);
      this.#in += fitting.length;
    } catch (error) {
      // A source that had to repeat them would do so for ever: they count as rejected, like input that cannot be read.
      if (!(error instanceof InvalidRowsError)) throw error;
      this.reject('invalid rows', fitting.length, error.message);
      this.log.error({ err: error, rows: fitting.length }, `source ${this.name} handed over rows that cannot be kept`);
    }
    for (const [key, value] of Object.entries(cursor)) {
      if (value === null) this.#cursors.delete(key);
      else this.#cursors.set(key, value);
    }
  }

  #checkCursor(cursor: CursorMove): void {
    for (const [key, value] of Object.entries(cursor)) {
      if (key === SERIES_CURSOR)
        throw new RangeError(`source ${this.name} has a cursor of a name that it may not use: ${key}`);
      if (key.length + (value?.length ?? 0) > MAX_CURSOR_CHARACTERS) {
        throw new RangeError(
          `a cursor of source ${this.name} is longer than ${MAX_CURSOR_CHARACTERS} characters: ${key}`,
        );
      }
      if (value !== null && !this.#cursors.has(key) && this.#cursors.size >= MAX_CURSORS) {
        throw new RangeError(`source ${this.name} has more than ${MAX_CURSORS} cursors`);
      }
    }
  }

  reject(reason: string, count: number, example?: string): void {
    this.#rejected += count;
    const key = this.#reasons.has(reason) || this.#reasons.size < MAX_REASONS ? reason : 'other';
    const known = this.#reasons.get(key) ?? { count: 0, example: null };
    known.count += count;
    if (example !== undefined) known.example = example.slice(0, MAX_EXAMPLE_LENGTH);
    this.#reasons.set(key, known);
  }

  state(state: SourceState, told?: string): void {
    const detail = told?.slice(0, MAX_DETAIL_LENGTH);
    if (state !== this.#state || (detail ?? null) !== this.#detail) {
      const level = state === 'waiting' || state === 'degraded' ? 'warn' : 'info';
      this.log[level]({ state, detail }, `source ${this.name} is ${state}${detail ? `: ${detail}` : ''}`);
    }
    this.#state = state;
    this.#detail = detail ?? null;
  }

  status(): SourceStatus {
    return {
      in: this.#in,
      rejected: this.#rejected,
      state: this.#state,
      detail: this.#detail,
      reasons: Object.fromEntries(this.#reasons),
    };
  }
}
