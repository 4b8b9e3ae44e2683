import { isUtf8 } from 'node:buffer';
import { type BatchBuilder, isTextTooLong, MAX_TEXT_BYTES } from '@sluis/protocol';
import { type SourceContext, seriesId } from '@sluis/plugin-sdk';
import { LF } from '../ascii.ts';
import { readDecimal } from '../decimal.ts';
import type { Follows, RecordFile, RecordPosition, RecordReader } from '../file/record-reader.ts';
import { MAX_RECORD_BYTES, MAX_RECORD_LINES } from '../file/record-reader.ts';
import type { SeriesTemplate } from '../file/series-template.ts';
import type { TimeReader } from '../file/time-reader.ts';
import { cellValue } from './cell-value.ts';
import { OPEN, RecordSplitter } from './record-splitter.ts';

export interface CsvReaderOptions {
  readonly series: { intern(path: string): number };
  readonly rows: BatchBuilder;
  readonly reject: SourceContext<unknown>['reject'];
  readonly template: SeriesTemplate;
  readonly delimiter: string;
  readonly decimal: '.' | ',';
  /** Name of the column with the time, and how to read it; without one, records have the time they are read at. */
  readonly time: { readonly column: string; readonly reader: TimeReader } | undefined;
  /** A time for a record that brings none: greater than any before. */
  arrival(): number;
}

/** Columns of a file. */
const MAX_COLUMNS = 16_384;
/** Series by what fills in their levels: remembered, until there are so many. */
const MAX_REMEMBERED = 100_000;
const SHOWN_CHARACTERS = 120;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');
/** Of a series that has none yet. */
const UNKNOWN = 0xffff_ffff;

/** What the header says. */
interface Header {
  readonly names: readonly string[];
  /** Indexes of columns: with the time (-1 if there is none), with values, and those that fill in levels. */
  readonly time: number;
  readonly values: readonly number[];
  readonly levels: readonly number[];
  readonly splitter: RecordSplitter;
}

/** Turns the records of a CSV file into rows. */
export class CsvReader implements RecordReader {
  readonly #options: CsvReaderOptions;
  readonly #file: RecordFile;
  readonly #point: number;
  #line: number;
  #time: number;
  #header: Header | undefined;
  /** Series of the value columns, where no level is filled in by a record. */
  #ids = new Uint32Array(0);
  /** The same by the levels of a record. */
  #idsByLevels = new Map<string, Uint32Array>();

  constructor(file: RecordFile, options: CsvReaderOptions) {
    this.#options = options;
    this.#file = file;
    this.#point = options.decimal.charCodeAt(0);
    this.#line = file.position.line;
    this.#time = file.position.time ?? -Infinity;
  }

  get position(): RecordPosition {
    return { line: this.#line, time: Number.isFinite(this.#time) ? this.#time : null };
  }

  readStart(bytes: Buffer, follows: Follows): number | undefined | { readonly fault: string } {
    if (follows === 'more' && bytes.length < BYTE_ORDER_MARK.length) return undefined;
    const from = bytes.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0;
    const splitter = new RecordSplitter(this.#options.delimiter.charCodeAt(0), MAX_COLUMNS);
    const next = splitter.split(bytes, from);
    if (next === OPEN && follows === 'more') return undefined;
    if (next === OPEN && !bytes.includes(LF))
      return { fault: `its first line is longer than ${MAX_RECORD_BYTES} bytes` };
    if (next < 0) return { fault: 'its first line is no CSV: a quoted name is not closed' };
    if (splitter.cells > MAX_COLUMNS) return { fault: `it has more than ${MAX_COLUMNS} columns` };
    if (!isUtf8(bytes.subarray(from, next))) return { fault: 'its first line is not UTF-8: save the file as UTF-8' };
    const names = Array.from({ length: splitter.cells }, (_, cell) => splitter.text(bytes, cell));
    const header = this.#headerOf(names);
    if ('fault' in header) return header;
    this.#header = header;
    this.#ids = new Uint32Array(header.values.length).fill(UNKNOWN);
    this.#idsByLevels = new Map();
    return next;
  }

  skip(lines: number): void {
    this.#line += lines;
  }

  read(bytes: Buffer, follows: Follows): number {
    const header = this.#header;
    if (!header) throw new TypeError('records are read before their header');
    const { splitter } = header;
    let at = 0;
    while (at < bytes.length) {
      const next = splitter.split(bytes, at);
      // Only a record at the beginning has all the bytes that it may have.
      if (next === OPEN && (follows === 'more' || (follows === 'too much' && at > 0))) return at;
      if (next > 0) {
        if (!splitter.blank) this.#record(header, bytes, at);
        this.#line += splitter.lines;
        at = next;
        continue;
      }
      // What looked like a record of several lines is none: only its first line is given up.
      const feed = bytes.indexOf(LF, at);
      if (feed < 0) return at;
      const open = `a quoted cell is not closed within ${MAX_RECORD_LINES} lines and ${MAX_RECORD_BYTES} bytes`;
      this.#reject('quote', next === OPEN ? open : 'a quoted cell is not closed, or goes on after its end', bytes, at);
      this.#line++;
      at = feed + 1;
    }
    return at;
  }

  #headerOf(names: readonly string[]): Header | { readonly fault: string } {
    const { time, template, delimiter } = this.#options;
    const shown = `its columns are ${names.slice(0, 20).join(', ')} (delimiter "${delimiter}")`;
    const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i);
    if (twice !== undefined) return { fault: `the column "${twice}" is there twice: give each its own name` };
    const special = [...(time ? [time.column] : []), ...template.columns];
    const missing = special.find((name) => !names.includes(name));
    if (missing !== undefined) return { fault: `it has no column "${missing}": ${shown}` };
    const levels = template.columns.map((name) => names.indexOf(name));
    // A column without a name comes of a delimiter at the line's end.
    const values = names.flatMap((name, i) => (name === '' || special.includes(name) ? [] : [i]));
    const splitter = new RecordSplitter(delimiter.charCodeAt(0), names.length);
    return { names, time: time ? names.indexOf(time.column) : -1, values, levels, splitter };
  }

