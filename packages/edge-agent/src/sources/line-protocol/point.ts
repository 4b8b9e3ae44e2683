import { isUtf8 } from 'node:buffer';
import { isTextTooLong, MAX_TEXT_BYTES } from '@sluis/protocol';
import { BACKSLASH, COMMA, CR, EQUALS, LF, QUOTE, SPACE, TAB, endsToken, escapes } from './bytes.ts';
import { type EpochUnit, parseEpoch } from '../time.ts';

export type FieldValue =
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'int64' | 'uint64'; readonly value: bigint }
  | { readonly kind: 'text'; readonly value: string };

export interface Field {
  readonly name: string;
  readonly value: FieldValue;
  /** Position after the `=` that ends the name, and of the name's first byte; of the line's for its first field. */
  readonly keyFrom: number;
  readonly keyTo: number;
}

export interface Point {
  readonly kind: 'point';
  readonly measurement: string;
  /** Values in order of the keys' bytes. */
  readonly tags: readonly string[];
  readonly fields: readonly Field[];
  /** µs, absent when the line brings none. */
  readonly time: number | undefined;
  /** Position of the next line. */
  readonly next: number;
}

/** What is wrong with a line, as `/status` and metrics count it. */
export type Fault = 'syntax' | 'value' | 'time' | 'length' | 'text' | 'text too long';

export interface BadPoint {
  readonly kind: 'bad';
  readonly fault: Fault;
  readonly reason: string;
  /** Position of the byte that is wrong. */
  readonly at: number;
  /** Where reading goes on: after the line break that follows the fault. */
  readonly next: number;
}

/** A quoted text goes on beyond the bytes at hand. */
export interface OpenPoint {
  readonly kind: 'open';
}

export interface PointInput {
  readonly bytes: Buffer;
  /** First byte of a line that is neither blank nor a comment. */
  readonly from: number;
  /** Position after a line feed: a line that goes beyond is not complete. */
  readonly end: number;
  /** Position by which the line must have ended. */
  readonly latest: number;
  /** True if no bytes will follow, so that a text that is open stays so. */
  readonly final: boolean;
  /** Unit of the timestamp. */
  readonly unit: EpochUnit;
}

const TRUE = new Set(['t', 'T', 'true', 'True', 'TRUE']);
const FALSE = new Set(['f', 'F', 'false', 'False', 'FALSE']);
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+i$/;
const UNSIGNED = /^[+-]?\d+u$/;
const TIMESTAMP = /^-?\d+$/;
const LONGEST_INTEGER = 20;

/**
 * Reads one line of InfluxDB line protocol, with all its escapes: the definition of what is accepted.
 * https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 *
 * It is used for lines whose series are not known yet, and wherever the fast way of {@link LineReader} meets something
 * else than it expects; it is exact about what is wrong.
 */
export function readPoint(input: PointInput): Point | BadPoint | OpenPoint {
  const { bytes, from, end, latest, final, unit } = input;
  const bad = (fault: Fault, at: number, reason: string, next = lineAfter(bytes, at, end)): BadPoint => {
    return { kind: 'bad', fault, reason, at, next };
  };

  let at = nameEnd(bytes, from, MEASUREMENT_STOPS);
  if (at === from) return bad('syntax', at, 'the measurement is missing');
  const measurement = name(bytes, from, at, MEASUREMENT_ESCAPES);
  if (measurement === undefined) return bad('text', from, 'the measurement is not UTF-8');

  const tags: { key: string; value: string }[] = [];
  while (bytes[at] === COMMA) {
    const keyFrom = at + 1;
    const keyTo = nameEnd(bytes, keyFrom, NAME_STOPS);
    if (keyTo === keyFrom) return bad('syntax', keyTo, 'a tag has no name');
    if (bytes[keyTo] !== EQUALS) return bad('syntax', keyTo, 'a tag needs "=" and a value');
    const valueFrom = keyTo + 1;
    at = nameEnd(bytes, valueFrom, NAME_STOPS);
    if (at === valueFrom) return bad('syntax', at, 'a tag has no value');
    if (bytes[at] === EQUALS) return bad('syntax', at, 'an "=" in a tag value needs a backslash');
    const key = name(bytes, keyFrom, keyTo, NAME_ESCAPES);
    const value = name(bytes, valueFrom, at, NAME_ESCAPES);
    if (key === undefined || value === undefined) return bad('text', keyFrom, 'a tag is not UTF-8');
    if (tags.some((tag) => tag.key === key)) return bad('syntax', keyFrom, `the tag ${key} is given twice`);
    tags.push({ key, value });
  }
  if (bytes[at] !== SPACE) return bad('syntax', at, 'the fields are missing');
  at = skipSpaces(bytes, at);

  const fields: Field[] = [];
  for (;;) {
    const nameFrom = at;
    const nameTo = nameEnd(bytes, nameFrom, NAME_STOPS);
    if (nameTo === nameFrom) return bad('syntax', nameTo, 'a field has no name');
    if (bytes[nameTo] !== EQUALS) return bad('syntax', nameTo, 'a field needs "=" and a value');
    const fieldName = name(bytes, nameFrom, nameTo, NAME_ESCAPES);
    if (fieldName === undefined) return bad('text', nameFrom, 'a field name is not UTF-8');
    const valueFrom = nameTo + 1;
    let value: FieldValue | undefined;
    if (bytes[valueFrom] === QUOTE) {
      const close = closingQuote(bytes, valueFrom + 1, Math.min(bytes.length, latest));
      if (close < 0 && bytes.length > latest) {
        return bad('length', valueFrom, 'a text in double quotes is not closed within the longest line');
      }
      if (close < 0 || close >= end) {
        return final ? bad('syntax', valueFrom, 'a text in double quotes is not closed') : { kind: 'open' };
      }
      at = close + 1;
      if (!endsToken(bytes, at)) {
        return bad(
          'syntax',
          at,
          'a text must be followed by a comma, a space or the line end',
          lineAfter(bytes, valueFrom, end),
        );
      }
      if (!isUtf8(bytes.subarray(valueFrom, at))) return bad('text', valueFrom, 'a text is not UTF-8');
      const text = quoted(bytes, valueFrom + 1, close);
      if (isTextTooLong(text)) {
        const reason = `a text is longer than ${MAX_TEXT_BYTES} bytes`;
        return bad('text too long', valueFrom, reason, lineAfter(bytes, at, end));
      }
      value = { kind: 'text', value: text };
    } else {
      at = tokenEnd(bytes, valueFrom);
      const read = fieldValue(bytes.toString('latin1', valueFrom, at));
      if (typeof read === 'string') return bad('value', valueFrom, read);
      value = read;
    }
    fields.push({ name: fieldName, value, keyFrom: fields.length === 0 ? from : nameFrom, keyTo: nameTo + 1 });
    if (bytes[at] !== COMMA) break;
    at++;
  }

  at = skipSpaces(bytes, at);
  let time: number | undefined;
  if (!endsLine(bytes, at)) {
    const timeFrom = at;
    at = tokenEnd(bytes, at);
    const text = bytes.toString('latin1', timeFrom, at);
    if (!TIMESTAMP.test(text)) return bad('time', timeFrom, 'the timestamp is not a whole number');
    time = parseEpoch(text, unit);
    if (time === undefined) return bad('time', timeFrom, 'the timestamp is out of range: check the precision');
    at = skipSpaces(bytes, at);
    if (!endsLine(bytes, at)) return bad('syntax', at, 'nothing may follow the timestamp');
  }
  if (at > latest) return bad('length', from, 'the line is too long', lineAfter(bytes, at, end));
  const values = tags
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
    .map((tag) => tag.value);
  return { kind: 'point', measurement, tags: values, fields, time, next: lineAfter(bytes, at, end) };
}

