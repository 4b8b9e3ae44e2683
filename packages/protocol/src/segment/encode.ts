import { type Columns, Quality, sliceRows } from '../batch.ts';
import { BitWriter } from './bits.ts';
import { type Block, type Units, joined } from './block.ts';
import { contextsOf } from './contexts.ts';
import { crc32c } from './crc32c.ts';
import { applyForm, cellsOf } from './forms.ts';
import { canonical, type GroupedColumns, groupBySeries } from './group.ts';
import { Flags, Form, MAX_SEGMENT_SAMPLES, SEGMENT_VERSION, limits, timeUnits } from './layout.ts';
import { PlaneWriter, wordsOf } from './planes.ts';
import { type Runs, runsOf, unitEnd } from './runs.ts';
import { Scratch } from './scratch.ts';
import { type Effort, StreamWriter, isConstant } from './streams.ts';
import { inGreatestUnit, putTimes, timeModeOf } from './times.ts';
import { TokenWriter } from './tokens.ts';
import { Values, orderOf } from './values.ts';

/** Of the segment that is being encoded. */
const scratch = new Scratch();

/** A batch encoded for disk and wire, and what a log or a hub wants to know without decoding it. */
export interface EncodedSegment {
  /** As docs/segment-format.md describes. */
  readonly bytes: Uint8Array;
  /** The CRC-32C that closes `bytes`. */
  readonly crc: number;
  readonly samples: number;
  /** Distinct series ids, ascending. */
  readonly series: Uint32Array;
  /** Least and greatest time in µs; both 0 without samples. */
  readonly minTime: number;
  readonly maxTime: number;
}

/**
 * Encodes `rows` as {@link groupBySeries} orders them. `tight` spends more time on texts and repetitions.
 *
 * @throws RangeError above {@link MAX_SEGMENT_SAMPLES} rows, for a time that is not a whole number of µs with
 *   |time| < 2^53, for an unknown kind or quality, and for a text above 1 MiB or texts above 16 MiB of UTF-8.
 */
export function encodeSegment(rows: Columns, options: { effort: Effort }): EncodedSegment {
  checkLength(rows);
  return encodeGrouped(groupBySeries([rows]), options);
}

/** As {@link encodeSegment}, of rows that are grouped already. */
export function encodeGrouped(columns: GroupedColumns, options: { effort: Effort }): EncodedSegment {
  checkLength(columns);
  const { minTime, maxTime } = checkedTimes(columns.time);
  checkQuality(columns.quality);
  const runs = runsOf(columns.series);
  const bytes = encodeColumns(columns, runs, options.effort);
  const end = bytes.length - 4;
  const crc = crc32c(bytes.subarray(0, end));
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(end, crc, true);
  return { bytes, crc, samples: columns.length, series: runs.series, minTime, maxTime };
}

/**
 * Encodes `rows` as segments of at most `maxBytes`: what turns out longer is encoded again in halves. That is rare, and
 * the only way to know: how far rows compress is between next to nothing and 40 bytes each.
 *
 * @throws RangeError for a single row that is longer, and as {@link encodeSegment}.
 */
export function encodeWithin(maxBytes: number, rows: GroupedColumns, options: { effort: Effort }): EncodedSegment[] {
  const segment = encodeGrouped(rows, options);
  const { length } = segment.bytes;
  if (length <= maxBytes) return [segment];
  if (rows.length === 1) throw new RangeError(`a row of ${length} bytes does not fit into ${maxBytes}`);
  const half = rows.length >>> 1;
  return [sliceRows(rows, 0, half), sliceRows(rows, half, rows.length)].flatMap((part) =>
    encodeWithin(maxBytes, canonical(part), options),
  );
}

function checkLength({ length }: Columns): void {
  if (length > MAX_SEGMENT_SAMPLES)
    throw new RangeError(`a segment holds at most ${MAX_SEGMENT_SAMPLES} samples, not ${length}`);
}

function checkedTimes(time: Float64Array): { minTime: number; maxTime: number } {
  if (time.length === 0) return { minTime: 0, maxTime: 0 };
  let minTime = time[0];
  let maxTime = time[0];
  for (let i = 0; i < time.length; i++) {
    const t = time[i];
    if (Math.floor(t) !== t) throw new RangeError(`time ${t} of row ${i} is not a whole number of µs`);
    if (t < minTime) minTime = t;
    if (t > maxTime) maxTime = t;
  }
  if (minTime <= -(2 ** 53) || maxTime >= 2 ** 53)
    throw new RangeError(`times from ${minTime} to ${maxTime} µs are not within ±2^53`);
  return { minTime, maxTime };
}

