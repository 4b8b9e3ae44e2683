import { type Columns, Kind, Quality } from '../batch.ts';
import { BitWriter } from './bits.ts';
import { crc32c } from './crc32c.ts';
import { NOT_DECIMAL, decimalsOf, scaled } from './decimals.ts';
import { groupBySeries } from './group.ts';
import {
  MAX_DECIMALS,
  MAX_INTEGER,
  MAX_SEGMENT_SAMPLES,
  SEGMENT_VERSION,
  SHORT_RUN,
  TIME_SPLIT,
  TimeMode,
  ValueMode,
  limits,
  timeUnits,
} from './layout.ts';
import { StreamWriter } from './streams.ts';
import { TokenWriter } from './tokens.ts';

/** A batch encoded for disk and wire, and what a log or a hub wants to know without decoding it. */
export interface EncodedSegment {
  /** As docs/segment-format.md describes. */
  readonly bytes: Uint8Array;
  /** CRC-32C that closes `bytes`. */
  readonly crc: number;
  readonly samples: number;
  /** Distinct series ids, ascending. */
  readonly series: Uint32Array;
  /** Least and greatest time in µs; both 0 without samples. */
  readonly minTime: number;
  readonly maxTime: number;
}

/**
 * Encodes `rows` as {@link groupBySeries} orders them.
 *
 * @throws RangeError above {@link MAX_SEGMENT_SAMPLES} rows, for a time that is not a whole number of µs with
 *   |time| < 2^53, for an unknown kind or quality, and for a text above 1 MiB or texts above 16 MiB of UTF-8.
 */
export function encodeSegment(rows: Columns, options: { effort: 'fast' | 'tight' }): EncodedSegment {
  if (rows.length > MAX_SEGMENT_SAMPLES)
    throw new RangeError(`a segment holds at most ${MAX_SEGMENT_SAMPLES} samples, not ${rows.length}`);
  const columns = groupBySeries([rows]);
  const { minTime, maxTime } = checkedTimes(columns.time);
  checkQuality(columns.quality);
  const runs = runsOf(columns.series);
  const body = encodeBody(columns, runs, options.effort);
  const crc = crc32c(body);
  const bytes = new Uint8Array(body.length + 4);
  bytes.set(body);
  new DataView(bytes.buffer).setUint32(body.length, crc, true);
  return { bytes, crc, samples: columns.length, series: runs.series, minTime, maxTime };
}

/** Rows of one series that follow each other: run i has the rows from `start[i]` to `start[i + 1]`. */
interface Runs {
  readonly series: Uint32Array;
  readonly start: Uint32Array;
}

function runsOf(ids: Uint32Array): Runs {
  let count = ids.length > 0 ? 1 : 0;
  for (let i = 1; i < ids.length; i++) if (ids[i] !== ids[i - 1]) count++;
  const series = new Uint32Array(count);
  const start = new Uint32Array(count + 1);
  let run = 0;
  for (let i = 0; i < ids.length; i++) {
    if (i === 0 || ids[i] !== ids[i - 1]) {
      series[run] = ids[i];
      start[run++] = i;
    }
  }
  start[count] = ids.length;
  return { series, start };
}

function checkedTimes(time: Float64Array): { minTime: number; maxTime: number } {
  if (time.length === 0) return { minTime: 0, maxTime: 0 };
  let minTime = Infinity;
  let maxTime = -Infinity;
  for (let i = 0; i < time.length; i++) {
    const t = time[i];
    if (Math.floor(t) !== t || Object.is(t, -0))
      throw new RangeError(`time ${Object.is(t, -0) ? '-0' : t} of row ${i} is not a whole number of µs`);
    if (t < minTime) minTime = t;
    if (t > maxTime) maxTime = t;
  }
  if (minTime <= -(2 ** 53) || maxTime >= 2 ** 53)
    throw new RangeError(`times reach from ${minTime} to ${maxTime} µs, beyond ±2^53`);
  return { minTime, maxTime };
}

function checkQuality(quality: Uint8Array): void {
  for (let i = 0; i < quality.length; i++)
    if (quality[i] > Quality.bad) throw new RangeError(`quality ${quality[i]} of row ${i} is unknown`);
}

/** Runs with one set of parameters. */
interface Block {
  runs: number;
  readonly value: number;
  readonly time: number;
  readonly context: number;
}