  #record(header: Header, bytes: Buffer, at: number): void {
    const { rows } = this.#options;
    const { splitter, names, values, levels } = header;
    if (splitter.cells !== names.length) {
      return this.#reject('cell count', `${splitter.cells} cells instead of ${names.length}`, bytes, at);
    }
    const time = this.#timeOf(header, bytes);
    if (Number.isNaN(time)) return this.#reject('time', this.#timeAdvice(splitter.text(bytes, header.time)), bytes, at);
    this.#time = time;
    let ids: Uint32Array | undefined = this.#ids;
    if (levels.length > 0) {
      const empty = levels.find((cell) => splitter.start[cell] === splitter.end[cell]);
      if (empty !== undefined) return this.#reject('level', `the column "${names[empty]}" is empty`, bytes, at);
      ids = this.#idsOf(header, bytes);
      if (!ids) return this.#reject('utf-8', 'a level of the path is not UTF-8', bytes, at);
    }
    rows.reserve(values.length);
    const { start, end } = splitter;
    for (let k = 0; k < values.length; k++) {
      const cell = values[k];
      const from = start[cell];
      const to = end[cell];
      if (from === to) continue;
      const row = rows.length;
      if (readDecimal(bytes, from, rows.value, row, this.#point) === to) {
        if (ids[k] === UNKNOWN && !this.#intern(header, bytes, k, ids)) continue;
        rows.series[row] = ids[k];
        rows.time[row] = time;
        rows.length = row + 1;
      } else this.#other(header, bytes, k, ids, at);
    }
  }

  /** A cell that is not plainly a number. */
  #other(header: Header, bytes: Buffer, k: number, ids: Uint32Array, at: number): void {
    const { rows, decimal } = this.#options;
    const { splitter, values, names } = header;
    const cell = values[k];
    const reject = (reason: string, words: string) => this.#reject(reason, `${names[cell]}: ${words}`, bytes, at);
    if (!isUtf8(bytes.subarray(splitter.start[cell], splitter.end[cell]))) {
      return reject('utf-8', 'the text is not UTF-8');
    }
    const value = cellValue(splitter.text(bytes, cell), decimal);
    if (value.kind === 'empty') return undefined;
    if (value.kind === 'fault') return reject('value', value.reason);
    if (value.kind === 'text' && isTextTooLong(value.value)) {
      return reject('text too long', `the text is longer than ${MAX_TEXT_BYTES} bytes`);
    }
    if (ids[k] === UNKNOWN && !this.#intern(header, bytes, k, ids)) return undefined;
    if (value.kind === 'double') rows.double(ids[k], this.#time, value.value);
    else if (value.kind === 'boolean') rows.boolean(ids[k], this.#time, value.value);
    else rows.text(ids[k], this.#time, value.value);
  }

  #timeOf({ time, splitter }: Header, bytes: Buffer): number {
    const { time: option, arrival } = this.#options;
    if (!option) return arrival();
    return option.reader.read(bytes, splitter.start[time], splitter.end[time], this.#time);
  }

  #timeAdvice(text: string): string {
    const advice = /^\d+$/.test(text) ? ' (a number needs the key "unit")' : '';
    return `"${text.slice(0, SHOWN_CHARACTERS)}" is no time${advice}`;
  }

  /** Series of the value columns for a record's levels; undefined if these are not UTF-8. */
  #idsOf({ splitter, levels, values }: Header, bytes: Buffer): Uint32Array | undefined {
    const { start, end } = splitter;
    // No length can be taken for another: each cell's is part of the key.
    let key = '';
    for (const cell of levels) {
      key += `${end[cell] - start[cell]}:${bytes.toString('latin1', start[cell], end[cell])}`;
    }
    let ids = this.#idsByLevels.get(key);
    if (!ids) {
      if (!levels.every((cell) => isUtf8(bytes.subarray(start[cell], end[cell])))) return undefined;
      if (this.#idsByLevels.size >= MAX_REMEMBERED) this.#idsByLevels.clear();
      this.#idsByLevels.set(key, (ids = new Uint32Array(values.length).fill(UNKNOWN)));
    }
    return ids;
  }

  /** Gives a series its id; false if there are too many. */
  #intern({ names, values, levels, splitter }: Header, bytes: Buffer, k: number, ids: Uint32Array): boolean {
    const filled = levels.map((cell) => splitter.text(bytes, cell));
    const path = this.#options.template.path({ file: this.#file.name, column: names[values[k]], levels: filled });
    const id = seriesId(this.#options, path);
    if (id !== undefined) ids[k] = id;
    return id !== undefined;
  }

  #reject(reason: string, words: string, bytes: Buffer, at: number): void {
    const end = Math.min(at + SHOWN_CHARACTERS, bytes.length);
    const [text] = bytes.toString('utf8', at, end).split(/\r?\n/, 1);
    this.#options.reject(reason, 1, `${this.#file.path} line ${this.#line}: ${words}: ${text}`);
  }
}
