import {
  bytesOf,
  type Columns,
  cutIntoSegments,
  type EncodedSegment,
  encodeGrouped,
  noRows,
  type SeriesTable,
} from '@sluis/protocol';
import { type CursorMove, UnavailableError } from '@sluis/plugin-sdk';
import { describe } from '@sluis/runtime';
import type { CursorChange, Journal, JournalEntry } from '../log/log.ts';
import { StorageError } from '../log/storage-error.ts';
import type { LiveEntry } from '../streams/tail.ts';

/** Rows that no segment can hold, such as a time that is not whole: a repeat would change nothing. */
export class InvalidRowsError extends Error {
  override readonly name = 'InvalidRowsError';
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
  committed(entry: LiveEntry): void;
  /** Gives up what only streams that have faulted would read, until so many bytes fit; false if there is no such thing. */
  forsake?(bytes: number): Promise<boolean>;
  /** Sources whose older samples may be given up for newer ones when the journal takes no more. */
  readonly shedding?: ReadonlySet<string>;
  /** Gives up older samples of those sources, until so many bytes fit or there are no more. */
  makeRoom?(bytes: number): Promise<void>;
}

/** While nobody waits for an acknowledgement, commits are at most two a second: flash wears. The first goes at once. */
const RELAXED_COMMIT_MS = 500;
/** This many bytes of rows are committed without waiting for more. */
const COMMIT_BYTES = 256 << 10;
/** Rows that wait for the next commit. Beyond it writers are refused, and repeat later. */
const MAX_PENDING_BYTES = 64 << 20;
/** What people are told then, in the same words each time: how much it is changes, and would be another line of the log. */
const BEHIND = `the journal is behind: ${MAX_PENDING_BYTES >> 20} MiB of samples wait for it`;

interface Write {
  readonly rows: Columns;
  readonly cursor: CursorMove | undefined;
  resolve(): void;
  reject(error: Error): void;
}

/** Rows of one segment, as decoding it would give them. */
interface Piece {
  readonly rows: Columns;
  readonly segment: EncodedSegment;
}

/** What is appended in one commit. */
interface Commit {
  readonly clock: number;
  readonly pieces: readonly (Piece & { readonly source: string; readonly bytes: number })[];
  readonly cursors: readonly CursorChange[];
  readonly tick: boolean;
  /** Only of sources that shed. */
  readonly reserved?: boolean;
}

/**
 * Where everything enters: gathers what sources write into group commits to the journal.
 *
 * One commit is under way at a time; what arrives meanwhile shares the next. A write resolves after the fsync that holds
 * it, or rejects and is forgotten: the source still has it, and repeats it or lets its sender repeat it. Rows that cannot
 * be encoded are rejected with {@link InvalidRowsError}, and hold up no others: their cursor moves all the same, for to read
 * them again would change nothing.
 */
