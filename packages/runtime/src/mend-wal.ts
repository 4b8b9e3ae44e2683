import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { endianness } from 'node:os';
import { type Flip, flips, type Pair, sameWords, sumOf } from './wal-checksum.ts';

/*
 * SQLite takes the first frame of a WAL whose checksum is wrong for its end, as a power cut would leave it: one flipped bit
 * makes all commits from there on vanish, and nobody is told. But what a cut has torn differs in many bits, and of a
 * checksum that is wrong by one bit alone it can be told. Where it also tells which bit that is, it is flipped back.
 * Where several could be it, the frame stays as it is, and its checksum is made right, and with it those of all frames
 * after it: then SQLite recovers every commit, and checks of the content find the one record with the flipped bit.
 *
 * It is written from the end of the file to its start, so that a kill leaves frames to be mended before those that are:
 * they are found again. No byte is added, so that a full disk does not keep it from being done.
 *
 * https://sqlite.org/fileformat2.html#the_write_ahead_log
 */

const HEADER_BYTES = 32;
const HEADER_CHECKSUM = 24;
const FRAME_HEADER_BYTES = 24;
const FRAME_CHECKSUM = 16;
/** Of a frame's header, what its checksum covers beside the page. */
const FRAME_COVERED_BYTES = 8;
const CHECKSUM_BYTES = 8;
const SALTS_IN_HEADER = 16;
const SALTS_IN_FRAME = 8;
/** Of a WAL whose checksums are over little-endian words, as all of today's machines write it. */
const MAGIC = 0x377f0682;
const VERSION = 3_007_000;
/** Read together: a MiB of the pages that we use. */
const FRAMES_AT_ONCE = 64;
const pageSizes: readonly number[] = [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];