function checkQuality(quality: Uint8Array): void {
  for (let i = isConstant(quality) ? quality.length - 1 : 0; i < quality.length; i++) {
    if (quality[i] > Quality.bad) throw new RangeError(`quality ${quality[i]} of row ${i} is unknown`);
  }
}

/** All of a segment; the last four bytes are left for the CRC. */
function encodeColumns(columns: Columns, runs: Runs, effort: Effort): Uint8Array {
  scratch.reset();
  const out = new StreamWriter(effort, scratch.bytes(columns.length * 2 + 256));
  out.byte(SEGMENT_VERSION);
  out.varint(columns.length);
  if (columns.length > 0) putColumns(out, columns, runs);
  out.raw(new Uint8Array(4));
  return out.finish();
}

/** The parts in the order of the specification: first all tokens take their extra bits, then the streams are written. */
function putColumns(out: StreamWriter, columns: Columns, runs: Runs): void {
  const { length, revision } = columns;
  const runCount = runs.series.length;
  const extra = new BitWriter(scratch.bytes(length));
  const tokens = (most: number): TokenWriter => new TokenWriter(scratch.bytes(most), extra);
  const series = tokens(runCount);
  putGaps(series, runs.series);
  const counts = tokens(runCount);
  for (let i = 0; i < runCount; i++) counts.put(runs.start[i + 1] - runs.start[i] - 1);

  const { unit, times } = inGreatestUnit(columns.time);
  const values = new Values(columns);
  const units = unitsOf(times, values, runs);
  const firstTimes = tokens(runCount);
  const laterTimes = tokens(2 * length);
  putUnitTimes(times, runs, units, firstTimes, laterTimes);
  const firstNumbers = tokens(runCount);
  const laterNumbers = tokens(length);
  const ends = putUnitNumbers(values.numbers, runs, units, firstNumbers, laterNumbers);
  const contexts = contextsOf(laterNumbers.tokens, ends, units, scratch);
  const blocks = joined(units, contexts.ofUnit);

  const exceptions = tokens(values.exceptions.length);
  putGaps(exceptions, values.exceptions);
  const revisions = tokens(revision ? length : 0);
  if (revision) for (let i = 0; i < length; i++) revisions.put(revision[i]);
  const texts = encodedTexts(columns.texts ?? []);
  const textLengths = tokens(texts.lengths.length);
  for (const bytes of texts.lengths) textLengths.put(bytes);

  out.varint(runCount);
  out.varint(blocks.length);
  out.varint(contexts.streams.length);
  out.varint(values.exceptions.length);
  out.varint(texts.lengths.length);
  out.byte(timeUnits.indexOf(unit) | (columns.kind ? Flags.kinds : 0) | (revision ? Flags.revisions : 0));
  out.sizedStream(extra.finish());
  out.stream(blockStarts(blocks, runCount));
  for (const parameter of ['form', 'order', 'time', 'context'] as const) out.stream(parametersOf(blocks, parameter));
  out.stream(series.tokens);
  out.stream(counts.tokens);
  out.stream(firstTimes.tokens);
  out.stream(laterTimes.tokens);
  out.stream(firstNumbers.tokens);
  for (const tokens of contexts.streams) out.stream(tokens);
  out.stream(exceptions.tokens);
  for (const plane of planesOf(columns, values, runs, blocks)) out.stream(plane);
  out.stream(columns.quality);
  if (columns.kind) out.stream(columns.kind);
  out.stream(revisions.tokens);
  out.stream(textLengths.tokens);
  out.stream(texts.bytes);
}

function unitsOf(times: Float64Array, values: Values, runs: Runs): Units {
  const { start, series } = runs;
  const most = series.length;
  const of = scratch.words(most);
  const [form, order, time] = [scratch.bytes(most), scratch.bytes(most), scratch.bytes(most)];
  const mean = scratch.doubles(most);
  let length = 0;
  for (let run = 0; run < most;) {
    const end = unitEnd(runs, run);
    of[length] = end - run;
    form[length] = values.fit(start[run], start[end]);
    const differences = orderOf(values.numbers, start[run], start[end]);
    // Pooled runs are unrelated: second differences would find nothing in them.
    order[length] = end === run + 1 && form[length] !== Form.bits ? differences.order : 0;
    mean[length] = differences.mean;
    time[length++] = timeModeOf(times, runs, run, end);
    run = end;
  }
  return { length, runs: of, form, order, time, mean };
}

