import type { Logger } from '@sluis/runtime';
import type { Entering, Within } from './entrance.ts';
import type { StoreState } from './store-state.ts';

/** Segment bytes handed to the worker and not yet committed. */
const MAX_QUEUED_BYTES = 64 << 20;
/**
 * Committed segments that a query process which has once caught up may be behind: it loads 4,700 a second if they are
 * small, 160 of 10,000 samples (two cores), so that a query, which waits 30 s for what was acked before it, sees all.
 */
const MAX_UNLOADED_SEGMENTS = 4096;
/** The same in samples, for what is live; a backlog keeps to what is loaded soon (`UnloadedRows`). */
const MAX_UNLOADED_ROWS = 1_000_000;
/**
 * A backlog may fill so many hot tables: while a full one becomes a file, most of the next. More would come faster than
 * files can be written, and compressing the tables that wait for that would hold up loading for seconds.
 */
const BACKLOG_TABLES = 1.75;

export interface StoreRoomOptions {
  /** At so many samples in segments no more are taken. */
  readonly maxHotRows: number;
  /** The same in bytes of these segments: texts may be long. */
  readonly maxHotBytes: number;
  /** Of a hot table: full ones become files. */
  readonly rowsPerTable: number;
  readonly log: Logger;
}

/** How much more the store takes, so that what is stored is soon seen and nothing grows without bound. */
export class StoreRoom {
  readonly #options: StoreRoomOptions;
  readonly #state: StoreState;
  #caughtUp = false;
  #saidFull = false;

  constructor(options: StoreRoomOptions, state: StoreState) {
    this.#options = options;
    this.#state = state;
  }

  /** Another query process, or another worker: it has to catch up first. */
  restarted(): void {
    this.#caughtUp = false;
  }

  /** No commit finds space. */
  get isDiskFull(): boolean {
    return this.#state.get('diskFull') === 1;
  }

  /** Committed segments that queries do not see yet. */
  get unloaded(): number {
    return this.#state.get('committed') - this.#state.get('loaded');
  }

  /** False while the query process is behind what was stored before it started. */
  get hasCaughtUp(): boolean {
    if (this.unloaded === 0) this.#caughtUp = true;
    return this.#caughtUp;
  }

  /** As many samples, or bytes of their segments, are in no file as may be. It is said once. */
  get isHot(): boolean {
    const { maxHotRows: bound, maxHotBytes: byteBound, log } = this.#options;
    const hotRows = this.#state.get('hotRows');
    const hotBytes = this.#state.get('hotBytes');
    const hot = hotRows >= bound || hotBytes >= byteBound;
    if (hot && !this.#saidFull) {
      // Nothing is wrong yet: where files cannot be written, that is said by itself.
      log.warn({ hotRows, bound, hotBytes, byteBound }, 'the store is full: agents keep what they have');
    }
    // At the bound it is full and not full by turns.
    const halfEmpty = hotRows < bound / 2 && hotBytes < byteBound / 2;
    this.#saidFull = hot || (this.#saidFull && !halfEmpty);
    return hot;
  }

  /** Whether a segment may enter beside what is within. One larger than the bound enters alone. */
  fits({ bytes, live }: Entering, within: Within): boolean {
    if (this.#isFull(within) || (!live && this.#holdsBacklog(within))) return false;
    return within.bytes === 0 || within.bytes + bytes <= MAX_QUEUED_BYTES;
  }

  /** Segment bytes that would be taken at once. 0: senders wait. */
  credit(within: Within): number {
    return this.#isFull(within) ? 0 : Math.max(0, MAX_QUEUED_BYTES - within.bytes);
  }

  #isFull(within: Within): boolean {
    return this.isDiskFull || this.isHot || this.#isAhead(within);
  }

  /** A backlog waits for what queries have to load, and for files: what is live finds both with room to spare. */
  #holdsBacklog(within: Within): boolean {
    if (this.#isAheadOf(this.#state.get('unloadedBound'), within)) return true;
    return this.#state.get('hotRows') + within.samples > this.#options.rowsPerTable * BACKLOG_TABLES;
  }

  /** While the query process is rebuilt, segments are taken as ever: SQLite is the truth. Later it must keep up. */
  #isAhead(within: Within): boolean {
    return this.#isAheadOf(MAX_UNLOADED_ROWS, within) || (this.hasCaughtUp && this.unloaded > MAX_UNLOADED_SEGMENTS);
  }

  /** What is under way to a commit will be unloaded too. */
  #isAheadOf(rows: number, within: Within): boolean {
    return this.hasCaughtUp && this.#state.get('unloadedRows') + within.samples > rows;
  }
}
