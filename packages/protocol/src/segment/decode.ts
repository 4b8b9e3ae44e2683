import { type Columns, Kind, Quality, noRows } from '../batch.ts';
import { BitReader } from './bits.ts';
import { crc32c } from './crc32c.ts';
import { SegmentError } from './error.ts';
import {
  MAX_DECIMALS,
  SEGMENT_VERSION,
  TIME_SPLIT,
  TimeMode,
  ValueMode,
  limits,
  powersOfTen,
  timeUnits,
} from './layout.ts';
import { StreamReader } from './streams.ts';
import { TokenReader } from './tokens.ts';

/** A version byte, a varint and the CRC. */
const SHORTEST = 6;

/**
 * The rows of a segment, grouped by ascending series id, in their original order within a series.
 *
 * @throws SegmentError for any bytes that are not a whole segment within the limits, and nothing else.
 */
export function decodeSegment(bytes: Uint8Array): Columns {
  if (bytes.length < SHORTEST)
    throw new SegmentError('truncated', `${bytes.length} bytes are fewer than the ${SHORTEST} of the shortest segment`);
  const body = bytes.subarray(0, bytes.length - 4);
  const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(body.length, true);
  const crc = crc32c(body);
  if (crc !== stored)
    throw new SegmentError(
      'checksum',
      `the CRC-32C of ${body.length} bytes is ${hex(crc)}, but byte ${body.length} says ${hex(stored)}`,
    );
  if (body[0] !== SEGMENT_VERSION)
    throw new SegmentError('version', `byte 0 says version ${body[0]}; this build reads version ${SEGMENT_VERSION}`);
  const reader = new StreamReader(body, 1);
  const rows = decodeBody(reader);
  if (reader.at !== body.length)
    throw new SegmentError('malformed', `byte ${reader.at} should be the last, but ${body.length - reader.at} follow`);
  return rows;
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

interface Blocks {
  /** First run of each block, and the count of runs. */
  readonly run: Uint32Array;
  readonly value: Uint8Array;
  readonly time: Uint8Array;
}

function decodeBody(reader: StreamReader): Columns {
  const length = reader.varint('the number of samples', limits.samples);
  if (length === 0) return noRows;
  const runCount = reader.varint('the number of runs', length);
  const blockCount = reader.varint('the number of blocks', runCount);
  const exceptionCount = reader.varint('the number of exceptions', length);
  const textCount = reader.varint('the number of texts', length);
  const flags = reader.byte();
  const unit = timeUnits[flags & 15];
  if (unit === undefined || flags > 63)
    throw new SegmentError('malformed', `flags ${flags} at byte ${reader.at - 1} are unknown`);
  const extraLength = reader.varint('the length of extra bits', length * limits.extraBytesOfSample);
  const extra = new BitReader(reader.stream('extra bits', extraLength));

  const blockRuns = new TokenReader(reader.stream('runs of blocks', blockCount), extra);
  const blocks: Blocks = {
    run: new Uint32Array(blockCount + 1),
    value: reader.stream('value modes', blockCount),
    time: reader.stream('time modes', blockCount),
  };
  sum('blocks', 'runs', blocks.run, runCount, blockRuns);

  const series = seriesIds(new TokenReader(reader.stream('series', runCount), extra), runCount);
  const start = new Uint32Array(runCount + 1);
  sum('runs', 'samples', start, length, new TokenReader(reader.stream('counts', runCount), extra));

  const { firstTimes, times, numbers, bits } = countsOf(blocks, start);
  const time = new Float64Array(length);
  takeTimes(
    time,
    start,
    blocks,
    new TokenReader(reader.stream('first times', firstTimes), extra),
    new TokenReader(reader.stream('times', times), extra),
  );
  finishTimes(time, unit);

  const value = new Float64Array(length);
  const numberRuns = numbers.runs;
  takeNumbers(
    value,
    start,
    blocks,
    new TokenReader(reader.stream('first numbers', numberRuns), extra),
    new TokenReader(reader.stream('numbers', numbers.rows - numberRuns), extra),
  );
  const exceptions = exceptionRows(
    new TokenReader(reader.stream('exceptions', exceptionCount), extra),
    exceptionCount,
    length,
  );
  const planes = Array.from({ length: 8 }, (_, plane) => reader.stream(`plane ${plane}`, bits + exceptionCount));
  const quality = new Uint8Array(reader.stream('quality', length));
  for (let i = 0; i < length; i++)
    if (quality[i] > Quality.bad) throw new SegmentError('malformed', `quality ${quality[i]} of row ${i} is unknown`);
  const kind = flags & 16 ? new Uint8Array(reader.stream('kinds', length)) : undefined;
  const revision =
    flags & 32 ? revisions(new TokenReader(reader.stream('revisions', length), extra), length) : undefined;
  const texts = takeTexts(reader, extra, textCount);
  extra.close();

  const words = new Uint32Array(value.buffer);
  const patterns = exceptionCount + bits > 0 ? takeBits(planes, start, blocks, exceptions) : undefined;
  const ids = new Uint32Array(length);
  for (let run = 0; run < runCount; run++) ids.fill(series[run], start[run], start[run + 1]);
  const rows = { length, series: ids, time, value, quality, ...(revision && { revision }) };
  if (!kind) {
    scale(value, start, blocks);
    if (patterns) {
      for (let at = 0; at < patterns.row.length; at++) {
        const row = patterns.row[at];
        words[2 * row] = patterns.low[at];
        words[2 * row + 1] = patterns.high[at];
      }
      canonicalNaNs(value);
    }
    if (texts.length > 0) throw new SegmentError('malformed', `no row refers to ${texts.length} texts`);
    return rows;
  }
  return { ...rows, ...takeKinds(kind, value, start, blocks, patterns, texts) };
}

/** Fills `sums` with running totals of the tokens, each plus one, which must come to `total`. */
function sum(of: string, what: string, sums: Uint32Array, total: number, tokens: TokenReader): void {
  let at = 0;
  for (let i = 0; i + 1 < sums.length; i++) {
    at += tokens.next() + 1;
    if (at > total) break;
    sums[i + 1] = at;
  }
  if (at !== total) throw new SegmentError('malformed', `the ${of} have ${at} ${what}, not ${total}`);
}

function seriesIds(gaps: TokenReader, count: number): Uint32Array {
  const series = new Uint32Array(count);
  let id = -1;
  for (let i = 0; i < count; i++) {
    id += gaps.next() + 1;
    if (id > 0xffff_ffff) throw new SegmentError('malformed', `series ${id} has more than 32 bits`);
    series[i] = id;
  }
  return series;
}

function countsOf(
  blocks: Blocks,
  start: Uint32Array,
): { firstTimes: number; times: number; numbers: { runs: number; rows: number }; bits: number } {
  let firstTimes = 0;
  let times = 0;
  let numberRuns = 0;
  let numberRows = 0;
  let bits = 0;
  for (let b = 0; b < blocks.value.length; b++) {
    const runs = blocks.run[b + 1] - blocks.run[b];
    const rows = start[blocks.run[b + 1]] - start[blocks.run[b]];
    switch (blocks.time[b]) {
      case TimeMode.delta:
      case TimeMode.deltaOfDelta:
        firstTimes += runs;
        times += rows - runs;
        break;
      case TimeMode.absolute:
        times += 2 * rows;
        break;
      case TimeMode.same:
        break;
      default:
        throw new SegmentError('malformed', `time mode ${blocks.time[b]} of block ${b} is unknown`);
    }
    if (blocks.value[b] < ValueMode.bits) {
      numberRuns += runs;
      numberRows += rows;
    } else if (blocks.value[b] === ValueMode.bits) {
      bits += rows;
    } else {
      throw new SegmentError('malformed', `value mode ${blocks.value[b]} of block ${b} is unknown`);
    }
  }
  return { firstTimes, times, numbers: { runs: numberRuns, rows: numberRows }, bits };
}

function takeTimes(
  time: Float64Array,
  start: Uint32Array,
  blocks: Blocks,
  firsts: TokenReader,
  rest: TokenReader,
): void {
  let step = 0;
  for (let b = 0; b < blocks.time.length; b++) {
    for (let run = blocks.run[b]; run < blocks.run[b + 1]; run++) {
      const from = start[run];
      const to = start[run + 1];
      const before = run > 0 ? start[run - 1] : 0;
      const mode = blocks.time[b];
      if (mode === TimeMode.same) {
        if (run === 0 || from - before !== to - from)
          throw new SegmentError('malformed', `run ${run} cannot have the times of the run before it`);
        time.copyWithin(from, before, from);
        continue;
      }
      if (mode === TimeMode.absolute) {
        for (let i = from; i < to; i++) {
          const high = rest.nextSigned();
          time[i] = high * TIME_SPLIT + rest.next();
        }
        continue;
      }
      let t = firsts.nextSigned() + (run > 0 ? time[before] : 0);
      time[from] = t;
      if (mode === TimeMode.delta) {
        for (let i = from + 1; i < to; i++) {
          t += rest.nextSigned();
          time[i] = t;
        }
      } else {
        for (let i = from + 1; i < to; i++) {
          step += rest.nextSigned();
          t += step;
          time[i] = t;
        }
      }
    }
  }
}

function finishTimes(time: Float64Array, unit: number): void {
  for (let i = 0; i < time.length; i++) {
    const t = time[i] * unit;
    if (!(t < 2 ** 53 && t > -(2 ** 53)))
      throw new SegmentError('malformed', `time ${t} of row ${i} is beyond ±2^53 µs`);
    time[i] = t;
  }
}

/** The numbers of scaled blocks, before they are divided. */
function takeNumbers(
  numbers: Float64Array,
  start: Uint32Array,
  blocks: Blocks,
  firsts: TokenReader,
  rest: TokenReader,
): void {
  let first = 0;
  for (let b = 0; b < blocks.value.length; b++) {
    const mode = blocks.value[b];
    if (mode === ValueMode.bits) continue;
    for (let run = blocks.run[b]; run < blocks.run[b + 1]; run++) {
      const to = start[run + 1];
      let i = start[run];
      first += firsts.nextSigned();
      let number = first;
      numbers[i++] = number;
      if (mode < ValueMode.secondOrder) {
        for (; i < to; i++) {
          number += rest.nextSigned();
          numbers[i] = number;
        }
      } else {
        let step = 0;
        for (; i < to; i++) {
          step += rest.nextSigned();
          number += step;
          numbers[i] = number;
        }
      }
    }
  }
}

function scale(value: Float64Array, start: Uint32Array, blocks: Blocks): void {
  for (let b = 0; b < blocks.value.length; b++) {
    if (blocks.value[b] === ValueMode.bits) continue;
    const power = powersOfTen[blocks.value[b] & MAX_DECIMALS];
    const to = start[blocks.run[b + 1]];
    for (let i = start[blocks.run[b]]; i < to; i++) value[i] /= power;
  }
}

function exceptionRows(gaps: TokenReader, count: number, length: number): Uint32Array {
  const rows = new Uint32Array(count);
  let row = -1;
  for (let i = 0; i < count; i++) {
    row += gaps.next() + 1;
    if (row >= length) throw new SegmentError('malformed', `exception ${i} is row ${row} of ${length}`);
    rows[i] = row;
  }
  return rows;
}

/** Rows whose 64 bits are stored, and their bits. */
interface Patterns {
  readonly row: Uint32Array;
  readonly low: Int32Array;
  readonly high: Int32Array;
}

function takeBits(
  planes: readonly Uint8Array[],
  start: Uint32Array,
  blocks: Blocks,
  exceptions: Uint32Array,
): Patterns {
  const count = planes[0].length;
  const row = new Uint32Array(count);
  const low = joined(planes[0], planes[1], planes[2], planes[3]);
  const high = joined(planes[4], planes[5], planes[6], planes[7]);
  let at = 0;
  for (let b = 0; b < blocks.value.length; b++) {
    if (blocks.value[b] !== ValueMode.bits) continue;
    for (let run = blocks.run[b]; run < blocks.run[b + 1]; run++) {
      for (let i = start[run]; i < start[run + 1]; i++, at++) {
        row[at] = i;
        if (i === start[run]) continue;
        low[at] ^= low[at - 1];
        high[at] ^= high[at - 1];
      }
    }
  }
  row.set(exceptions, at);
  return { row, low, high };
}

function joined(a: Uint8Array, b: Uint8Array, c: Uint8Array, d: Uint8Array): Int32Array {
  const words = new Int32Array(a.length);
  for (let i = 0; i < words.length; i++) words[i] = a[i] | (b[i] << 8) | (c[i] << 16) | (d[i] << 24);
  return words;
}

function canonicalNaNs(value: Float64Array): void {
  for (let i = 0; i < value.length; i++) if (Number.isNaN(value[i])) value[i] = Number.NaN;
}

function revisions(tokens: TokenReader, length: number): Uint16Array {
  const revision = new Uint16Array(length);
  for (let i = 0; i < length; i++) {
    const number = tokens.next();
    if (number > 0xffff) throw new SegmentError('malformed', `revision ${number} of row ${i} has more than 16 bits`);
    revision[i] = number;
  }
  return revision;
}

function takeTexts(reader: StreamReader, extra: BitReader, count: number): string[] {
  const tokens = new TokenReader(reader.stream('lengths of texts', count), extra);
  const lengths = new Float64Array(count);
  let total = 0;
  for (let i = 0; i < count; i++) {
    lengths[i] = tokens.next();
    total += lengths[i];
    if (lengths[i] > limits.textBytes || total > limits.textBytesOfSegment) {
      throw new SegmentError(
        'oversized',
        `text ${i} of ${lengths[i]} bytes, or all up to it with ${total}, exceed the limits`,
      );
    }
  }
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return Array.from(lengths, (length, i) => {
    const at = reader.at;
    try {
      return decoder.decode(reader.raw(length));
    } catch (cause) {
      if (cause instanceof SegmentError) throw cause;
      throw new SegmentError('malformed', `text ${i} at byte ${at} is not UTF-8`, { cause });
    }
  });
}

/** Gives each row its value by its kind. `value` holds the numbers of scaled blocks, and is overwritten. */
function takeKinds(
  kind: Uint8Array,
  value: Float64Array,
  start: Uint32Array,
  blocks: Blocks,
  patterns: Patterns | undefined,
  texts: readonly string[],
): Pick<Columns, 'kind' | 'value' | 'integer' | 'text' | 'texts'> {
  const { length } = kind;
  // First every row as 64 bits: of a double, or of a whole number.
  const words = new Uint32Array(value.buffer);
  for (let b = 0; b < blocks.value.length; b++) {
    if (blocks.value[b] === ValueMode.bits) continue;
    const power = powersOfTen[blocks.value[b] & MAX_DECIMALS];
    const to = start[blocks.run[b + 1]];
    for (let i = start[blocks.run[b]]; i < to; i++) {
      const number = value[i];
      if (kind[i] === Kind.double) {
        value[i] = number / power;
      } else {
        const high = Math.floor(number / 2 ** 32);
        words[2 * i] = number - high * 2 ** 32;
        words[2 * i + 1] = high;
      }
    }
  }
  if (patterns) {
    for (let at = 0; at < patterns.row.length; at++) {
      words[2 * patterns.row[at]] = patterns.low[at];
      words[2 * patterns.row[at] + 1] = patterns.high[at];
    }
  }
  let integer: BigInt64Array | undefined;
  let integerWords: Uint32Array | undefined;
  let text: Uint32Array | undefined;
  let doubles = 0;
  let seen = 0;
  for (let i = 0; i < length; i++) {
    const low = words[2 * i];
    const high = words[2 * i + 1];
    switch (kind[i]) {
      case Kind.double:
        doubles++;
        if (Number.isNaN(value[i])) value[i] = Number.NaN;
        break;
      case Kind.boolean:
        if (low > 1 || high !== 0) throw new SegmentError('malformed', `the boolean of row ${i} is neither 0 nor 1`);
        value[i] = low;
        break;
      case Kind.int64:
      case Kind.uint64:
        integer ??= new BigInt64Array(length);
        integerWords ??= new Uint32Array(integer.buffer);
        integerWords[2 * i] = low;
        integerWords[2 * i + 1] = high;
        value[i] = (kind[i] === Kind.int64 ? high | 0 : high) * 2 ** 32 + low;
        break;
      case Kind.text:
        // In order of first use: what a text's row may refer to is known, or the next.
        if (high !== 0 || low > seen || low >= texts.length)
          throw new SegmentError('malformed', `row ${i} refers to a text that is not the next of ${texts.length}`);
        if (low === seen) seen++;
        text ??= new Uint32Array(length);
        text[i] = low;
        value[i] = Number.NaN;
        break;
      default:
        throw new SegmentError('malformed', `kind ${kind[i]} of row ${i} is unknown`);
    }
  }
  if (seen !== texts.length)
    throw new SegmentError('malformed', `${texts.length - seen} of ${texts.length} texts are not used`);
  if (doubles === length) throw new SegmentError('malformed', 'kinds are stored, but every row is a double');
  return { kind, value, ...(integer && { integer }), ...(text && { text, texts }) };
}