/** A byte a block. */
function parametersOf(blocks: readonly Block[], parameter: 'form' | 'order' | 'time' | 'context'): Uint8Array {
  const bytes = scratch.bytes(blocks.length);
  for (let i = 0; i < blocks.length; i++) bytes[i] = blocks[i][parameter];
  return bytes;
}

/** A byte a run: 1 where a block other than the first begins. */
function blockStarts(blocks: readonly Block[], runs: number): Uint8Array {
  const starts = scratch.bytes(runs).fill(0);
  let run = 0;
  for (const block of blocks) {
    if (run > 0) starts[run] = 1;
    run += block.runs;
  }
  return starts;
}

/** Ascending numbers as the first, and then how many are left out before each. */
function putGaps(tokens: TokenWriter, numbers: ArrayLike<number>): void {
  for (let i = 0; i < numbers.length; i++) tokens.put(i === 0 ? numbers[0] : numbers[i] - numbers[i - 1] - 1);
}

function putUnitTimes(times: Float64Array, runs: Runs, units: Units, firsts: TokenWriter, later: TokenWriter): void {
  let run = 0;
  let step = 0;
  for (let unit = 0; unit < units.length; unit++) {
    const to = run + units.runs[unit];
    step = putTimes({ times, runs, mode: units.time[unit], from: run, to, step }, firsts, later);
    run = to;
  }
}

/** Returns where the tokens of each unit end. */
function putUnitNumbers(
  numbers: Float64Array,
  { start }: Runs,
  { length, runs, form, order }: Units,
  firsts: TokenWriter,
  later: TokenWriter,
): Uint32Array {
  const ends = scratch.words(length);
  let run = 0;
  let first = 0;
  for (let unit = 0; unit < length; unit++) {
    const end = run + runs[unit];
    if (form[unit] === Form.bits) run = end;
    for (; run < end; run++) {
      const i = start[run];
      firsts.putSigned(numbers[i] - first);
      first = numbers[i];
      if (order[unit] === 0) later.putDifferences(numbers, i + 1, start[run + 1]);
      else later.putSecondDifferences(numbers, i + 1, start[run + 1], 0);
    }
    ends[unit] = later.length;
  }
  return ends;
}

/** The words of `Form.bits` blocks, then what changes the words of exceptions into the true ones. */
function planesOf(
  columns: Columns,
  { numbers, exceptions }: Values,
  { start }: Runs,
  blocks: readonly Block[],
): readonly Uint8Array[] {
  let count = exceptions.length;
  let run = 0;
  for (const { runs, form } of blocks) {
    if (form === Form.bits) count += start[run + runs] - start[run];
    run += runs;
  }
  if (count === 0) return [];
  const words = wordsOf(columns, scratch);
  const planes = new PlaneWriter(count, scratch);
  run = 0;
  for (const { runs, form } of blocks) {
    const end = run + runs;
    if (form !== Form.bits) run = end;
    for (; run < end; run++) planes.putDifferences(words, start[run], start[run + 1]);
  }
  run = 0;
  let next = 0;
  const stored = cellsOf(numbers);
  for (const { runs, form } of blocks) {
    run += runs;
    for (; next < exceptions.length && exceptions[next] < start[run]; next++) {
      const row = exceptions[next];
      applyForm(stored, row, row + 1, form, columns.kind);
      planes.put(words[2 * row] ^ stored.words[2 * row], words[2 * row + 1] ^ stored.words[2 * row + 1]);
    }
  }
  return planes.planes();
}

function encodedTexts(texts: readonly string[]): { lengths: number[]; bytes: Uint8Array } {
  const encoder = new TextEncoder();
  const parts = texts.map((text) => encoder.encode(text));
  const lengths = parts.map((part) => part.length);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  if (longest > limits.textBytes) throw new RangeError(`a text of ${longest} bytes is longer than ${limits.textBytes}`);
  if (total > limits.textBytesOfSegment)
    throw new RangeError(`texts of ${total} bytes together are longer than ${limits.textBytesOfSegment}`);
  return { lengths, bytes: Buffer.concat(parts) };
}
