import { CR, LF, QUOTE } from '../ascii.ts';
import { MAX_RECORD_LINES } from '../file/record-reader.ts';

/** A record is not whole, or it is none: what stands after a closing quote is neither a delimiter nor the line's end. */
export const OPEN = -1;
export const MALFORMED = -2;

const PLAIN = 0;
const QUOTED = 1;
/** Quoted, with doubled quotes inside. */
const ESCAPED = 2;

/**
 * Finds the cells of a record as RFC 4180 has them, without making strings. A line ends with LF or CR LF. A quote that does
 * not begin its cell is a character like any other.
 */
export class RecordSplitter {
  readonly #delimiter: number;
  /** Where each cell begins and ends, the quotes around it left out. There may be more cells than these hold. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly #form: Uint8Array;
  /** Cells and lines of the record split last. */
  cells = 0;
  lines = 0;

  constructor(delimiter: number, capacity: number) {
    this.#delimiter = delimiter;
    this.start = new Int32Array(capacity);
    this.end = new Int32Array(capacity);
    this.#form = new Uint8Array(capacity);
  }

  /** Splits the record at `from`. Returns the position after it, {@link OPEN} or {@link MALFORMED}. */
  split(bytes: Buffer, from: number): number {
    const { length } = bytes;
    const delimiter = this.#delimiter;
    let at = from;
    this.cells = 0;
    this.lines = 1;
    for (;;) {
      const cell = this.cells++;
      if (bytes[at] === QUOTE) {
        at = this.#quoted(bytes, at + 1, cell);
        if (at < 0) return at;
      } else {
        const start = at;
        while (at < length && bytes[at] !== delimiter && bytes[at] !== LF) at++;
        if (at === length) return OPEN;
        this.start[cell] = start;
        this.end[cell] = bytes[at] === LF && at > start && bytes[at - 1] === CR ? at - 1 : at;
        this.#form[cell] = PLAIN;
      }
      if (bytes[at++] === LF) return at;
    }
  }

  /** True if the record split last is a line with nothing in it. */
  get blank(): boolean {
    return this.cells === 1 && this.start[0] === this.end[0] && this.#form[0] === PLAIN;
  }

  /** Of a cell, without its quotes. */
  text(bytes: Buffer, cell: number): string {
    const text = bytes.toString('utf8', this.start[cell], this.end[cell]);
    return this.#form[cell] === ESCAPED ? text.replaceAll('""', '"') : text;
  }

  /** Reads a cell from after its opening quote; returns the position of the delimiter or line feed after it. */
  #quoted(bytes: Buffer, from: number, cell: number): number {
    const { length } = bytes;
    let form = QUOTED;
    let at = from;
    for (;;) {
      while (at < length && bytes[at] !== QUOTE) {
        if (bytes[at] === LF && ++this.lines > MAX_RECORD_LINES) return MALFORMED;
        at++;
      }
      // A quote at the end may be the first of two.
      if (at + 1 >= length) return OPEN;
      if (bytes[at + 1] !== QUOTE) break;
      form = ESCAPED;
      at += 2;
    }
    this.start[cell] = from;
    this.end[cell] = at;
    this.#form[cell] = form;
    at++;
    if (bytes[at] === CR) {
      if (at + 1 >= length) return OPEN;
      if (bytes[at + 1] === LF) at++;
    }
    return bytes[at] === LF || bytes[at] === this.#delimiter ? at : MALFORMED;
  }
}
