import { isUtf8 } from 'node:buffer';
import { type BatchBuilder, Quality } from '@sluis/protocol';
import type { SourceContext } from '@sluis/plugin-sdk';
import { LF } from '../ascii.ts';
import type { Follows, RecordFile, RecordPosition, RecordReader } from '../file/record-reader.ts';
import type { SeriesTemplate } from '../file/series-template.ts';
import type { TimeReader } from '../file/time-reader.ts';
import { isObject, JsonFault, type JsonSamples, type Node, parseJson } from '../json-samples.ts';

export interface NdjsonReaderOptions {
  readonly rows: BatchBuilder;
  readonly samples: JsonSamples;
  readonly reject: SourceContext<unknown>['reject'];
  readonly template: SeriesTemplate;
  /** Name of the member with the time, and how to read it; without one, lines have the time they are read at. */
  readonly time: { readonly member: string; readonly reader: TimeReader } | undefined;
  /** A time for a line that brings none: greater than any before. */
  arrival(): number;
}

const SHOWN_CHARACTERS = 120;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/** Turns the lines of an NDJSON file into rows: each is a JSON object. */
export class NdjsonReader implements RecordReader {
  readonly #options: NdjsonReaderOptions;
  readonly #file: RecordFile;
  #line: number;
  #time: number;

  constructor(file: RecordFile, options: NdjsonReaderOptions) {
    this.#options = options;
    this.#file = file;
    this.#line = file.position.line;
    this.#time = file.position.time ?? -Infinity;
  }

  get position(): RecordPosition {
    return { line: this.#line, time: Number.isFinite(this.#time) ? this.#time : null };
  }

  readStart(bytes: Buffer, follows: Follows): number | undefined {
    if (follows === 'more' && bytes.length < BYTE_ORDER_MARK.length) return undefined;
    return bytes.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0;
  }

  skip(lines: number): void {
    this.#line += lines;
  }

  read(bytes: Buffer): number {
    let at = 0;
    for (let feed = bytes.indexOf(LF); feed >= 0; feed = bytes.indexOf(LF, at)) {
      this.#record(bytes.subarray(at, feed));
      this.#line++;
      at = feed + 1;
    }
    return at;
  }

  #record(bytes: Buffer): void {
    const { rows, reject, samples } = this.#options;
    const first = rows.length;
    try {
      if (!isUtf8(bytes)) throw new JsonFault('utf-8', 'the line is not UTF-8');
      const text = bytes.toString();
      if (text.trim() === '') return;
      const document = parseJson(text);
      if (!isObject(document)) throw new JsonFault('json', 'the line is not a JSON object');
      const time = this.#timeOf(document);
      const root = this.#root(document);
      samples.add(root, document, { time, quality: Quality.good });
      this.#time = time;
    } catch (error) {
      if (!(error instanceof JsonFault)) throw error;
      rows.truncate(first);
      const shown = bytes.toString('utf8', 0, SHOWN_CHARACTERS);
      reject(error.fault, 1, `${this.#file.path} line ${this.#line}: ${error.message}: ${shown}`);
    }
  }

  /** The line's time, whose member is then taken away. */
  #timeOf(document: Record<string, unknown>): number {
    const { time, arrival } = this.#options;
    if (!time) return arrival();
    const { member, reader } = time;
    const given = Object.hasOwn(document, member) ? document[member] : undefined;
    delete document[member];
    const read = typeof given === 'string' || typeof given === 'number' || typeof given === 'bigint';
    const µs = read ? reader.text(String(given), this.#time) : Number.NaN;
    if (!Number.isNaN(µs)) return µs;
    const advice = typeof given === 'number' ? ' (a number needs the key "unit")' : '';
    throw new JsonFault(
      'time',
      given === undefined ? `there is no member "${member}"` : `"${member}" is no time${advice}`,
    );
  }

  /** Where the line's paths begin; the members that fill in levels are then taken away. */
  #root(document: Record<string, unknown>): Node {
    const { template, samples } = this.#options;
    const levels = template.columns.map((name) => {
      const level = Object.hasOwn(document, name) ? document[name] : undefined;
      delete document[name];
      if (typeof level === 'number' || (typeof level === 'string' && level !== '')) return String(level);
      throw new JsonFault('level', `the member "${name}" is neither a text nor a number`);
    });
    const path = () => template.base({ file: this.#file.name, levels });
    const root = samples.root(JSON.stringify([this.#file.name, ...levels]), path);
    if (!root) throw new TypeError('a template always gives a path');
    return root;
  }
}
