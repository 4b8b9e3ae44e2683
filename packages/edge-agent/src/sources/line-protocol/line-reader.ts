import { BatchBuilder, isTextTooLong, Kind } from '@sluis/protocol';
import { SeriesLimitError, seriesPath } from '@sluis/plugin-sdk';
import {
  CR,
  HASH,
  LF,
  LOWER_I,
  LOWER_U,
  COMMA,
  MINUS,
  NINE,
  QUOTE,
  SPACE,
  TAB,
  ZERO,
  BACKSLASH,
  DOT,
  endsToken,
} from './bytes.ts';
import { readDecimal } from '../decimal.ts';
import type { KeyCache } from './key-cache.ts';
import { type Fault, type Field, type Point, readPoint } from './point.ts';
import { type Precision, readTimestamp } from '../timestamp.ts';

/** A line that was not taken, or not wholly. */
export interface BadLine {
  /** Counted from 1 over the reader's input. */
  readonly line: number;
  /** Of the first character that is wrong, counted from 1. */
  readonly column: number;
  readonly fault: Fault | 'series limit' | 'incomplete';
  readonly reason: string;
  /** The line, cut to a length that people can read. */
  readonly text: string;
}

export interface LineReaderOptions {
  readonly site: string;
  readonly series: { intern(path: string): number };
  /** Shared by the readers of one source. */
  readonly keys: KeyCache;
  readonly precision: Precision;
  /** Most bytes of a line without its end. */
  readonly maxLine: number;
  bad(line: BadLine): void;
}

/** Input is read in pieces of this size, so that the rows of one piece fit in memory that was reserved before. */
const PIECE_BYTES = 256 << 10;
/** A row takes at least as many bytes of input: `,a=1`. */
const LEAST_ROW_BYTES = 4;
const SHOWN_CHARACTERS = 120;
/** A decimal integer of so many bytes is exact in a double. */
const EXACT_BYTES = 15;
const FIRST_NOT_ASCII = 0x80;

/**
 * Turns line protocol into rows, from chunks that may be cut anywhere.
 *
 * Lines of known series in their usual form go straight from bytes to columns. Any other line is left to {@link readPoint},
 * which decides what it means; the fast way may be stricter, but never gives another result.
 */
export class LineReader {
  /** Rows read and not yet taken. */
  readonly rows = new BatchBuilder();
  readonly #options: LineReaderOptions;
  /** Bytes of a line whose end has not come yet. */
  #rest: Buffer = EMPTY;
  /** A line that was too long is dropped up to its line feed. */
  #skipping = false;
  /** Number of the line that is read next, from 1. */
  #line = 1;
  /** The cache's entry that began the line before. */
  #previous = 0;

  constructor(options: LineReaderOptions) {
    this.#options = options;
  }

  /** Bytes that wait for the end of their line. */
  get pendingBytes(): number {
    return this.#rest.length;
  }

  /** Reads the lines that `chunk` completes. `arrival`: the time in µs of lines that bring none. */
  push(chunk: Buffer, arrival: number): void {
    for (let from = 0; from < chunk.length; from += PIECE_BYTES) {
      this.#piece(chunk.subarray(from, from + PIECE_BYTES), arrival);
    }
  }