const MEASUREMENT_STOPS = new Set([COMMA, SPACE]);
const NAME_STOPS = new Set([COMMA, SPACE, EQUALS]);
const MEASUREMENT_ESCAPES = /\\([, ])/g;
const NAME_ESCAPES = /\\([,= ])/g;

/** The position after the next line feed at or after `at`; at most `end`. */
function lineAfter(bytes: Buffer, at: number, end: number): number {
  const feed = bytes.indexOf(LF, at);
  return feed < 0 || feed >= end ? end : feed + 1;
}

function endsLine(bytes: Buffer, at: number): boolean {
  return bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF);
}

function skipSpaces(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === SPACE || bytes[at] === TAB) at++;
  return at;
}

function nameEnd(bytes: Buffer, from: number, stops: ReadonlySet<number>): number {
  let at = from;
  while (!stops.has(bytes[at]) && !endsLine(bytes, at)) at += escapes(bytes, at) ? 2 : 1;
  return at;
}

function tokenEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (!endsToken(bytes, at)) at++;
  return at;
}

/** Position of the quote that closes a text, or -1 if there is none before `limit`. */
function closingQuote(bytes: Buffer, from: number, limit: number): number {
  for (let at = from; at < limit; at++) {
    if (bytes[at] === QUOTE) return at;
    if (bytes[at] === BACKSLASH && (bytes[at + 1] === QUOTE || bytes[at + 1] === BACKSLASH)) at++;
  }
  return -1;
}

function name(bytes: Buffer, from: number, to: number, escaped: RegExp): string | undefined {
  const raw = bytes.subarray(from, to);
  return isUtf8(raw) ? raw.toString().replace(escaped, '$1') : undefined;
}

function quoted(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('utf8', from, to).replace(/\\(["\\])/g, '$1');
}

/** The value that a token stands for, or the reason why it is none. */
function fieldValue(token: string): FieldValue | string {
  if (DECIMAL.test(token)) {
    const value = Number(token);
    return Number.isFinite(value) ? { kind: 'double', value } : 'the number is beyond the range of a double';
  }
  if (INTEGER.test(token)) {
    const value = bounded(token.slice(0, -1));
    if (value === undefined || value !== BigInt.asIntN(64, value)) return 'the integer is beyond 64 bits';
    return { kind: 'int64', value };
  }
  if (UNSIGNED.test(token)) {
    const value = bounded(token.slice(0, -1));
    if (value === undefined || value !== BigInt.asUintN(64, value))
      return 'the unsigned integer is negative or beyond 64 bits';
    return { kind: 'uint64', value };
  }
  if (TRUE.has(token)) return { kind: 'boolean', value: true };
  if (FALSE.has(token)) return { kind: 'boolean', value: false };
  if (token === '') return 'a field has no value';
  return 'the value is not a number, an integer (42i), a boolean or a text in double quotes';
}

/** The whole number in `text`, or undefined where it has more digits than 64 bits can. */
function bounded(text: string): bigint | undefined {
  const [, sign, digits] = /^([+-]?)0*(\d*)$/.exec(text) ?? [];
  if (digits === undefined || digits.length > LONGEST_INTEGER) return undefined;
  const magnitude = BigInt(digits || '0');
  return sign === '-' ? -magnitude : magnitude;
}
