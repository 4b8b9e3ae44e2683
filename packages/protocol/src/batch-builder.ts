import { type Columns, columnBytes, Kind, Quality } from './batch.ts';

const INITIAL_ROWS = 256;
/** Where this machine keeps the lower half of 64 bits. */
const LOW_WORD = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;

/**
 * Grows a batch row by row. Hot loops may write the columns themselves: call `reserve`, fill the arrays at
 * `length`, and raise `length`; such rows are doubles of good quality unless written otherwise.
 */
export class BatchBuilder {
  length = 0;
  series = new Uint32Array(INITIAL_ROWS);
  time = new Float64Array(INITIAL_ROWS);
  value = new Float64Array(INITIAL_ROWS);
  quality = new Uint8Array(INITIAL_ROWS);
  revision: Uint16Array | undefined;
  #kind: Uint8Array | undefined;
  #integer: BigInt64Array | undefined;
  /** The same memory in halves. */
  #words: Int32Array | undefined;
  #text: Uint32Array | undefined;
  #texts = new Map<string, number>();
  #textBytes = 0;

  /** What {@link bytesOf} says of the rows once they are taken. */
  get bytes(): number {
    const rowBytes = columnBytes.row + (this.#integer ? columnBytes.integer : 0);
    return this.length * rowBytes + this.#textBytes;
  }

  reserve(rows: number): void {
    const needed = this.length + rows;
    if (needed <= this.series.length) return;
    const size = Math.max(needed, this.series.length * 2);
    this.series = grown(this.series, new Uint32Array(size));
    this.time = grown(this.time, new Float64Array(size));
    this.value = grown(this.value, new Float64Array(size));
    this.quality = grown(this.quality, new Uint8Array(size));
    if (this.revision) this.revision = grown(this.revision, new Uint16Array(size));
    if (this.#kind) this.#kind = grown(this.#kind, new Uint8Array(size));
    if (this.#integer) this.#integer = grown(this.#integer, new BigInt64Array(size));
    if (this.#text) this.#text = grown(this.#text, new Uint32Array(size));
  }

  double(series: number, time: number, value: number, quality: number = Quality.good): void {
    this.reserve(1);
    const row = this.length++;
    this.series[row] = series;
    this.time[row] = time;
    this.value[row] = value;
    this.quality[row] = quality;
  }

  boolean(series: number, time: number, value: boolean, quality: number = Quality.good): void {
    this.double(series, time, value ? 1 : 0, quality);
    this.#kinds()[this.length - 1] = Kind.boolean;
  }

  /** `value` is reduced to 64 bits: the caller refuses what does not fit. */
  integer(
    series: number,
    time: number,
    value: bigint,
    kind: typeof Kind.int64 | typeof Kind.uint64 = Kind.int64,
    quality: number = Quality.good,
  ): void {
    this.double(series, time, Number(value), quality);
    this.#integer ??= new BigInt64Array(this.series.length);
    this.#integer[this.length - 1] = BigInt.asIntN(64, value);
    this.#kinds()[this.length - 1] = kind;
  }

  /** As {@link integer}, for a whole number whose magnitude is below 2^53: no BigInt is made. */
  safeInteger(series: number, time: number, value: number, kind: typeof Kind.int64 | typeof Kind.uint64): void {
    this.double(series, time, value);
    const row = this.length - 1;
    this.#integer ??= new BigInt64Array(this.series.length);
    if (this.#words?.buffer !== this.#integer.buffer) this.#words = new Int32Array(this.#integer.buffer);
    this.#words[row * 2 + LOW_WORD] = value;
    this.#words[row * 2 + 1 - LOW_WORD] = Math.floor(value / 2 ** 32);
    this.#kinds()[row] = kind;
  }

  text(series: number, time: number, value: string, quality: number = Quality.good): void {
    this.double(series, time, Number.NaN, quality);
    let index = this.#texts.get(value);
    if (index === undefined) {
      index = this.#texts.size;
      this.#texts.set(value, index);
      this.#textBytes += value.length * columnBytes.unit;
    }
    this.#text ??= new Uint32Array(this.series.length);
    this.#text[this.length - 1] = index;
    this.#kinds()[this.length - 1] = Kind.text;
  }

  /** Drops the rows from `length` on: takes back the rows of a message whose later part turned out invalid. */
  truncate(length: number): void {
    this.quality.fill(0, length, this.length);
    this.#kind?.fill(0, length, this.length);
    this.#integer?.fill(0n, length, this.length);
    this.#text?.fill(0, length, this.length);
    this.revision?.fill(0, length, this.length);
    this.length = length;
  }

  /** The rows so far, as columns that share no memory with the builder, which starts again empty. */
  take(): Columns {
    const n = this.length;
    const columns: Columns = {
      length: n,
      series: this.series.slice(0, n),
      time: this.time.slice(0, n),
      value: this.value.slice(0, n),
      quality: this.quality.slice(0, n),
      ...(this.#kind && { kind: this.#kind.slice(0, n) }),
      ...(this.#integer && { integer: this.#integer.slice(0, n) }),
      ...(this.#text && { text: this.#text.slice(0, n), texts: [...this.#texts.keys()] }),
      ...(this.revision && { revision: this.revision.slice(0, n) }),
    };
    this.quality.fill(0, 0, n);
    this.#kind = undefined;
    this.#integer = undefined;
    this.#text = undefined;
    this.revision = undefined;
    this.#texts = new Map();
    this.#textBytes = 0;
    this.length = 0;
    return columns;
  }

  #kinds(): Uint8Array {
    this.#kind ??= new Uint8Array(this.series.length);
    return this.#kind;
  }
}

function grown<C extends Uint8Array | Uint16Array | Uint32Array | Float64Array | BigInt64Array>(from: C, to: C): C {
  to.set(from as never);
  return to;
}