  /** Reads the last line, which needs no line feed. */
  end(arrival: number): void {
    const bytes = Buffer.concat([this.#rest, Buffer.of(LF)]);
    this.#rest = EMPTY;
    if (!this.#skipping) this.#lines(bytes, { end: bytes.length, final: true }, arrival);
    this.#skipping = false;
  }

  /** Drops the last line, which was cut off by an error: what is there of it could look like another value. */
  abort(reason: string): void {
    if (this.#rest.length > 0) {
      this.#bad(this.#rest, 0, 0, this.#rest.length, 'incomplete', reason);
    }
    this.#rest = EMPTY;
    this.#skipping = false;
  }

  #piece(piece: Buffer, arrival: number): void {
    let chunk = piece;
    if (this.#skipping) {
      const feed = chunk.indexOf(LF);
      if (feed < 0) return;
      this.#skipping = false;
      this.#line++;
      chunk = chunk.subarray(feed + 1);
    }
    const feed = this.#rest.length > 0 ? chunk.indexOf(LF) + 1 : 0;
    if (feed > 0) {
      // Only the line that was cut is put together: a copy of the whole chunk would cost more than what it saves.
      const line = Buffer.concat([this.#rest, chunk.subarray(0, feed)]);
      this.#rest = line.subarray(this.#lines(line, { end: line.length, final: false }, arrival));
      chunk = chunk.subarray(feed);
      if (chunk.length === 0) return this.#keep(this.#withoutUnclosed(this.#rest, arrival));
    }
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const end = chunk.lastIndexOf(LF) + 1 + bytes.length - chunk.length;
    // Without a line feed in the chunk nothing new is complete.
    const at = end > bytes.length - chunk.length ? this.#lines(bytes, { end, final: false }, arrival) : 0;
    this.#keep(this.#withoutUnclosed(bytes.subarray(at), arrival));
  }

  /** Once more is at hand than a line may have, a text that is still open is wrong, and the lines after it are read. */
  #withoutUnclosed(rest: Buffer, arrival: number): Buffer {
    const end = rest.lastIndexOf(LF) + 1;
    if (end === 0 || rest.length <= this.#options.maxLine + 1) return rest;
    return rest.subarray(this.#lines(rest, { end, final: false }, arrival));
  }

  #keep(rest: Buffer): void {
    const { maxLine } = this.#options;
    // One more than a line may have: a carriage return, whose line feed is yet to come.
    if (rest.length <= maxLine + 1) {
      // A copy: the chunk's memory belongs to the socket.
      this.#rest = Buffer.from(rest);
      return;
    }
    this.#bad(rest, 0, 0, rest.length, 'length', `the line is longer than ${maxLine} bytes`);
    this.#rest = EMPTY;
    this.#skipping = true;
  }

  /**
   * Reads the lines up to `end`, which is after a line feed. Returns where a line begins that goes on beyond, or `end`;
   * always `end` if the input is `final`.
   */
  #lines(bytes: Buffer, { end, final }: { end: number; final: boolean }, arrival: number): number {
    this.rows.reserve(Math.ceil(end / LEAST_ROW_BYTES));
    let at = 0;
    while (at < end) {
      at = this.#knownLines(bytes, at, end, arrival);
      if (at === end) break;
      const next = this.#otherLine(bytes, at, { end, final }, arrival);
      if (next < 0) return at;
      at = next;
    }
    return end;
  }

  /** Reads lines until one is not of known series and usual form; returns where that begins, or `end`. */
  #knownLines(bytes: Buffer, from: number, end: number, arrival: number): number {
    const { keys, precision, maxLine } = this.#options;
    const { rows } = this;
    const { series, time, value } = rows;
    let lineStart = from;
    while (lineStart < end) {
      let entry = keys.nextLine[this.#previous];
      if (!keys.matches(entry, bytes, lineStart, end)) {
        entry = keys.findLine(bytes, lineStart);
        if (entry < 0) return lineStart;
        keys.nextLine[this.#previous] = entry;
      }
      const owner = entry;
      const firstRow = rows.length;
      let at = lineStart;
      for (;;) {
        at += keys.length[entry];
        const row = rows.length;
        const c = bytes[at];
        let next = -1;
        if ((c >= ZERO && c <= NINE) || c === MINUS || c === DOT) {
          next = readDecimal(bytes, at, value, row);
          if (next > 0 && (bytes[next] === LOWER_I || bytes[next] === LOWER_U)) {
            next = this.#integer(bytes, at, next, keys.series[entry]);
          } else {
            series[row] = keys.series[entry];
            rows.length = row + 1;
          }
        } else if (c === QUOTE) next = this.#text(bytes, at, keys.series[entry]);
        else next = this.#boolean(bytes, at, keys.series[entry]);
        if (next < 0) return this.#giveUp(firstRow, lineStart);
        at = next;
        if (bytes[at] !== COMMA) break;
        at++;
        let field = keys.nextField[entry];
        if (!keys.matches(field, bytes, at, end)) {
          field = keys.findField(bytes, at, owner);
          if (field < 0) return this.#giveUp(firstRow, lineStart);
          keys.nextField[entry] = field;
        }
        entry = field;
      }
      if (bytes[at] === SPACE) {
        at = readTimestamp(bytes, at + 1, precision, time, firstRow);
        if (at < 0) return this.#giveUp(firstRow, lineStart);
      } else {
        time[firstRow] = arrival;
      }
      if (bytes[at] === CR) at++;
      if (bytes[at] !== LF || at - lineStart > maxLine) return this.#giveUp(firstRow, lineStart);
      for (let row = firstRow + 1; row < rows.length; row++) time[row] = time[firstRow];
      this.#previous = owner;
      this.#line++;
      lineStart = at + 1;
    }
    return end;
  }

  #giveUp(firstRow: number, lineStart: number): number {
    this.rows.truncate(firstRow);
    return lineStart;
  }

  #integer(bytes: Buffer, from: number, suffix: number, series: number): number {
    const signed = bytes[suffix] === LOWER_I;
    const row = this.rows.length;
    if (suffix - from > EXACT_BYTES || (!signed && bytes[from] === MINUS)) return -1;
    for (let at = from; at < suffix; at++) {
      const c = bytes[at];
      if ((c < ZERO || c > NINE) && (at > from || c !== MINUS)) return -1;
    }
    // The sum makes 0 of -0, which is no integer.
    const value = this.rows.value[row] + 0;
    this.rows.safeInteger(series, 0, value, signed ? Kind.int64 : Kind.uint64);
    return suffix + 1;
  }

  #text(bytes: Buffer, from: number, series: number): number {
    let at = from + 1;
    for (let c = bytes[at]; c !== QUOTE; c = bytes[++at]) {
      if (c === BACKSLASH || c === LF || c >= FIRST_NOT_ASCII) return -1;
    }
    const text = bytes.toString('latin1', from + 1, at);
    if (isTextTooLong(text)) return -1;
    this.rows.text(series, 0, text);
    return at + 1;
  }

  #boolean(bytes: Buffer, at: number, series: number): number {
    const c = bytes[at];
    const truth = c === LOWER_T || c === UPPER_T;
    if ((!truth && c !== LOWER_F && c !== UPPER_F) || !endsToken(bytes, at + 1)) return -1;
    this.rows.boolean(series, 0, truth);
    return at + 1;
  }

