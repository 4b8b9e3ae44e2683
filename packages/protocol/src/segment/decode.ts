import { type Columns, Kind, plainColumns, Quality } from '../batch.ts';
import { BitReader } from './bits.ts';
import type { Block } from './block.ts';
import { crc32c } from './crc32c.ts';
import { SegmentError } from './error.ts';
import { type Cells, applyForm, cellsOf } from './forms.ts';
import { groupBySeries } from './group.ts';
import { Flags, Form, SEGMENT_VERSION, TIME_SPLIT, TimeMode, limits, timeUnits } from './layout.ts';
import { PlaneReader } from './planes.ts';
import type { RowsMemory } from './rows-memory.ts';
import { Scratch } from './scratch.ts';
import { StreamReader } from './streams.ts';
import { TokenReader } from './tokens.ts';

/** A version byte, a varint and the CRC. */
const SHORTEST = 6;

/** Of the segment that is being decoded. */
const scratch = new Scratch();

/**
 * The rows of a segment, grouped by ascending series id, in their original order within a series. They are in memory of
 * their own, or in `memory`, and then one's own only until the next call with that.
 *
 * @throws SegmentError for any bytes that are not a whole segment within the limits, and nothing else.
 */
export function decodeSegment(bytes: Uint8Array, memory?: RowsMemory): Columns {
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
  scratch.reset();
  const reader = new StreamReader(body, 1, scratch);
  const rows = decodeColumns(reader, memory);
  if (reader.at !== body.length)
    throw new SegmentError('malformed', `byte ${reader.at} should be the last, but ${body.length - reader.at} follow`);
  return rows;
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

function malformed(message: string): SegmentError {
  return new SegmentError('malformed', message);
}

function decodeColumns(reader: StreamReader, memory: RowsMemory | undefined): Columns {
  const length = reader.varint('the number of samples', limits.samples);
  if (length === 0) return groupBySeries([]);
  const runs = reader.varint('the number of runs', length);
  const blockCount = reader.varint('the number of blocks', runs);
  const contexts = reader.varint('the number of contexts', limits.contexts);
  const exceptionCount = reader.varint('the number of exceptions', length);
  const textCount = reader.varint('the number of texts', length);
  const flags = reader.byte();
  const unit = timeUnits[flags & Flags.unit];
  if (unit === undefined || flags > Flags.known) throw malformed(`flags ${flags} at byte ${reader.at - 1} are unknown`);
  const extra = new BitReader(reader.sizedStream('extra bits', length * limits.extraBytesOfSample), scratch);
  const tokens = (name: string, count: number): TokenReader => new TokenReader(reader.stream(name, count), extra);

  const blocks = takeBlocks(reader, runs, blockCount, contexts);
  const series = seriesIds(tokens('series', runs), runs);
  const start = starts(tokens('counts', runs), runs, length);
  const counts = countTokens(blocks, start, contexts);

  const { series: ids, time, value, quality } = memory?.take(length) ?? plainColumns(length);
  takeTimes(time, start, blocks, tokens('first times', counts.firstTimes), tokens('later times', counts.laterTimes));
  checkTimes(time, unit);

  const cells = cellsOf(value);
  const firstNumbers = tokens('first numbers', counts.firstNumbers);
  const laterNumbers = Array.from(counts.laterNumbers, (count, context) =>
    tokens(`later numbers of context ${context}`, count),
  );
  takeNumbers(cells.values, start, blocks, firstNumbers, laterNumbers);

  const exceptions = exceptionRows(tokens('exceptions', exceptionCount), exceptionCount, length);
  const words = counts.bits + exceptionCount;
  const planes = new PlaneReader(
    Array.from({ length: 8 }, (_, plane) => reader.stream(`plane ${plane}`, words)),
    scratch,
  );
  quality.set(reader.stream('qualities', length));
  checkAtMost(quality, Quality.bad, 'quality');
  const kind = flags & Flags.kinds ? new Uint8Array(reader.stream('kinds', length)) : undefined;
  if (kind) checkAtMost(kind, Kind.text, 'kind');
  const revision = flags & Flags.revisions ? revisions(tokens('revisions', length), length) : undefined;
  const texts = takeTexts(reader, tokens('lengths of texts', textCount), textCount);
  extra.close();

  takeCells(cells, start, blocks, exceptions, planes, kind);
  for (let run = 0; run < runs; run++) ids.fill(series[run], start[run], start[run + 1]);
  if (!kind && textCount > 0) throw malformed(`there are ${textCount} texts, but no row of that kind`);
  return {
    length,
    series: ids,
    time,
    quality,
    ...(kind ? takeKinds(cells, kind, texts) : { value: cells.values }),
    ...(revision && { revision }),
  };
}

function takeBlocks(reader: StreamReader, runs: number, count: number, contexts: number): Block[] {
  const starts = reader.stream('block starts', runs);
  const forms = reader.stream('forms', count);
  const orders = reader.stream('orders', count);
  const times = reader.stream('time modes', count);
  const ofBlock = reader.stream('contexts', count);
  checkAtMost(forms, Form.bits, 'form');
  checkAtMost(orders, 1, 'order');
  checkAtMost(times, TimeMode.absolute, 'time mode');
  checkAtMost(ofBlock, contexts - 1, 'context');
  const blocks: Block[] = [];
  let from = 0;
  for (let run = 1; run <= runs; run++) {
    if (run < runs && starts[run] === 0) continue;
    const at = blocks.length;
    blocks.push({ runs: run - from, form: forms[at], order: orders[at], time: times[at], context: ofBlock[at] });
    from = run;
  }
  if (blocks.length !== count) throw malformed(`${blocks.length} blocks begin, not ${count}`);
  return blocks;
}

function checkAtMost(bytes: Uint8Array, most: number, name: string): void {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] > most) throw malformed(`${name} ${bytes[i]} at ${i} is unknown`);
}

