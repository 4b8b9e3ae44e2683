import { type Columns, Kind } from '../batch.ts';
import { Form, MAX_INTEGER, powersOfTen } from './layout.ts';
import { Scratch } from './scratch.ts';

/** Adding and subtracting it rounds a double of magnitude below 2^51 to a whole number, faster than Math.round. */
const ROUNDING = 1.5 * 2 ** 52;

/** A decimal to within this relative distance is taken for one that arithmetic has blurred ... */
const BLUR = 2 ** -49;
/** ... if it has few enough digits for that not to be chance. */
const MAX_BLURRED = 2 ** 40;

/** More decimals than these in a single are not decimals, but its bits. */
const MAX_SINGLE_DECIMALS = 7;

/** What counts as the decimals of a double that has too many. */
const NOT_DECIMAL = Form.maxDecimals + 1;

/** Rows that are looked at to choose a form; and how many of them at first must be no decimals for the search to end. */
const SAMPLE = 64;
const PATIENCE = 8;

/** What things cost in bits, roughly. */
const cost = { decimal: Math.log2(10), blurred: 18, exception: 72, bits: 46, token: 1.5 } as const;

const scratch = new Scratch();

/** Turns the values of a segment into whole numbers, unit by unit, in the form that makes their differences small. */
export class Values {
  /** Whole numbers by row; meaningless in units of `Form.bits`. Another `Values` takes their memory. */
  readonly numbers: Float64Array;
  /** Rows whose number does not give their value back. */
  readonly exceptions: number[] = [];
  readonly #value: Float64Array;
  readonly #kind: Uint8Array | undefined;
  /** The rows that are no doubles as whole numbers. */
  readonly #integers: Float64Array;
  readonly #singles = new Float32Array(1);
  readonly #singleBits = new Int32Array(this.#singles.buffer);
  #guess = 0;

  constructor(columns: Columns) {
    scratch.reset();
    this.numbers = scratch.doubles(columns.length);
    this.#value = columns.value;
    this.#kind = columns.kind;
    this.#integers = columns.kind ? integersOf(columns, columns.kind) : columns.value;
  }

  /** Chooses the form of the rows and fills their numbers. */
  fit(from: number, to: number): number {
    if (this.#fitsExactly(from, to, this.#guess)) return this.#guess;
    const mark = this.exceptions.length;
    let best: number = Form.bits;
    let least = cost.bits * (to - from);
    let filled = -1;
    for (const form of this.#candidates(from, to)) {
      this.exceptions.length = mark;
      const bits = this.#fill(from, to, form);
      filled = form;
      if (bits >= least) continue;
      least = bits;
      best = form;
    }
    if (best !== filled) {
      this.exceptions.length = mark;
      // What is left of an earlier segment must not show in this one.
      if (filled < 0) this.numbers.fill(0, from, to);
      if (best !== Form.bits) this.#fill(from, to, best);
    }
    if (best <= Form.maxDecimals) this.#guess = best;
    return best;
  }

  /** True if every value is a double with at most `decimals` decimals and one has exactly as many. */
  #fitsExactly(from: number, to: number, decimals: number): boolean {
    if (this.#kind) return false;
    const { numbers } = this;
    const value = this.#value;
    const power = powersOfTen[decimals];
    let needed = decimals === 0;
    for (let i = from; i < to; i++) {
      const number = value[i] * power + ROUNDING - ROUNDING;
      if (number / power !== value[i] || number >= MAX_INTEGER || number <= -MAX_INTEGER) return false;
      if (number === 0 && Object.is(value[i], -0)) return false;
      numbers[i] = number;
      if (!needed) needed = number % 10 !== 0;
    }
    return needed;
  }

  #candidates(from: number, to: number): number[] {
    const decimals = new Uint32Array(NOT_DECIMAL + 1);
    const singleDecimals = new Uint32Array(NOT_DECIMAL + 1);
    const stride = Math.ceil((to - from) / SAMPLE);
    let seen = 0;
    let allSingles = true;
    for (let i = from; i < to; i += stride) {
      const value = this.#value[i];
      if ((this.#kind && this.#kind[i] !== Kind.double) || !Number.isFinite(value)) continue;
      allSingles &&= Math.fround(value) === value;
      decimals[decimalsOf(value)]++;
      if (allSingles) singleDecimals[singleDecimalsOf(value)]++;
      seen++;
      if (seen === PATIENCE && decimals[NOT_DECIMAL] === seen) break;
    }
    const candidates: number[] = [];
    if (seen === 0 || decimals[NOT_DECIMAL] < seen) candidates.push(cheapest(decimals, seen));
    if (allSingles && decimals[0] < seen) {
      if (singleDecimals[NOT_DECIMAL] < seen) candidates.push(Form.singleDecimals + cheapest(singleDecimals, seen));
      candidates.push(Form.singleBits);
    }
    return candidates;
  }

  /** Fills the numbers of the rows, lists the exceptions, and returns what all of it costs in bits. */
  #fill(from: number, to: number, form: number): number {
    const { numbers, exceptions } = this;
    let bits = 0;
    let distance = 0;
    for (let i = from; i < to; i++) {
      const isDouble = !this.#kind || this.#kind[i] === Kind.double;
      let number = isDouble ? this.#number(this.#value[i], form) : this.#integers[i];
      const fits = number < MAX_INTEGER && number > -MAX_INTEGER;
      if (!fits) number = i > from ? numbers[i - 1] : 0;
      numbers[i] = number;
      if (i > from) distance += Math.abs(number - numbers[i - 1]);
      if (isDouble ? !fits || !this.#returns(this.#value[i], number, form) : !fits) {
        exceptions.push(i);
        bits +=
          fits && isDouble && Math.abs(toDouble(number, form) / this.#value[i] - 1) <= BLUR
            ? cost.blurred
            : cost.exception;
      }
    }
    return bits + (to - from) * (Math.log2(1 + distance / (to - from)) + cost.token);
  }

  /** The number that stands for `value`; NaN or beyond ±2^51 if there is none. */
  #number(value: number, form: number): number {
    if (form === Form.singleBits) {
      this.#singles[0] = value;
      const bits = this.#singleBits[0];
      return bits >= 0 ? bits : -1 - (bits & 0x7fff_ffff);
    }
    return value * powersOfTen[form & Form.maxDecimals] + ROUNDING - ROUNDING;
  }

  #returns(value: number, number: number, form: number): boolean {
    if (form === Form.singleBits) return Math.fround(value) === value;
    const back = toDouble(number, form);
    return back === value && (value !== 0 || !Object.is(value, -0));
  }
}