  /** Reads one line of any form; returns where the next begins, or -1 if a text in it goes on beyond `end`. */
  #otherLine(bytes: Buffer, from: number, { end, final }: { end: number; final: boolean }, arrival: number): number {
    const { precision, maxLine } = this.#options;
    const feed = bytes.indexOf(LF, from);
    if (feed - from - (bytes[feed - 1] === CR ? 1 : 0) > maxLine) {
      this.#bad(bytes, from, from, feed + 1, 'length', `the line is longer than ${maxLine} bytes`);
      return feed + 1;
    }
    let at = from;
    while (bytes[at] === SPACE || bytes[at] === TAB || bytes[at] === CR) at++;
    if (bytes[at] === LF || bytes[at] === HASH) {
      this.#line++;
      return feed + 1;
    }
    const point = readPoint({ bytes, from: at, end, latest: from + maxLine, final, unit: precision.unit });
    if (point.kind === 'open') return -1;
    if (point.kind === 'bad') this.#bad(bytes, from, point.at, point.next, point.fault, point.reason);
    else {
      this.#addPoint(bytes, point, arrival);
      this.#line += count(bytes, from, point.next);
    }
    return point.next;
  }

  #addPoint(bytes: Buffer, point: Point, arrival: number): void {
    const { keys, series, site } = this.#options;
    const { fields } = point;
    const refused: { field: Field; error: SeriesLimitError }[] = [];
    const known: { field: Field; id: number }[] = [];
    for (const field of fields) {
      const levels = [...point.tags, point.measurement, ...(field.name === 'value' ? [] : [field.name])];
      try {
        known.push({ field, id: series.intern(seriesPath(site, levels)) });
      } catch (error) {
        if (!(error instanceof SeriesLimitError)) throw error;
        refused.push({ field, error });
      }
    }
    for (const { field, id } of known) addValue(this.rows, field, id, point.time ?? arrival);
    for (const { field, error } of refused) {
      this.#report(bytes, fields[0].keyFrom, field.keyFrom, point.next, 'series limit', error.message);
    }
    if (refused.length > 0) return;
    const last = fields[fields.length - 1];
    keys.prepare(fields.length, last.keyTo - fields[0].keyFrom);
    let owner = -1;
    for (const { field, id } of known) {
      const entry = keys.add({ bytes, from: field.keyFrom, to: field.keyTo, owner, series: id });
      if (owner < 0) owner = entry;
    }
    keys.nextLine[this.#previous] = owner;
    this.#previous = owner;
  }

  #bad(bytes: Buffer, from: number, at: number, next: number, fault: BadLine['fault'], reason: string): void {
    this.#report(bytes, from, at, next, fault, reason);
    this.#line += count(bytes, from, next);
  }

  #report(bytes: Buffer, from: number, at: number, next: number, fault: BadLine['fault'], reason: string): void {
    // A text may have brought line breaks before the byte that is wrong: people look for that byte in its own line.
    const lineStart = Math.max(from, bytes.subarray(0, at).lastIndexOf(LF) + 1);
    const feed = bytes.indexOf(LF, at);
    const lineEnd = feed < 0 ? next : feed;
    const shown = decoder.decode(bytes.subarray(lineStart, Math.min(lineEnd, lineStart + SHOWN_CHARACTERS)));
    this.#options.bad({
      line: this.#line + count(bytes, from, lineStart),
      column: decoder.decode(bytes.subarray(lineStart, at)).length + 1,
      fault,
      reason,
      text: shown.trimEnd(),
    });
  }
}

const LOWER_T = 0x74;
const UPPER_T = 0x54;
const LOWER_F = 0x66;
const UPPER_F = 0x46;
const decoder = new TextDecoder();
const EMPTY = Buffer.alloc(0);

function addValue(rows: BatchBuilder, { value }: Field, series: number, time: number): void {
  switch (value.kind) {
    case 'double':
      return rows.double(series, time, value.value);
    case 'boolean':
      return rows.boolean(series, time, value.value);
    case 'text':
      return rows.text(series, time, value.value);
    case 'int64':
    case 'uint64':
      return rows.integer(series, time, value.value, Kind[value.kind]);
  }
}

/** Line feeds in [from, to). */
function count(bytes: Buffer, from: number, to: number): number {
  let feeds = 0;
  for (let at = bytes.indexOf(LF, from); at >= 0 && at < to; at = bytes.indexOf(LF, at + 1)) feeds++;
  return feeds;
}