function encodeBody(columns: Columns, runs: Runs, _effort: 'fast' | 'tight'): Uint8Array {
  const { length } = columns;
  const runCount = runs.series.length;
  const numbers = new Float64Array(length);
  const exceptions: number[] = [];
  const unit = timeUnitOf(columns.time);
  const times = unit === 1 ? columns.time : columns.time.map((t) => t / unit);
  const plain = columns.kind ? integersOf(columns, columns.kind) : undefined;

  const blocks: Block[] = [];
  let decimals = 0;
  for (let from = 0; from < runCount;) {
    let to = from + 1;
    if (isShort(runs, from)) while (to < runCount && isShort(runs, to)) to++;
    const start = runs.start[from];
    const end = runs.start[to];
    const values = fitValues(columns, plain, numbers, exceptions, start, end, decimals);
    decimals = values === ValueMode.bits ? decimals : values;
    const value =
      values !== ValueMode.bits && to === from + 1 && prefersSecondOrder(numbers, start, end)
        ? values + ValueMode.secondOrder
        : values;
    const time = timeModeOf(times, runs, from, to);
    const last = blocks.at(-1);
    if (last && last.value === value && last.time === time) last.runs += to - from;
    else blocks.push({ runs: to - from, value, time, context: 0 });
    from = to;
  }

  const out = new StreamWriter(length * 3 + 256);
  const extra = new BitWriter(length);
  const texts = columns.texts ? encodedTexts(columns.texts) : undefined;

  const blockRuns = new TokenWriter(blocks.length, extra);
  for (const block of blocks) blockRuns.put(block.runs - 1);

  const seriesGaps = new TokenWriter(runCount, extra);
  for (let i = 0; i < runCount; i++) seriesGaps.put(i === 0 ? runs.series[0] : runs.series[i] - runs.series[i - 1] - 1);
  const counts = new TokenWriter(runCount, extra);
  for (let i = 0; i < runCount; i++) counts.put(runs.start[i + 1] - runs.start[i] - 1);

  const firstTimes = new TokenWriter(runCount, extra);
  const timeTokens = new TokenWriter(2 * length, extra);
  putTimes(times, runs, blocks, firstTimes, timeTokens);

  const firstNumbers = new TokenWriter(runCount, extra);
  const numberTokens = new TokenWriter(length, extra);
  const planes = new BitPlanes(columns, runs, blocks, exceptions);
  putNumbers(numbers, runs, blocks, firstNumbers, numberTokens);

  const exceptionGaps = new TokenWriter(exceptions.length, extra);
  for (let i = 0; i < exceptions.length; i++)
    exceptionGaps.put(i === 0 ? exceptions[0] : exceptions[i] - exceptions[i - 1] - 1);

  const revisions = new TokenWriter(columns.revision ? length : 0, extra);
  if (columns.revision) for (let i = 0; i < length; i++) revisions.put(columns.revision[i]);

  const textLengths = new TokenWriter(texts?.length ?? 0, extra);
  for (const text of texts ?? []) textLengths.put(text.length);

  out.byte(SEGMENT_VERSION);
  out.varint(length);
  if (length === 0) return out.finish();
  out.varint(runCount);
  out.varint(blocks.length);
  out.varint(exceptions.length);
  out.varint(texts?.length ?? 0);
  out.byte(timeUnits.indexOf(unit) | (columns.kind ? 16 : 0) | (columns.revision ? 32 : 0));
  const extraBytes = extra.finish();
  out.varint(extraBytes.length);
  out.stream(extraBytes);
  out.stream(blockRuns.tokens);
  out.stream(Uint8Array.from(blocks, (block) => block.value));
  out.stream(Uint8Array.from(blocks, (block) => block.time));
  out.stream(seriesGaps.tokens);
  out.stream(counts.tokens);
  out.stream(firstTimes.tokens);
  out.stream(timeTokens.tokens);
  out.stream(firstNumbers.tokens);
  out.stream(numberTokens.tokens);
  out.stream(exceptionGaps.tokens);
  for (const plane of planes.planes) out.stream(plane);
  out.stream(columns.quality);
  if (columns.kind) out.stream(columns.kind);
  out.stream(revisions.tokens);
  out.stream(textLengths.tokens);
  for (const text of texts ?? []) out.raw(text);
  return out.finish();
}

function isShort(runs: Runs, run: number): boolean {
  return runs.start[run + 1] - runs.start[run] < SHORT_RUN;
}

function timeUnitOf(time: Float64Array): 1 | 1_000 | 1_000_000 {
  for (const unit of [1_000_000, 1_000] as const) {
    let i = 0;
    while (i < time.length && Math.floor(time[i] / unit) * unit === time[i]) i++;
    if (i === time.length) return unit;
  }
  return 1;
}

/** The rows that are no doubles as whole numbers; NaN for doubles and for what is beyond ±2^51. */
function integersOf(columns: Columns, kind: Uint8Array): Float64Array {
  const integers = new Float64Array(columns.length);
  for (let i = 0; i < integers.length; i++) {
    switch (kind[i]) {
      case Kind.double:
        integers[i] = Number.NaN;
        break;
      case Kind.text:
        integers[i] = columns.text?.[i] ?? 0;
        break;
      default:
        // Exact below 2^53; beyond, the nearest double is still beyond 2^51.
        integers[i] = Math.abs(columns.value[i]) < MAX_INTEGER ? columns.value[i] : Number.NaN;
    }
  }
  return integers;
}

