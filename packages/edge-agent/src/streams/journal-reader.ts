import type { Log } from '@sluis/plugin-sdk';
import { type Columns, decodeSegment, noRows, SegmentError } from '@sluis/protocol';
import type { Remote } from '@sluis/runtime';
import type { Journal, StoredEntry } from '../log/log.ts';
import type { Patience } from './patience.ts';
import type { Entry } from './repeats.ts';
import type { Run } from './run.ts';
import type { SeriesMap } from './series-map.ts';
import { type LiveEntry, Tail } from './tail.ts';

const TAIL_BYTES = 32 << 20;
const READ_BYTES = 1 << 20;

export interface JournalReaderOptions {
  readonly journal: Pick<Remote<Journal>, 'read'>;
  /** From the journal's ids to the host's. */
  readonly series: SeriesMap;
  /** Bytes of live entries kept in memory; beyond it they are read back from the journal. 32 MiB unless given. */
  readonly tailBytes?: number | undefined;
  readonly patience: Patience;
  readonly log: Log;
}

/** An entry with the host's ids. */
export type ReadEntry = Entry & {
  /** Size of the encoded rows. */
  readonly bytes: number;
};

/**
 * Gives each run the entry after its position, whether it is still in memory or has to be read back. Entries are the same
 * either way; one that is damaged is there without its rows.
 */
export class JournalReader {
  readonly #options: JournalReaderOptions;
  #tail: Tail | undefined;
  #newest = -1;

  constructor(options: JournalReaderOptions) {
    this.#options = options;
  }

  /** The greatest sequence of the journal. */
  get newest(): number {
    return this.#newest;
  }

  /** The journal has told that it reaches to `newest`; what it gets from here on is pushed. */
  open(newest: number): void {
    this.#newest = Math.max(this.#newest, newest);
    this.#tail = new Tail({ maxBytes: this.#options.tailBytes ?? TAIL_BYTES });
  }

  /** An entry that has just become durable; `position`: how far all runs have come. */
  push(entry: LiveEntry, position: number): void {
    this.#newest = Math.max(this.#newest, entry.sequence);
    this.#tail?.push(entry, position);
  }

  /** All runs have passed `position`. */
  pass(position: number): void {
    this.#tail?.pass(position);
  }

  /** Undefined if there was none up to the newest, which the run is then at, or if the host stops. */
  async next(run: Run): Promise<ReadEntry | undefined> {
    const { series } = this.#options;
    const live = this.#tail?.after(run.position);
    if (live) {
      run.ahead = [];
      return { ...live, rows: series.map(live.rows) };
    }
    if (run.ahead.length === 0) await this.#readAhead(run);
    const stored = run.ahead.shift();
    return stored && { ...stored, bytes: stored.bytes.byteLength, rows: series.map(this.#decode(stored)) };
  }

  async #readAhead(run: Run): Promise<void> {
    const { journal, patience } = this.#options;
    const newest = this.#newest;
    const read = { after: run.position, maxBytes: READ_BYTES };
    const entries = await patience.persist('read the journal', () => journal.read(read));
    if (!entries) return;
    run.ahead = entries;
    // Sequences up to the newest that are not there never will be: they were burned, or are damaged.
    if (entries.length === 0) run.position = Math.max(run.position, newest);
  }

  #decode({ sequence, bytes, samples }: StoredEntry): Columns {
    if (bytes.byteLength === 0) return noRows;
    try {
      return decodeSegment(bytes);
    } catch (error) {
      if (!(error instanceof SegmentError)) throw error;
      this.#options.log.error(
        { sequence, samples, err: error },
        'a journal entry is damaged: streams go on without it',
      );
      return noRows;
    }
  }
}
