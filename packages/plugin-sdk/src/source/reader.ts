import type { Columns } from '@sluis/protocol';
import type { CursorMove } from '../source.ts';

/** What a reader has read in one go. */
export interface Reading {
  /** Their arrays are not the reader's any more. There may be none. */
  readonly rows: Columns;
  /**
   * Where to go on after these rows: commits with them, so that a reader which begins at `context.cursors` neither loses nor
   * doubles any. Such readings go one after the other.
   */
  readonly cursor?: CursorMove;
  /**
   * Tells the machine what has become of the rows: kept when they are fsynced in the journal, not kept if that refused
   * them, so that the machine shall repeat them. Called in order of the readings, while the reader is connected. Throws
   * what `read` may throw. A reading without it is handed over until it is kept, as nobody would repeat it.
   */
  acknowledge?(kept: boolean): void | Promise<void>;
}

/**
 * What differs between one machine and another: {@link reading} makes a source of it. What a method throws says what happens
 * next: {@link NotConnectedError}, {@link EndOfInputError}, and `read` also {@link InvalidInputError}. Anything else is a
 * fault of the reader: it is logged, and the reader is connected again.
 */
export interface Reader {
  /** What is read, for people, such as `the press at 10.0.0.7`. */
  readonly from?: string;
  /** Opens what is read. Ends soon once the signal is aborted, as `read` does. */
  connect(signal: AbortSignal): Promise<void>;
  /**
   * The next rows, waited for as long as it takes. Called again when it has answered, unless too much waits for the journal.
   * Series get their ids by {@link seriesId}, which counts what the limit leaves no room for.
   */
  read(signal: AbortSignal): Promise<Reading>;
  /** Gives back what `connect` has opened, also where that failed. After it comes `connect`, or nothing more. */
  close(): Promise<void>;
}

/** The machine is not there, or is no more: what it is read from is closed, and opened again after a pause that grows to 30 s. */
export class NotConnectedError extends Error {
  override readonly name = 'NotConnectedError';
}

/** Nothing more will come: the source stops when all that it has read is kept. */
export class EndOfInputError extends Error {
  override readonly name = 'EndOfInputError';

  constructor(message = 'the input has ended', options: ErrorOptions = {}) {
    super(message, options);
  }
}

/**
 * What was read is no sample: it is counted as rejected, an example is shown to people, and reading goes on behind it.
 * `message` is the reason under which it is counted: one of a few, without what was read.
 */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
  readonly count: number;
  readonly example: string | undefined;

  constructor(
    message: string,
    { count = 1, example, ...options }: ErrorOptions & { count?: number; example?: string } = {},
  ) {
    super(message, options);
    this.count = count;
    this.example = example;
  }
}