export class Intake implements AsyncDisposable {
  readonly #options: IntakeOptions;
  /** By source. */
  #pending = new Map<string, Write[]>();
  #pendingBytes = 0;
  #tickDue = false;
  #awaited = false;
  #durableSeries: number;
  #committing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  /** When the last commit began, on the process's clock. */
  #committedAt = Number.NEGATIVE_INFINITY;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#durableSeries = options.durableSeries;
  }

  write(
    source: string,
    rows: Columns,
    { awaited = false, cursor }: { awaited?: boolean; cursor?: CursorMove } = {},
  ): Promise<void> {
    if (rows.length === 0 && !cursor) return Promise.resolve();
    const bytes = bytesOf(rows);
    // A write that is alone is taken whatever its size: it would never fit better.
    if (this.#pendingBytes > 0 && this.#pendingBytes + bytes > MAX_PENDING_BYTES) {
      return Promise.reject(new UnavailableError(BEHIND));
    }
    let writes = this.#pending.get(source);
    if (!writes) this.#pending.set(source, (writes = []));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    writes.push({ rows, cursor, resolve, reject });
    this.#pendingBytes += bytes;
    this.#awaited ||= awaited;
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
    while (this.#committing || this.#pending.size > 0) await (this.#committing ?? this.#commit());
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #schedule(): void {
    if (this.#committing) return;
    if (this.#awaited || this.#pendingBytes >= COMMIT_BYTES) {
      // After this turn of the event loop: what other connections have ready now shares the commit.
      this.#immediate ??= setImmediate(() => void this.#commit());
    } else {
      const wait = this.#committedAt + RELAXED_COMMIT_MS - performance.now();
      this.#timer ??= setTimeout(() => void this.#commit(), Math.max(0, wait));
    }
  }

  #commit(): Promise<void> {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
    this.#committedAt = performance.now();
    this.#committing ??= this.#commitPending().finally(() => {
      this.#committing = undefined;
      if (this.#pending.size > 0 || this.#tickDue) this.#schedule();
    });
    return this.#committing;
  }

  async #commitPending(): Promise<void> {
    const pending = this.#pending;
    this.#pending = new Map();
    this.#pendingBytes = 0;
    this.#awaited = false;
    const tick = this.#tickDue;
    this.#tickDue = false;
    try {
      const clock = this.#options.now();
      const pieces = [...pending].flatMap(([source, writes]) =>
        // The buffers go to another thread: their sizes are wanted after that.
        encode(writes).map((piece) => ({ source, bytes: piece.segment.bytes.byteLength, ...piece })),
      );
      const cursors = [...pending].flatMap(([source, writes]) => cursorChanges(source, writes));
      const refused = await this.#appendWhatFits({ clock, pieces, cursors, tick });
      if (refused) reject(pending, refused.error, refused.taken);
      for (const writes of pending.values()) for (const { resolve } of writes) resolve();
    } catch (error) {
      reject(pending, error);
    }
  }

  /**
   * A journal without room first gives up what only streams that have faulted still need. Then it takes what comes from
   * sources that shed all the same, in the place of what they sent before; the answer tells why the others were refused.
   */
  async #appendWhatFits(commit: Commit): Promise<{ error: unknown; taken: ReadonlySet<string> } | undefined> {
    const { shedding, forsake, makeRoom } = this.#options;
    let error = await this.#refusal(commit);
    if (error && (await forsake?.(sizeOf(commit.pieces)))) error = await this.#refusal(commit);
    if (!error) return undefined;
    const sheds = ({ source }: { source: string }): boolean => shedding?.has(source) ?? false;
    const pieces = commit.pieces.filter(sheds);
    if (!makeRoom || pieces.length === 0) throw error;
    await makeRoom(sizeOf(pieces));
    const cursors = commit.cursors.filter(sheds);
    await this.#append({ ...commit, pieces, cursors, reserved: true });
    return { error, taken: new Set([...pieces, ...cursors].map(({ source }) => source)) };
  }

  /** Appends; what it was refused with if that was for want of room. */
  async #refusal(commit: Commit): Promise<Error | undefined> {
    try {
      await this.#append(commit);
      return undefined;
    } catch (error) {
      if (error instanceof StorageError && (error.code === 'quota' || error.code === 'full')) return error;
      throw error;
    }
  }

  async #append({ clock, pieces, cursors, tick, reserved = false }: Commit): Promise<void> {
    const { journal, series, committed } = this.#options;
    const entries: JournalEntry[] = pieces.map(({ source, segment }) => ({ source, clock, ...segment }));
    if (tick) entries.push(tickEntry(clock));
    if (entries.length === 0 && cursors.length === 0) return;
    const knownAfter = series.size;
    const definitions = { first: this.#durableSeries, series: series.slice(this.#durableSeries) };
    const first = await journal.append({ entries, definitions, cursors, reserved });
    this.#durableSeries = Math.max(this.#durableSeries, knownAfter);
    entries.forEach(({ source }, i) => {
      const { rows, bytes } = pieces[i] ?? { rows: noRows, bytes: 0 };
      committed({ sequence: first + i, source, clock, rows, bytes });
    });
  }
}

/** All writes but those of the sources whose rows were taken. */
function reject(pending: ReadonlyMap<string, Write[]>, cause: unknown, taken: ReadonlySet<string> = new Set()): void {
  const error = new UnavailableError(`the journal does not take rows at the moment: ${describe(cause)}`, { cause });
  for (const [source, writes] of pending) if (!taken.has(source)) for (const { reject } of writes) reject(error);
}

function sizeOf(pieces: Commit['pieces']): number {
  return pieces.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Each cursor once, as the last write that moves it has it: writes of a source are in order. */
function cursorChanges(source: string, writes: readonly Write[]): CursorChange[] {
  const moved = new Map<string, string | null>();
  for (const { cursor = {} } of writes) for (const [key, value] of Object.entries(cursor)) moved.set(key, value);
  return Array.from(moved, ([key, value]) => ({ source, key, value }));
}

/** One source's rows as segments. Writes that cannot be encoded are rejected, and left out. */
function encode(writes: readonly Write[]): Piece[] {
  try {
    const pieces = cutIntoSegments(writes.map(({ rows }) => rows));
    return pieces.map((rows) => ({ rows, segment: encodeGrouped(rows, { effort: 'fast' }) }));
  } catch (cause) {
    if (writes.length > 1) return writes.flatMap((write) => encode([write]));
    for (const { reject } of writes) reject(new InvalidRowsError(describe(cause), { cause }));
    return [];
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
