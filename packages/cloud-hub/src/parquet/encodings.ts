import { varint, zigzag } from './thrift.ts';

/*
 * Values of a column as the bytes of a page (https://github.com/apache/parquet-format/blob/master/Encodings.md). Widths of
 * packed numbers are whole bytes: these are copies of memory, and zstd takes out what that leaves empty.
 */

const TWO_32 = 2 ** 32;
/** Of DELTA_BINARY_PACKED: values of a block, and of the parts of it that have a width of their own. */
export const DELTA_BLOCK = 128;
export const DELTA_PART = 32;
/** Differences of two whole numbers that are smaller have fewer than 53 bits. */
export const MOST_DELTA_VALUE = 2 ** 51;

/** Whether each of `count` values is there: all, none, or as a bit for each says. */
export function definitionLevels(count: number, there: boolean | Uint8Array): Uint8Array {
  const bytes: number[] = [];
  if (typeof there === 'boolean') {
    varint(bytes, count * 2);
    bytes.push(there ? 1 : 0);
  } else {
    varint(bytes, there.length * 2 + 1);
    for (const byte of there) bytes.push(byte);
  }
  const levels = Buffer.alloc(4 + bytes.length);
  levels.writeUInt32LE(bytes.length);
  levels.set(bytes, 4);
  return levels;
}

/** Places in a dictionary: `places[i]` from row `starts[i]` to the next start or `count`. */
export function placesOfRuns(starts: readonly number[], count: number, width: number): Uint8Array {
  const bytes: number[] = [width * 8];
  for (let place = 0; place < starts.length; place++) {
    varint(bytes, ((starts[place + 1] ?? count) - starts[place]) * 2);
    for (let byte = 0; byte < width; byte++) bytes.push((place >>> (8 * byte)) & 0xff);
  }
  return Uint8Array.from(bytes);
}

/** Bytes that a place among so many takes. */
export function widthOf(places: number): 1 | 2 | 3 {
  if (places <= 1 << 8) return 1;
  return places <= 1 << 16 ? 2 : 3;
}

/** Whole numbers (of which {@link MOST_DELTA_VALUE} is not exceeded) as PLAIN 64-bit integers. */
export function plainIntegers(numbers: Float64Array): Uint8Array {
  const words = new Uint32Array(numbers.length * 2);
  for (let i = 0; i < numbers.length; i++) {
    const high = Math.floor(numbers[i] / TWO_32);
    words[2 * i] = numbers[i] - high * TWO_32;
    words[2 * i + 1] = high;
  }
  return new Uint8Array(words.buffer);
}

/** More than the numbers in front of all blocks, or of one, take. */
const HEAD_BYTES = 32;
let scratch = new Uint8Array(0);
const deltas = new Float64Array(DELTA_BLOCK);

/** One or more whole numbers as DELTA_BINARY_PACKED. */
export function deltaIntegers(numbers: Float64Array): Uint8Array {
  const count = numbers.length;
  const parts = DELTA_BLOCK / DELTA_PART;
  const blocks = Math.ceil((count - 1) / DELTA_BLOCK);
  const most = HEAD_BYTES + blocks * (HEAD_BYTES + parts + DELTA_BLOCK * 8);
  if (scratch.length < most) scratch = new Uint8Array(most);
  const bytes = scratch;
  const head: number[] = [];
  varint(head, DELTA_BLOCK);
  varint(head, parts);
  varint(head, count);
  zigzag(head, numbers[0]);
  bytes.set(head);
  let at = head.length;
  for (let start = 1; start < count; start += DELTA_BLOCK) {
    const inBlock = Math.min(DELTA_BLOCK, count - start);
    let least = Infinity;
    for (let i = 0; i < inBlock; i++) {
      const delta = numbers[start + i] - numbers[start + i - 1];
      deltas[i] = delta;
      if (delta < least) least = delta;
    }
    deltas.fill(least, inBlock);
    const lead: number[] = [];
    zigzag(lead, least);
    bytes.set(lead, at);
    const widthsAt = at + lead.length;
    at = widthsAt + parts;
    for (let part = 0; part < parts; part++) {
      const from = part * DELTA_PART;
      let largest = 0;
      for (let i = from; i < from + DELTA_PART; i++) {
        const over = deltas[i] - least;
        deltas[i] = over;
        if (over > largest) largest = over;
      }
      let width = 0;
      for (let rest = largest; rest >= 1; rest /= 256) width++;
      bytes[widthsAt + part] = width * 8;
      if (width === 0) continue;
      for (let i = from; i < from + DELTA_PART; i++) {
        let low = (deltas[i] % TWO_32) | 0;
        let high = (deltas[i] / TWO_32) | 0;
        for (let byte = 0; byte < width; byte++) {
          bytes[at++] = low;
          low >>>= 8;
          if (byte === 3) low = high;
        }
      }
    }
  }
  return bytes.slice(0, at);
}

/** Least and greatest of a column as its statistics have them. */
export function integerBytes(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}

/** Byte strings as PLAIN: each with its length in front. */
export function plainTexts(texts: readonly string[]): Uint8Array {
  let length = 0;
  for (const text of texts) length += 4 + Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const text of texts) {
    const written = bytes.write(text, at + 4);
    bytes.writeUInt32LE(written, at);
    at += 4 + written;
  }
  return bytes;
}

const MOST_PLACES = 1 << 16;
const PLACE_BITS = 16;
/** In the slots of a hash table, the place of a value and one more; and the values by place. */
const slots = new Uint32Array(2 * MOST_PLACES);
const distinct = new Float64Array(MOST_PLACES);
const distinctWords = new Uint32Array(distinct.buffer);

/**
 * The distinct values of up to 65,536 doubles, bit for bit, and the place of each row's among them, packed; undefined
 * where there are more than a fourth as many as rows: a dictionary would save nothing.
 */
export function dictionaryOf(values: Float64Array): { distinct: Float64Array; places: Uint8Array } | undefined {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const most = Math.min(values.length >> 2, MOST_PLACES);
  const packed = packedPlaces(values.length);
  const { places } = packed;
  const last = slots.length - 1;
  slots.fill(0);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const low = words[2 * i];
    const high = words[2 * i + 1];
    let slot = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> 15;
    let place = slots[slot];
    while (place > 0 && (distinctWords[2 * place - 2] !== low || distinctWords[2 * place - 1] !== high)) {
      slot = (slot + 1) & last;
      place = slots[slot];
    }
    if (place === 0) {
      if (count === most) return undefined;
      distinctWords[2 * count] = low;
      distinctWords[2 * count + 1] = high;
      place = slots[slot] = ++count;
    }
    places[i] = place - 1;
  }
  return { distinct: distinct.slice(0, count), places: packed.bytes };
}

/** Room for places of 16 bits, and all of what holds them. */
function packedPlaces(count: number): { places: Uint16Array; bytes: Uint8Array } {
  const groups = Math.ceil(count / 8);
  const head: number[] = [PLACE_BITS];
  varint(head, groups * 2 + 1);
  // What comes in front ends where a place may begin.
  const at = head.length + (head.length % 2);
  const bytes = new Uint8Array(at + groups * PLACE_BITS);
  bytes.set(head, at - head.length);
  return { places: new Uint16Array(bytes.buffer, at, groups * 8), bytes: bytes.subarray(at - head.length) };
}
