import { type Columns, laneNames, letGoOfRows, noRows, type SegmentError } from '@sluis/protocol';
import { LANES, MAX_SEQUENCE } from '../store/log-place.ts';
import { AnswerError } from './answer-error.ts';
import type { FileExtents } from './file-extents.ts';
import { type HotSegment, hubRowsOf } from './hot-rows.ts';
import type { HotTables } from './hot-tables.ts';
import { decodeFrames, type MapFrame, type SegmentFrame, type ViewFrame } from './load-frames.ts';
import type { SeriesIndex } from './series-index.ts';
import type { Views } from './view.ts';

/** Of segments that have rotted, as many are told by name. */
const MAX_DAMAGED = 256;
/** Compression that fails is tried with each load: it is said now and then. */
const FAILURES_TO_SAY = 1000;
const SEQUENCES = BigInt(MAX_SEQUENCE);

/**
 * Puts what the store sends into hot tables and the index, in the order of commits, and knows how far it has come. Files
 * count as loaded: where they end, segments begin.
 */
export class Loader {
  readonly #index: SeriesIndex;
  readonly #tables: HotTables;
  readonly #views: Views;
  readonly #files: FileExtents;
  readonly #loadedRows: (columns: Columns) => void;
  /** By ordinal of the epoch: the hub's id of each of its series. */
  readonly #maps = new Map<number, number[]>();
  readonly #waiting = new Set<{ readonly id: number; enter(): void }>();
  readonly #damaged: number[] = [];
  #loaded = 0;
  /** How many series must be defined before it is known what files have of each: until then nothing is answered. */
  #seriesAwaited: number | undefined;
  #failures = 0;
  #queue: Promise<unknown> = Promise.resolve();

  /** `loadedRows` is called with rows (series are the hub's ids) once queries can see them; their memory is gone afterwards. */
  constructor(options: {
    index: SeriesIndex;
    tables: HotTables;
    views: Views;
    files: FileExtents;
    loadedRows(columns: Columns): void;
  }) {
    this.#index = options.index;
    this.#tables = options.tables;
    this.#views = options.views;
    this.#files = options.files;
    this.#loadedRows = options.loadedRows;
  }

  /** Id of the last segment that queries see. */
  get loaded(): number {
    return this.#loaded;
  }

  /** Segments that could not be decoded, the first so many. */
  get damaged(): readonly number[] {
    return this.#damaged;
  }

  /** Loads the frames of one request; what was loaded before is skipped. Requests are loaded one after another. */
  load(body: Buffer): Promise<void> {
    const loading = this.#queue.then(() => this.#load(body));
    // Who asked for it is told of a failure; the next request is loaded all the same.
    this.#queue = loading.catch(() => undefined);
    return loading;
  }

  /** Resolves when the segment `id` is loaded. */
  async reached(id: number, { signal, timeMs }: { signal: AbortSignal; timeMs: number }): Promise<void> {
    signal.throwIfAborted();
    if (this.#answers(id)) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { id, enter: resolve };
    this.#waiting.add(waiter);
    const timer = setTimeout(() => reject(behind(id - this.#loaded)), timeMs);
    const aborted = (): void => reject(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      this.#waiting.delete(waiter);
    }
  }

  async #load(body: Buffer): Promise<void> {
    const loaded: Columns[] = [];
    let last = this.#loaded;
    for (const frame of decodeFrames(body)) {
      if (frame.type === 'view') {
        await this.#view(frame);
        last = Math.max(last, frame.through);
      } else if (frame.type === 'series') {
        this.#index.define(frame.first, frame.series);
        this.#tables.name(frame.first, frame.series);
      } else if (frame.type === 'map') this.#map(frame);
      else if (frame.type === 'seal') this.#tables.seal();
      else if (frame.id > last) {
        await this.#readFiles();
        if (this.#seriesAwaited !== undefined) throw new Error('a segment came before the series of the files');
        loaded.push(this.#segment(frame));
        last = frame.id;
        // Queries are answered by this thread too.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    this.#tables.flush();
    this.#loaded = last;
    await this.#readFiles();
    for (const columns of loaded) {
      this.#loadedRows(columns);
      letGoOfRows(columns);
    }
    for (const waiter of this.#waiting) if (this.#answers(waiter.id)) waiter.enter();
    await this.#tables.dropUnread();
    await this.#compress();
  }

  #answers(id: number): boolean {
    return id <= this.#loaded && this.#seriesAwaited === undefined;
  }

  /** The index changes in the same turn as the view: no query sees the one without the other. */
  async #view(view: ViewFrame): Promise<void> {
    if (view.generation === this.#views.current.generation) return;
    if (!this.#views.given) this.#seriesAwaited = view.seriesCount;
    const left = this.#seriesAwaited === undefined ? await this.#files.leftBy(view) : undefined;
    this.#tables.swap(view);
    if (left) this.#index.expired(left);
  }

  /** What the files have of each series, once all series are there: before the first row that is loaded after them. */
  async #readFiles(): Promise<void> {
    if (this.#seriesAwaited === undefined || this.#index.size < this.#seriesAwaited) return;
    await this.#files.read();
    this.#seriesAwaited = undefined;
  }

  async #compress(): Promise<void> {
    const failure = await this.#tables.compress();
    this.#failures = failure === undefined ? 0 : this.#failures + 1;
    if (this.#failures % FAILURES_TO_SAY === 1 && this.#failures > 1)
      console.error(`hot tables stay large: ${failure}`);
  }

  #map({ epoch, first, series }: MapFrame): void {
    const map = this.#maps.get(epoch) ?? [];
    for (const [i, id] of series.entries()) map[first + i] = id;
    this.#maps.set(epoch, map);
  }

  #segment(frame: SegmentFrame): Columns {
    const { id: segment, epoch, lane, to } = frame;
    const map = this.#maps.get(epoch);
    if (!map) throw new Error(`a segment came before the definitions of its epoch ${epoch}`);
    const place = { epochLane: epoch * LANES + lane, sequence: to - 1 };
    const ord = BigInt(place.epochLane) * SEQUENCES + BigInt(place.sequence);
    const source: HotSegment = { bytes: frame.bytes, map, ord };
    const rows = hubRowsOf(source, (error) => this.#tell(frame, error)) ?? noRows;
    const { series, length } = rows;
    // In one turn: whatever the index knows of is in a table that can be filled.
    for (let start = 0, end = 0; start < length; start = end) {
      while (end < length && series[end] === series[start]) end++;
      this.#index.addRun(series[start], rows, start, end, place);
    }
    this.#tables.append(rows, { segment, source });
    return rows;
  }

  /**
   * A segment has rotted since it was stored: it takes away what it held and nothing else. A process that ended because
   * of it would find it again, and nothing would ever be answered.
   */
  #tell({ id, epoch, lane, from, to }: SegmentFrame, error: SegmentError): void {
    const which = `${laneNames[lane - 1]} lane, sequences ${from} to ${to - 1}, epoch ${epoch} of the database`;
    console.error(`segment ${id} (${which}) is damaged, its samples are lost: ${error.message}`);
    if (this.#damaged.length < MAX_DAMAGED) this.#damaged.push(id);
  }
}

function behind(segments: number): AnswerError {
  return new AnswerError({
    status: 503,
    code: 'loading',
    message: `the hub is still loading ${segments} segments that were stored before this query`,
    hint: 'ask again in a few seconds',
    retryAfterSeconds: 2,
  });
}
