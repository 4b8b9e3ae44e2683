import { bytesOf, type Columns, faultOfRows, SeriesTable } from '@sluis/protocol';
import type { Log } from '../log.ts';
import { type CursorMove, SeriesLimitError, type SourceContext, type SourceState } from '../source.ts';
import { areSame, EPOCH, type Sample, samplesOf } from './sample.ts';

/** A write of a source that is neither durable nor refused yet. */
export interface HeldWrite {
  readonly rows: Columns;
  /** Of the rows in memory. */
  readonly bytes: number;
  readonly awaited: boolean;
  readonly cursor: CursorMove;
  resolve(): void;
  reject(error: Error): void;
}

export interface FakeContextOptions {
  readonly site?: string;
  readonly agent?: string;
  /** Where relative paths start; unless given, the working directory. */
  readonly folder?: string;
  /** As an earlier life left them. */
  readonly cursors?: Iterable<readonly [key: string, value: string]>;
  /** Series that there may be. */
  readonly maxSeries?: number;
}

/** A source's surroundings for tests: records what the source does, and lets the test decide when a write is durable. */
export class FakeContext<Config> implements SourceContext<Config> {
  readonly name = 'source';
  readonly site: string;
  readonly agent: string;
  readonly folder: string;
  readonly config: Config;
  readonly series: SeriesTable;
  readonly log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  /** All rows that are durable, in order. */
  readonly samples: Sample[] = [];
  /** As the durable writes left them. */
  readonly cursors: Map<string, string>;
  readonly rejected: { reason: string; count: number; example?: string }[] = [];
  readonly states: { state: SourceState; detail?: string }[] = [];
  /** Writes that neither resolved nor rejected, while `hold` is true. */
  readonly held: HeldWrite[] = [];
  /** What the source did that it must not: rows that are malformed, or changed before their write had settled. */
  readonly faults: string[] = [];
  writes = 0;
  hold = false;
  /** When set, writes are refused with it. */
  refusal: Error | undefined;
  /** The agent's clock, µs since 1970: stands still unless the test moves it. */
  clock = EPOCH;

  constructor(config: Config, options: FakeContextOptions = {}) {
    const { site = 'lab', agent = 'press-1', folder = process.cwd(), cursors = [] } = options;
    this.config = config;
    this.site = site;
    this.agent = agent;
    this.folder = folder;
    this.cursors = new Map(cursors);
    this.series = new LimitedTable(options.maxSeries ?? Number.POSITIVE_INFINITY);
  }

  now(): number {
    return this.clock;
  }

  write(
    rows: Columns,
    { awaited = false, cursor = {} }: { awaited?: boolean; cursor?: CursorMove } = {},
  ): Promise<void> {
    this.writes++;
    const fault = faultOfRows(rows, this.series);
    if (fault) this.faults.push(`handed over malformed rows, ${fault}`);
    if (this.refusal) return Promise.reject(this.refusal);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const before = fault ? [] : samplesOf(rows, this.series);
    const write: HeldWrite = {
      rows,
      bytes: fault ? 0 : bytesOf(rows),
      awaited,
      cursor,
      resolve: () => {
        this.#keep(rows, before, cursor);
        resolve();
      },
      reject,
    };
    if (this.hold) this.held.push(write);
    else write.resolve();
    return promise;
  }

  reject(reason: string, count: number, example?: string): void {
    this.rejected.push({ reason, count, ...(example !== undefined && { example }) });
  }

  state(state: SourceState, detail?: string): void {
    this.states.push({ state, ...(detail !== undefined && { detail }) });
  }

  /** Resolves the writes that are held, and no longer holds. */
  release(): void {
    this.hold = false;
    for (const write of this.held.splice(0)) write.resolve();
  }

  /** What the source says of itself now. */
  get current(): SourceState {
    return this.states.at(-1)?.state ?? 'starting';
  }

  rejectedCount(reason: string): number {
    return this.rejected.filter((r) => r.reason === reason).reduce((sum, r) => sum + r.count, 0);
  }

  #keep(rows: Columns, before: readonly Sample[], cursor: CursorMove): void {
    const now = faultOfRows(rows, this.series) ? [] : samplesOf(rows, this.series);
    if (now.length !== before.length || now.some((sample, i) => !areSame(sample, before[i]))) {
      this.faults.push('changed rows before their write had settled');
    }
    for (const sample of before) this.samples.push(sample);
    this.kept(rows);
    for (const [key, value] of Object.entries(cursor)) {
      if (value === null) this.cursors.delete(key);
      else this.cursors.set(key, value);
    }
  }

  /** For who keeps rows in a form of their own: they are durable now. */
  protected kept(_rows: Columns): void {}
}

class LimitedTable extends SeriesTable {
  readonly #most: number;

  constructor(most: number) {
    super();
    this.#most = most;
  }

  override intern(path: string, unit?: string): number {
    if (this.size >= this.#most && this.id(path) === undefined) {
      throw new SeriesLimitError(`there are ${this.#most} series`);
    }
    return super.intern(path, unit);
  }
}
