/** The bytes and lines that one record may have. */
export const MAX_RECORD_BYTES = 1 << 20;
export const MAX_RECORD_LINES = 64;

/**
 * What comes after the bytes at hand.
 * - `more`: the rest of the file, or what will be appended: a record that is not whole waits.
 * - `too much`: as `more`, but the bytes are as many as a record may have: one that is not whole by now is rejected.
 * - `nothing`: the file is whole. The bytes end with a line feed, added if it was missing.
 */
export type Follows = 'more' | 'too much' | 'nothing';

/** How far a reader has come in its file: what it needs to go on in another life. */
export interface RecordPosition {
  /** Number of the next line, from 1. */
  readonly line: number;
  /** Time of the last record in µs, null before the first. */
  readonly time: number | null;
}

/** Reads the records of one file, adding their samples to a builder. How the file is cut into calls does not show in them. */
export interface RecordReader {
  readonly position: RecordPosition;
  /**
   * Reads what stands at the start of the file before the records. Returns the bytes that it takes, undefined if it is not
   * whole, or in words why the file cannot be read. Changes no position: it is called again for a file that is gone on with.
   */
  readStart(bytes: Buffer, follows: Follows): number | undefined | { readonly fault: string };
  /** Counts the lines that {@link readStart} has taken. */
  skip(lines: number): void;
  /** Reads the whole records at the start of `bytes`, and returns how many bytes they have; all of them if nothing follows. */
  read(bytes: Buffer, follows: Follows): number;
}

/** What a reader is made for. */
export interface RecordFile {
  /** Its name without folder and ending. */
  readonly name: string;
  /** For people. */
  readonly path: string;
  readonly position: RecordPosition;
}