function seriesIds(gaps: TokenReader, count: number): Uint32Array {
  const series = new Uint32Array(count);
  let id = -1;
  for (let i = 0; i < count; i++) {
    id += gaps.next() + 1;
    if (id > 0xffff_ffff) throw malformed(`series ${id} has more than 32 bits`);
    series[i] = id;
  }
  return series;
}

/** First row of each run, and the number of rows. */
function starts(counts: TokenReader, runs: number, length: number): Uint32Array {
  const start = new Uint32Array(runs + 1);
  let row = 0;
  for (let run = 0; run < runs; run++) {
    row += counts.next() + 1;
    if (row > length) throw malformed(`the runs up to ${run} have ${row} rows, more than ${length}`);
    start[run + 1] = row;
  }
  if (row !== length) throw malformed(`the runs have ${row} rows, not ${length}`);
  return start;
}

/** How many tokens the streams hold, and how many rows are words. */
function countTokens(blocks: readonly Block[], start: Uint32Array, contexts: number) {
  let firstTimes = 0;
  let laterTimes = 0;
  let firstNumbers = 0;
  const laterNumbers = new Uint32Array(contexts);
  let bits = 0;
  let run = 0;
  for (const { runs, form, time, context } of blocks) {
    const rows = start[run + runs] - start[run];
    run += runs;
    if (time === TimeMode.absolute) laterTimes += 2 * rows;
    else if (time !== TimeMode.same) {
      firstTimes += runs;
      laterTimes += rows - runs;
    }
    if (form === Form.bits) bits += rows;
    else {
      firstNumbers += runs;
      laterNumbers[context] += rows - runs;
    }
  }
  return { firstTimes, laterTimes, firstNumbers, laterNumbers, bits };
}

function takeTimes(
  time: Float64Array,
  start: Uint32Array,
  blocks: readonly Block[],
  firsts: TokenReader,
  later: TokenReader,
): void {
  let step = 0;
  let run = 0;
  for (const block of blocks) {
    for (const end = run + block.runs; run < end; run++) {
      const from = start[run];
      const to = start[run + 1];
      const before = run > 0 ? start[run - 1] : 0;
      if (block.time === TimeMode.same) {
        if (from - before !== to - from)
          throw malformed(`run ${run} cannot have the times of a run before it of ${from - before} rows`);
        time.copyWithin(from, before, from);
      } else if (block.time === TimeMode.absolute) {
        for (let i = from; i < to; i++) {
          const high = later.nextSigned();
          time[i] = high * TIME_SPLIT + later.next();
        }
      } else {
        time[from] = firsts.nextSigned() + (run > 0 ? time[before] : 0);
        if (block.time === TimeMode.delta) later.takeDifferences(time, from + 1, to);
        else step = later.takeSecondDifferences(time, from + 1, to, step);
      }
    }
  }
}

function checkTimes(time: Float64Array, unit: number): void {
  const most = 2 ** 53 / unit;
  for (let i = 0; i < time.length; i++) {
    if (!(time[i] < most && time[i] > -most))
      throw malformed(`time ${time[i]} × ${unit} µs of row ${i} is not within ±2^53`);
    time[i] *= unit;
  }
}