/** What a number in decimals stands for. */
function toDouble(number: number, form: number): number {
  const decimal = number / powersOfTen[form & Form.maxDecimals];
  return form < Form.singleDecimals ? decimal : Math.fround(decimal);
}

/** The fewest decimals that write `value`, exactly or blurred. */
function decimalsOf(value: number): number {
  for (let decimals = 0; decimals <= Form.maxDecimals; decimals++) {
    const power = powersOfTen[decimals];
    const number = value * power + ROUNDING - ROUNDING;
    if (number >= MAX_INTEGER || number <= -MAX_INTEGER) break;
    if (number / power === value) return decimals;
    const isShort = number < MAX_BLURRED && number > -MAX_BLURRED;
    if (isShort && Math.abs(number / power - value) <= Math.abs(value) * BLUR) return decimals;
  }
  return NOT_DECIMAL;
}

/** The fewest decimals that write the single `value`. */
function singleDecimalsOf(value: number): number {
  for (let decimals = 0; decimals <= MAX_SINGLE_DECIMALS; decimals++) {
    const power = powersOfTen[decimals];
    const number = value * power + ROUNDING - ROUNDING;
    if (Math.fround(number / power) === value) return decimals;
  }
  return NOT_DECIMAL;
}

/** Decimals that cost least, given how many rows need how many: one more costs every row, one too few an exception. */
function cheapest(rowsByDecimals: Uint32Array, rows: number): number {
  let best = 0;
  let least = Infinity;
  let beyond = rows;
  for (let decimals = 0; decimals <= Form.maxDecimals; decimals++) {
    beyond -= rowsByDecimals[decimals];
    const bits = rows * decimals * cost.decimal + beyond * cost.exception;
    if (bits < least) {
      least = bits;
      best = decimals;
    }
  }
  return best;
}

/** The rows that are no doubles as whole numbers; beyond ±2^51 the numbers do not fit. */
function integersOf(columns: Columns, kind: Uint8Array): Float64Array {
  const integers = new Float64Array(columns.length);
  for (let i = 0; i < integers.length; i++)
    integers[i] = kind[i] === Kind.text ? (columns.text?.[i] ?? 0) : columns.value[i];
  return integers;
}

/** How much less second differences must be to be worth it: they amplify noise. */
const SECOND_ORDER_GAIN = 0.75;

/** The order of differences that makes the numbers small, and the mean of their magnitudes. */
export function orderOf(numbers: Float64Array, from: number, to: number): { order: 0 | 1; mean: number } {
  let first = 0;
  let second = 0;
  let step = 0;
  for (let i = from + 1; i < to; i++) {
    const next = numbers[i] - numbers[i - 1];
    first += Math.abs(next);
    second += Math.abs(next - step);
    step = next;
  }
  // No step is greater than the sum of all, so that the difference of two is within what a token holds.
  const order = second < first * SECOND_ORDER_GAIN && first < MAX_INTEGER ? 1 : 0;
  return { order, mean: (order === 1 ? second : first) / Math.max(1, to - from - 1) };
}
