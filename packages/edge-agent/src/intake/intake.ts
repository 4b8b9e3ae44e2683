import { type Columns, cutIntoSegments, encodeSegment, noRows, type SeriesTable } from '@sluis/protocol';
import { UnavailableError } from '@sluis/plugin-sdk';
import { describe } from '@sluis/runtime';
import type { Journal, JournalEntry } from '../log/log.ts';

/** A journaled entry with the rows it encodes, in the order that decoding would give. */
export interface CommittedEntry {
  readonly sequence: number;
  readonly source: string;
  readonly clock: number;
  readonly rows: Columns;
  /** Size of the encoded rows. */
  readonly bytes: number;
}

export interface IntakeOptions {
  readonly journal: { append(...args: Parameters<Journal['append']>): Promise<number> };
  /** The journal epoch's series. */
  readonly series: SeriesTable;
  /** How many of them the journal has. */
  readonly durableSeries: number;
  /** µs since 1970. */
  now(): number;
  /** Called for each entry in order of sequence, before its writers are told. */
  committed(entry: CommittedEntry): void;
}

/** While nobody waits for an acknowledgement, commits are at most two a second: flash wears. */
const RELAXED_COMMIT_MS = 500;
/** This many bytes of rows are committed without waiting for more. */
const COMMIT_BYTES = 256 << 10;
/** Rows handed over and not yet durable. Beyond it writers are refused, and repeat later. */
const MAX_PENDING_BYTES = 64 << 20;
/** Series, time, value and quality of a row. */
const ROW_BYTES = 21;

interface Pending {
  readonly source: string;
  readonly chunks: Columns[];
}

/**
 * Where everything enters: gathers what sources write into group commits to the journal.
 *
 * One commit is under way at a time; what arrives meanwhile shares the next. A write resolves after the fsync that holds
 * it, or rejects and is forgotten: the source still has it, and repeats it or lets its sender repeat it.
 */
export class Intake implements AsyncDisposable {
  readonly #options: IntakeOptions;
  #pending = new Map<string, Pending>();
  #waiters: { resolve(): void; reject(error: Error): void }[] = [];
  #pendingBytes = 0;
  #tickDue = false;
  #awaited = false;
  #durableSeries: number;
  #committing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#durableSeries = options.durableSeries;
  }

  write(source: string, rows: Columns, { awaited = false }: { awaited?: boolean } = {}): Promise<void> {
    if (rows.length === 0) return Promise.resolve();
    const bytes = rows.length * ROW_BYTES;
    if (this.#pendingBytes + bytes > MAX_PENDING_BYTES) {
      return Promise.reject(new UnavailableError(`the journal is behind by ${this.#pendingBytes} bytes`));
    }
    let pending = this.#pending.get(source);
    if (!pending) this.#pending.set(source, (pending = { source, chunks: [] }));
    pending.chunks.push(rows);
    this.#pendingBytes += bytes;
    this.#awaited ||= awaited;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiters.push({ resolve, reject });
    this.#schedule();
    return promise;
  }

  /** Journals the agent's clock with the next commit. */
  tick(): void {
    this.#tickDue = true;
    this.#schedule();
  }

  /** Commits what was written so far. */
  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#committing || this.#waiters.length > 0) await (this.#committing ?? this.#commit());
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #schedule(): void {
    if (this.#committing) return;
    if (this.#awaited || this.#pendingBytes >= COMMIT_BYTES) {
      // After this turn of the event loop: what other connections have ready now shares the commit.
      this.#immediate ??= setImmediate(() => void this.#commit());
    } else {
      this.#timer ??= setTimeout(() => void this.#commit(), RELAXED_COMMIT_MS);
    }
  }

  #commit(): Promise<void> {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
    this.#committing ??= this.#commitPending().finally(() => {
      this.#committing = undefined;
      if (this.#waiters.length > 0 || this.#tickDue) this.#schedule();
    });
    return this.#committing;
  }

  async #commitPending(): Promise<void> {
    const { journal, series, now, committed } = this.#options;
    const waiters = this.#waiters;
    const pending = this.#pending;
    this.#waiters = [];
    this.#pending = new Map();
    this.#pendingBytes = 0;
    this.#awaited = false;
    const clock = now();
    const cut = [...pending.values()].flatMap(({ source, chunks }) =>
      cutIntoSegments(chunks).map((rows) => ({ source, rows })),
    );
    const entries: JournalEntry[] = cut.map(({ source, rows }) => ({
      source,
      clock,
      ...encodeSegment(rows, { effort: 'fast' }),
    }));
    const sizes = entries.map(({ bytes }) => bytes.byteLength);
    if (this.#tickDue) entries.push(tickEntry(clock));
    this.#tickDue = false;
    const knownAfter = series.size;
    try {
      const definitions = { first: this.#durableSeries, series: series.slice(this.#durableSeries) };
      const first = await journal.append({ entries, definitions });
      this.#durableSeries = Math.max(this.#durableSeries, knownAfter);
      entries.forEach(({ source }, i) => {
        const rows = cut[i]?.rows ?? noRows;
        committed({ sequence: first + i, source, clock, rows, bytes: sizes[i] ?? 0 });
      });
      for (const { resolve } of waiters) resolve();
    } catch (cause) {
      const error = new UnavailableError(`the journal does not take rows at the moment: ${describe(cause)}`, { cause });
      for (const { reject } of waiters) reject(error);
    }
  }
}

function tickEntry(clock: number): JournalEntry {
  return {
    source: '',
    clock,
    bytes: new Uint8Array(0),
    crc: 0,
    samples: 0,
    series: new Uint32Array(0),
    minTime: 0,
    maxTime: 0,
  };
}