/** Fills `numbers` of the rows and lists the exceptions; the result is the decimals that the rows have, or bits. */
function fitValues(
  columns: Columns,
  plain: Float64Array | undefined,
  numbers: Float64Array,
  exceptions: number[],
  start: number,
  end: number,
  guess: number,
): number {
  const { value, kind } = columns;
  if (!kind && fitsExactly(value, numbers, start, end, guess)) return guess;
  const rowsByDecimals = new Uint32Array(NOT_DECIMAL + 1);
  let doubles = 0;
  let misfits = 0;
  for (let i = start; i < end; i++) {
    if (kind && plain && kind[i] !== Kind.double) {
      if (Number.isNaN(plain[i])) misfits++;
    } else {
      doubles++;
      rowsByDecimals[decimalsOf(value[i])]++;
    }
  }
  const decimals = cheapestDecimals(rowsByDecimals, doubles);
  for (let k = decimals + 1; k <= NOT_DECIMAL; k++) misfits += rowsByDecimals[k];
  if (misfits * 8 > end - start) return ValueMode.bits;
  for (let i = start; i < end; i++) {
    const number = kind && plain && kind[i] !== Kind.double ? plain[i] : scaled(value[i], decimals);
    if (Number.isNaN(number)) {
      exceptions.push(i);
      numbers[i] = i > start ? numbers[i - 1] : 0;
    } else {
      numbers[i] = number;
    }
  }
  return decimals;
}

/** True if every value has at most `decimals` decimals and one has exactly as many. */
function fitsExactly(
  value: Float64Array,
  numbers: Float64Array,
  start: number,
  end: number,
  decimals: number,
): boolean {
  let needed = decimals === 0;
  for (let i = start; i < end; i++) {
    const number = scaled(value[i], decimals);
    if (Number.isNaN(number)) return false;
    numbers[i] = number;
    needed ||= number % 10 !== 0;
  }
  return needed;
}

/** Bits that one decimal more costs each row, and that an exception costs. */
const BITS_PER_DECIMAL = Math.log2(10);
const BITS_PER_EXCEPTION = 72;

function cheapestDecimals(rowsByDecimals: Uint32Array, rows: number): number {
  let best = 0;
  let least = Infinity;
  let beyond = rows;
  for (let k = 0; k <= MAX_DECIMALS; k++) {
    beyond -= rowsByDecimals[k];
    const bits = rows * k * BITS_PER_DECIMAL + beyond * BITS_PER_EXCEPTION;
    if (bits < least) {
      least = bits;
      best = k;
    }
  }
  return best;
}

function prefersSecondOrder(numbers: Float64Array, start: number, end: number): boolean {
  let first = 0;
  let second = 0;
  let step = 0;
  for (let i = start + 1; i < end; i++) {
    const next = numbers[i] - numbers[i - 1];
    first += Math.abs(next);
    second += Math.abs(next - step);
    step = next;
  }
  return second < first * 0.75;
}

function timeModeOf(times: Float64Array, runs: Runs, from: number, to: number): number {
  let first = 0;
  let second = 0;
  let step = 0;
  let greatest = 0;
  for (let run = from; run < to; run++) {
    const start = runs.start[run];
    const previous = run > 0 ? times[runs.start[run - 1]] : 0;
    greatest = Math.max(greatest, Math.abs(times[start] - previous));
    for (let i = start + 1; i < runs.start[run + 1]; i++) {
      const next = times[i] - times[i - 1];
      first += Math.abs(next);
      const change = Math.abs(next - step);
      if (i > start + 1 || to - from > 1) second += change;
      if (change > greatest) greatest = change;
      step = next;
    }
  }
  // A step is at most the first plus all changes: halves keep every difference below the limit.
  if (greatest + first >= MAX_INTEGER) return TimeMode.absolute;
  if (to === from + 1 && from > 0 && sameTimes(times, runs, from)) return TimeMode.same;
  return second < first ? TimeMode.deltaOfDelta : TimeMode.delta;
}

function sameTimes(times: Float64Array, runs: Runs, run: number): boolean {
  const start = runs.start[run];
  const before = runs.start[run - 1];
  const count = runs.start[run + 1] - start;
  if (start - before !== count) return false;
  for (let i = 0; i < count; i++) if (times[start + i] !== times[before + i]) return false;
  return true;
}