interface Change {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/**
 * Makes a WAL whole in which single bits have flipped, and returns which frames had one, from 0; the WAL's own header
 * counts as -1. Nobody may have it open. It ends with what no flipped bit explains: the end, or worse damage. To be
 * called before SQLite recovers the WAL.
 * @throws what the file system says
 */
export function mendWal(path: string): number[] {
  const file = openSync(path, 'r+');
  try {
    const { frames, changes } = examine(file);
    for (const { at, bytes } of changes.toReversed()) writeSync(file, bytes, 0, bytes.length, at);
    if (changes.length > 0) fdatasyncSync(file);
    return frames;
  } finally {
    closeSync(file);
  }
}

function examine(file: number): { frames: number[]; changes: Change[] } {
  const frames: number[] = [];
  const changes: Change[] = [];
  const found = { frames, changes };
  const header = mendedHeader(file);
  if (endianness() !== 'LE' || !header) return found;
  if (header.isMended) {
    frames.push(-1);
    changes.push({ at: 0, bytes: header.block });
  }
  const salts = pairAt(header.block, SALTS_IN_HEADER);
  const frameBytes = FRAME_HEADER_BYTES + pairAt(header.block, 8)[0];
  const covered: readonly Pair[] = [
    [0, FRAME_COVERED_BYTES],
    [FRAME_HEADER_BYTES, frameBytes],
  ];
  /** The checksum before this frame as it will be, and as it may have been when the frame was written. */
  let after = pairAt(header.block, HEADER_CHECKSUM);
  let befores: readonly Pair[] = [after];
  let n = -1;
  for (const { frame, at } of framesOf(file, frameBytes)) {
    n++;
    const unsalted = differingBits(pairAt(frame, SALTS_IN_FRAME), salts);
    // Else of an earlier use of the file.
    if (unsalted > 1) break;
    const stored = pairAt(frame, FRAME_CHECKSUM);
    const flaw = flawOf(frame, { covered, stored, seeds: [after, ...befores] });
    // Two bits of one frame are more than a flip.
    if (flaw === undefined || (flaw !== 'none' && unsalted > 0)) break;
    if (flaw !== 'none' || unsalted > 0) frames.push(n);
    if (unsalted > 0) changes.push({ at: at + SALTS_IN_FRAME, bytes: bytesOf(salts) });
    if (typeof flaw === 'object') changes.push({ at: at + flaw.at, bytes: flipBack(frame, flaw) });
    // Whether the checksum or what it covers has the flipped bit, the next frame tells.
    befores = flaw === 'somewhere' ? [stored, ...befores.map((before) => sumOf(frame, covered, before))] : [stored];
    after = sumOf(frame, covered, after);
    if (!sameWords(after, stored)) changes.push({ at: at + FRAME_CHECKSUM, bytes: bytesOf(after) });
  }
  return found;
}

interface Summed {
  readonly covered: readonly Pair[];
  readonly stored: Pair;
  /** The checksums that may have been before it. */
  readonly seeds: readonly Pair[];
}

/** The one bit that has flipped in what the checksum covers, or that it is one of several; undefined if no single bit explains it. */
function flawOf(frame: Uint8Array, { covered, stored, seeds }: Summed): 'none' | 'somewhere' | Flip | undefined {
  const sums = seeds.map((seed) => sumOf(frame, covered, seed));
  if (sums.some((sum) => sameWords(sum, stored))) return 'none';
  if (sums.some((sum) => differingBits(sum, stored) === 1)) return 'somewhere';
  const all = seeds.flatMap((seed) => flips(frame, { covered, seed, stored }));
  const [first] = all;
  return all.every(({ at, mask }) => at === first.at && mask === first.mask) ? first : 'somewhere';
}

/** Whole ones, until the end of the file. A frame is to be used before the next one is asked for. */
function* framesOf(file: number, frameBytes: number): Generator<{ frame: Uint8Array; at: number }> {
  const some = new Uint8Array(FRAMES_AT_ONCE * frameBytes);
  for (let at = HEADER_BYTES; ; at += some.length) {
    const read = readSync(file, some, 0, some.length, at);
    for (let from = 0; from + frameBytes <= read; from += frameBytes) {
      yield { frame: some.subarray(from, from + frameBytes), at: at + from };
    }
    if (read < some.length) return;
  }
}

/** The WAL's header as it must have been; undefined if there is none that one can go by. */
function mendedHeader(file: number): { block: Uint8Array; isMended: boolean } | undefined {
  const covered: readonly Pair[] = [[0, HEADER_CHECKSUM]];
  const block = new Uint8Array(HEADER_BYTES);
  const frame = new Uint8Array(FRAME_HEADER_BYTES);
  if (!readWhole(file, block, 0) || !readWhole(file, frame, HEADER_BYTES)) return undefined;
  const sum = sumOf(block, covered, [0, 0]);
  const stored = pairAt(block, HEADER_CHECKSUM);
  if (sameWords(sum, stored)) return isKnown(block) ? { block, isMended: false } : undefined;
  if (differingBits(sum, stored) === 1 && isPlausible(block, frame)) {
    block.set(bytesOf(sum), HEADER_CHECKSUM);
    return { block, isMended: true };
  }
  for (const flip of flips(block, { covered, seed: [0, 0], stored })) {
    flipBack(block, flip);
    if (isPlausible(block, frame)) return { block, isMended: true };
    flipBack(block, flip);
  }
  return undefined;
}

function isKnown(header: Uint8Array): boolean {
  const [magic, version] = pairAt(header, 0);
  return magic === MAGIC && version === VERSION && pageSizes.includes(pairAt(header, 8)[0]);
}

/** By what is known of it, and by the first frame. */
function isPlausible(header: Uint8Array, frame: Uint8Array): boolean {
  return isKnown(header) && sameWords(pairAt(header, SALTS_IN_HEADER), pairAt(frame, SALTS_IN_FRAME));
}

/** The byte as it is then. */
function flipBack(block: Uint8Array, { at, mask }: Flip): Uint8Array {
  block[at] ^= mask;
  return block.slice(at, at + 1);
}

/** False at the end of the file. */
function readWhole(file: number, bytes: Uint8Array, at: number): boolean {
  return at + bytes.length <= fstatSync(file).size && readSync(file, bytes, 0, bytes.length, at) === bytes.length;
}

function pairAt(block: Uint8Array, offset: number): Pair {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  return [view.getUint32(offset), view.getUint32(offset + 4)];
}

function bytesOf([first, second]: Pair): Uint8Array {
  const bytes = new Uint8Array(CHECKSUM_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, first);
  view.setUint32(4, second);
  return bytes;
}

/** In how many bits they differ. */
function differingBits(some: Pair, others: Pair): number {
  let count = 0;
  for (const [i, word] of some.entries()) {
    for (let rest = (word ^ others[i]) >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count++;
  }
  return count;
}
