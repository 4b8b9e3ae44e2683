import { COLON, DOT, LOWER_T, MINUS, SPACE, UPPER_T, UPPER_Z, ZERO, COMMA } from '../ascii.ts';
import { type EpochUnit, parseEpoch, parseIso, TIME_BOUND } from '../time.ts';
import { precisions, readTimestamp } from '../timestamp.ts';
import type { LocalTime } from './local-time.ts';

/** `2023-11-14T22:13:20` */
const ISO_LENGTH = 19;
const DATE_LENGTH = 10;
const SECOND_US = 1_000_000;
const MICROSECOND_DIGITS = 6;
const OFFSET = /[T ]\d\d:.*(?:Z|[+-]\d\d(?::?\d\d)?)$/i;

export interface TimeOptions {
  /** Unit of times that are numbers; without it there are none. */
  readonly unit: EpochUnit | undefined;
  /** Where clocks show the times that name no offset; UTC without it. */
  readonly local: LocalTime | undefined;
}

/** Reads the times of a file's records: ISO 8601, or a number of the unit since 1970. */
export class TimeReader {
  readonly #options: TimeOptions;
  readonly #number = new Float64Array(1);
  /** The date read last, as a number of its digits, and its start in µs; NaN if there is no such day. */
  #date = -1;
  #dayStart = Number.NaN;

  constructor(options: TimeOptions) {
    this.#options = options;
  }

  /**
   * The time in µs that the bytes from `from` to `to` stand for, NaN if for none. `before`: that of the record before,
   * which decides between the two meanings of a time in an hour that clocks show twice.
   */
  read(bytes: Buffer, from: number, to: number, before: number): number {
    const { unit, local } = this.#options;
    if (unit !== undefined && readTimestamp(bytes, from, precisions[unit], this.#number, 0) === to) {
      return this.#number[0];
    }
    const shown = this.#fixed(bytes, from, to);
    if (!Number.isNaN(shown)) return local ? within(local.utc(shown, before)) : shown;
    return this.text(bytes.toString('latin1', from, to), before);
  }

  /** As {@link read}, for any form. */
  text(given: string, before: number): number {
    const { unit, local } = this.#options;
    const text = given.trim();
    const epoch = unit === undefined ? undefined : parseEpoch(text.replace(',', '.'), unit);
    if (epoch !== undefined) return epoch;
    const iso = parseIso(text);
    if (iso === undefined) return Number.NaN;
    return local && !OFFSET.test(text) ? within(local.utc(iso, before)) : iso;
  }

  /** `YYYY-MM-DD hh:mm:ss` with T or a space, and a fraction; as the clock shows it. NaN for any other form. */
  #fixed(bytes: Buffer, from: number, to: number): number {
    const separator = bytes[from + DATE_LENGTH];
    if (
      to - from < ISO_LENGTH ||
      (separator !== SPACE && separator !== UPPER_T && separator !== LOWER_T) ||
      bytes[from + 4] !== MINUS ||
      bytes[from + 7] !== MINUS ||
      bytes[from + 13] !== COLON ||
      bytes[from + 16] !== COLON
    ) {
      return Number.NaN;
    }
    const year = two(bytes, from) * 100 + two(bytes, from + 2);
    const date = (year * 100 + two(bytes, from + 5)) * 100 + two(bytes, from + 8);
    const hour = two(bytes, from + 11);
    const minute = two(bytes, from + 14);
    const second = two(bytes, from + 17);
    if (!(date >= 0 && hour < 24 && minute < 60 && second < 60)) return Number.NaN;
    let fraction = 0;
    let at = from + ISO_LENGTH;
    if (at < to && (bytes[at] === DOT || bytes[at] === COMMA)) {
      const start = ++at;
      for (; at < to; at++) {
        const digit = bytes[at] - ZERO;
        if (digit < 0 || digit > 9) break;
        if (at - start < MICROSECOND_DIGITS) fraction = fraction * 10 + digit;
      }
      if (at === start) return Number.NaN;
      for (let digits = at - start; digits < MICROSECOND_DIGITS; digits++) fraction *= 10;
    }
    // With a Z the time is UTC wherever clocks are: the other way reads that.
    if (at < to && (bytes[at] !== UPPER_Z || at + 1 !== to || this.#options.local)) return Number.NaN;
    if (date !== this.#date) {
      this.#dayStart = parseIso(bytes.toString('latin1', from, from + DATE_LENGTH)) ?? Number.NaN;
      this.#date = date;
    }
    return this.#dayStart + ((hour * 60 + minute) * 60 + second) * SECOND_US + fraction;
  }
}

/** The number of two digits; NaN if they are none. */
function two(bytes: Buffer, at: number): number {
  const tens = bytes[at] - ZERO;
  const ones = bytes[at + 1] - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function within(time: number): number {
  return Math.abs(time) < TIME_BOUND ? time : Number.NaN;
}