function putTimes(
  times: Float64Array,
  runs: Runs,
  blocks: readonly Block[],
  firsts: TokenWriter,
  rest: TokenWriter,
): void {
  let run = 0;
  let step = 0;
  for (const block of blocks) {
    for (const end = run + block.runs; run < end; run++) {
      const start = runs.start[run];
      const stop = runs.start[run + 1];
      if (block.time === TimeMode.same) continue;
      if (block.time === TimeMode.absolute) {
        for (let i = start; i < stop; i++) {
          const high = Math.floor(times[i] / TIME_SPLIT);
          rest.putSigned(high);
          rest.put(times[i] - high * TIME_SPLIT);
        }
        continue;
      }
      firsts.putSigned(times[start] - (run > 0 ? times[runs.start[run - 1]] : 0));
      if (block.time === TimeMode.delta) {
        for (let i = start + 1; i < stop; i++) rest.putSigned(times[i] - times[i - 1]);
      } else {
        for (let i = start + 1; i < stop; i++) {
          const next = times[i] - times[i - 1];
          rest.putSigned(next - step);
          step = next;
        }
      }
    }
  }
}

function putNumbers(
  numbers: Float64Array,
  runs: Runs,
  blocks: readonly Block[],
  firsts: TokenWriter,
  rest: TokenWriter,
): void {
  let run = 0;
  let first = 0;
  for (const block of blocks) {
    const end = run + block.runs;
    if (block.value === ValueMode.bits) {
      run = end;
      continue;
    }
    const secondOrder = block.value >= ValueMode.secondOrder;
    for (; run < end; run++) {
      const start = runs.start[run];
      const stop = runs.start[run + 1];
      firsts.putSigned(numbers[start] - first);
      first = numbers[start];
      if (secondOrder) {
        let step = 0;
        for (let i = start + 1; i < stop; i++) {
          const next = numbers[i] - numbers[i - 1];
          rest.putSigned(next - step);
          step = next;
        }
      } else {
        for (let i = start + 1; i < stop; i++) rest.putSigned(numbers[i] - numbers[i - 1]);
      }
    }
  }
}

/** The 64 bits of rows in `bits` blocks, XOR those of the row before in the run, then of the exceptions: byte by byte. */
class BitPlanes {
  readonly planes: readonly Uint8Array[];

  constructor(columns: Columns, runs: Runs, blocks: readonly Block[], exceptions: readonly number[]) {
    let rows = exceptions.length;
    let run = 0;
    for (const block of blocks) {
      if (block.value === ValueMode.bits) rows += runs.start[run + block.runs] - runs.start[run];
      run += block.runs;
    }
    const planes = Array.from({ length: 8 }, () => new Uint8Array(rows));
    this.planes = planes;
    if (rows === 0) return;
    const words = wordsOf(columns);
    let at = 0;
    const put = (low: number, high: number): void => {
      for (let plane = 0; plane < 4; plane++) {
        planes[plane][at] = low >>> (8 * plane);
        planes[plane + 4][at] = high >>> (8 * plane);
      }
      at++;
    };
    run = 0;
    for (const block of blocks) {
      const end = run + block.runs;
      if (block.value !== ValueMode.bits) run = end;
      for (; run < end; run++) {
        let low = 0;
        let high = 0;
        for (let i = runs.start[run]; i < runs.start[run + 1]; i++) {
          put(words[2 * i] ^ low, words[2 * i + 1] ^ high);
          low = words[2 * i];
          high = words[2 * i + 1];
        }
      }
    }
    for (const row of exceptions) put(words[2 * row], words[2 * row + 1]);
  }
}

/** Each row's 64 bits as two words, low first, as every processor that Node runs on for us keeps them. */
function wordsOf(columns: Columns): Uint32Array {
  const { kind, integer, text } = columns;
  const words = new Uint32Array(columns.value.slice().buffer);
  if (!kind) return words;
  const integers = integer && new Uint32Array(integer.buffer, integer.byteOffset, integer.length * 2);
  for (let i = 0; i < kind.length; i++) {
    if (kind[i] === Kind.double) continue;
    const isInteger = kind[i] === Kind.int64 || kind[i] === Kind.uint64;
    words[2 * i] = isInteger ? (integers?.[2 * i] ?? 0) : kind[i] === Kind.text ? (text?.[i] ?? 0) : columns.value[i];
    words[2 * i + 1] = isInteger ? (integers?.[2 * i + 1] ?? 0) : 0;
  }
  return words;
}

function encodedTexts(texts: readonly string[]): Uint8Array[] {
  const encoder = new TextEncoder();
  let total = 0;
  return texts.map((text) => {
    const bytes = encoder.encode(text);
    total += bytes.length;
    if (bytes.length > limits.textBytes)
      throw new RangeError(`a text of ${bytes.length} bytes is longer than ${limits.textBytes}`);
    if (total > limits.textBytesOfSegment)
      throw new RangeError(`the texts of a segment are longer than ${limits.textBytesOfSegment} bytes together`);
    return bytes;
  });
}