function takeNumbers(
  numbers: Float64Array,
  start: Uint32Array,
  blocks: readonly Block[],
  firsts: TokenReader,
  contexts: readonly TokenReader[],
): void {
  let first = 0;
  let run = 0;
  for (const { runs, form, order, context } of blocks) {
    const later = contexts[context];
    const end = run + runs;
    if (form === Form.bits) run = end;
    for (; run < end; run++) {
      const from = start[run];
      first += firsts.nextSigned();
      numbers[from] = first;
      if (order === 0) later.takeDifferences(numbers, from + 1, start[run + 1]);
      else later.takeSecondDifferences(numbers, from + 1, start[run + 1], 0);
    }
  }
}

function exceptionRows(gaps: TokenReader, count: number, length: number): Uint32Array {
  const rows = new Uint32Array(count);
  let row = -1;
  for (let i = 0; i < count; i++) {
    row += gaps.next() + 1;
    if (row >= length) throw malformed(`exception ${i} is row ${row} of ${length}`);
    rows[i] = row;
  }
  return rows;
}

/** Turns numbers into what they stand for, and fills in the rows that are stored as words. */
function takeCells(
  cells: Cells,
  start: Uint32Array,
  blocks: readonly Block[],
  exceptions: Uint32Array,
  planes: PlaneReader,
  kind: Uint8Array | undefined,
): void {
  let run = 0;
  for (const { runs, form } of blocks) {
    const end = run + runs;
    if (form !== Form.bits) {
      applyForm(cells, start[run], start[end], form, kind);
      run = end;
    }
    for (; run < end; run++) planes.takeDifferences(cells.words, start[run], start[run + 1]);
  }
  for (const row of exceptions) planes.takeChange(cells.words, row);
  const { values } = cells;
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== values[i] && (!kind || kind[i] === Kind.double)) values[i] = Number.NaN;
  }
}

function revisions(tokens: TokenReader, length: number): Uint16Array {
  const revision = new Uint16Array(length);
  for (let i = 0; i < length; i++) {
    const number = tokens.next();
    if (number > 0xffff) throw malformed(`revision ${number} of row ${i} has more than 16 bits`);
    revision[i] = number;
  }
  return revision;
}

function takeTexts(reader: StreamReader, tokens: TokenReader, count: number): string[] {
  const lengths = new Float64Array(count);
  let total = 0;
  for (let i = 0; i < count; i++) {
    lengths[i] = tokens.next();
    total += lengths[i];
    if (lengths[i] > limits.textBytes)
      throw new SegmentError('oversized', `text ${i} has ${lengths[i]} bytes, more than ${limits.textBytes}`);
    if (total > limits.textBytesOfSegment)
      throw new SegmentError(
        'oversized',
        `the texts up to ${i} have ${total} bytes, more than ${limits.textBytesOfSegment}`,
      );
  }
  const bytes = reader.stream('texts', total);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let at = 0;
  return Array.from(lengths, (length, i) => {
    at += length;
    try {
      return decoder.decode(bytes.subarray(at - length, at));
    } catch (cause) {
      throw new SegmentError('malformed', `text ${i} is not UTF-8`, { cause });
    }
  });
}

/** Gives each row its value by its kind: so far the cells of those that are no doubles are whole numbers. */
function takeKinds(
  { values, words }: Cells,
  kind: Uint8Array,
  texts: readonly string[],
): Pick<Columns, 'kind' | 'value' | 'integer' | 'text' | 'texts'> {
  const { length } = kind;
  const integer = kind.some((one) => one === Kind.int64 || one === Kind.uint64) ? new BigInt64Array(length) : undefined;
  const integerWords = integer ? new Uint32Array(integer.buffer) : new Uint32Array(0);
  const text = kind.includes(Kind.text) ? new Uint32Array(length) : undefined;
  let used = 0;
  for (let i = 0; i < length; i++) {
    if (kind[i] === Kind.double) continue;
    const low = words[2 * i];
    const high = words[2 * i + 1];
    if (kind[i] === Kind.boolean) {
      if (low > 1 || high !== 0) throw malformed(`the boolean of row ${i} is neither 0 nor 1`);
      values[i] = low;
    } else if (text && kind[i] === Kind.text) {
      // Texts are in order of first use: a row refers to one that is known, or the next.
      if (high !== 0 || low > used || low >= texts.length)
        throw malformed(`row ${i} refers to a text that is not the next of ${texts.length}`);
      if (low === used) used++;
      text[i] = low;
      values[i] = Number.NaN;
    } else {
      integerWords[2 * i] = low;
      integerWords[2 * i + 1] = high;
      values[i] = (kind[i] === Kind.int64 ? high | 0 : high) * 2 ** 32 + low;
    }
  }
  if (used !== texts.length) throw malformed(`${texts.length - used} of ${texts.length} texts are not used`);
  return { kind, value: values, ...(integer && { integer }), ...(text && { text, texts }) };
}
