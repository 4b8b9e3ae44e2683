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
 * So it is with worse damage, where it is proven that no cut has torn the frame: each commit is on the disk before the next
 * is begun, so a frame that follows on a later commit proves all before it. Where what follows does not hang together with
 * the damaged frame any more, the commits from there on are lost, and that is told.
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

/** Frames count from 0. */
export interface MendedWal {
  /** In which one bit had flipped; the WAL's own header counts as -1. */
  readonly flipped: readonly number[];
  /** With worse damage: their commits are kept, and what they hold is as it was found. */
  readonly damaged: readonly number[];
  /** From here on commits that were on the disk are lost; undefined if none are. */
  readonly lostFrom: number | undefined;
}

/** A frame with worse damage than a flipped bit, of which it is still open whether a cut has torn it. */
interface Doubt {
  /** How much was found before it. */
  readonly flipped: number;
  readonly changes: number;
  /** A commit has ended since: what follows proves it. */
  isCommitted: boolean;
}

/**
 * Makes a WAL whole that has rotted, as far as can be, and tells what it found. Nobody may have it open, and each commit was on
 * the disk before the next was begun. To be called before SQLite recovers the WAL.
 * @throws what the file system says
 */
export function mendWal(path: string): MendedWal {
  const file = openSync(path, 'r+');
  try {
    const { changes, ...mended } = examine(file);
    for (const { at, bytes } of changes.toReversed()) writeSync(file, bytes, 0, bytes.length, at);
    if (changes.length > 0) fdatasyncSync(file);
    return mended;
  } finally {
    closeSync(file);
  }
}

function examine(file: number): MendedWal & { readonly changes: readonly Change[] } {
  const flipped: number[] = [];
  const damaged: number[] = [];
  const changes: Change[] = [];
  const header = mendedHeader(file);
  if (endianness() !== 'LE' || !header) return { flipped, damaged, changes, lostFrom: undefined };
  if (header.isMended) {
    flipped.push(-1);
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
  let doubt: Doubt | undefined;
  let n = 0;
  for (const { frame, at } of framesOf(file, frameBytes)) {
    const unsalted = differingBits(pairAt(frame, SALTS_IN_FRAME), salts);
    // Else of an earlier use of the file.
    if (unsalted > 1) break;
    const stored = pairAt(frame, FRAME_CHECKSUM);
    const one = flawOf(frame, { covered, stored, seeds: [after, ...befores] });
    const isWorse = one === undefined || (one !== 'none' && unsalted > 0);
    const flaw = isWorse ? 'somewhere' : one;
    if (doubt && flaw !== 'none') break;
    if (doubt?.isCommitted) doubt = undefined;
    if (isWorse) {
      doubt = { flipped: flipped.length, changes: changes.length, isCommitted: false };
      damaged.push(n);
    } else if (flaw !== 'none' || unsalted > 0) flipped.push(n);
    if (doubt && isCommit(frame)) doubt.isCommitted = true;
    if (unsalted > 0) changes.push({ at: at + SALTS_IN_FRAME, bytes: bytesOf(salts) });
    if (typeof flaw === 'object') changes.push({ at: at + flaw.at, bytes: flipBack(frame, flaw) });
    // Whether the checksum or what it covers has the flipped bit, the next frame tells.
    befores = flaw === 'somewhere' ? [stored, ...befores.map((before) => sumOf(frame, covered, before))] : [stored];
    after = sumOf(frame, covered, after);
    if (!sameWords(after, stored)) changes.push({ at: at + FRAME_CHECKSUM, bytes: bytesOf(after) });
    n++;
  }
  if (doubt) {
    flipped.length = doubt.flipped;
    changes.length = doubt.changes;
    n = damaged.pop() ?? n;
  }
  const isLost = hasDurableAfter(file, { frameBytes, covered, salts, from: n });
  return { flipped, damaged, changes, lostFrom: isLost ? n : undefined };
}

interface Unread {
  readonly frameBytes: number;
  readonly covered: readonly Pair[];
  readonly salts: Pair;
  /** The first frame that SQLite will not read. */
  readonly from: number;
}

/** Whether a commit that was on the disk is among frames that SQLite will not read: one that another follows. */
function hasDurableAfter(file: number, { frameBytes, covered, salts, from }: Unread): boolean {
  let before: { readonly stored: Pair; readonly isCommit: boolean } | undefined;
  for (const { frame } of framesOf(file, frameBytes, from)) {
    const isOfThisUse = sameWords(pairAt(frame, SALTS_IN_FRAME), salts);
    const stored = pairAt(frame, FRAME_CHECKSUM);
    const follows = isOfThisUse && before !== undefined && sameWords(sumOf(frame, covered, before.stored), stored);
    if (follows && before?.isCommit) return true;
    before = isOfThisUse ? { stored, isCommit: isCommit(frame) } : undefined;
  }
  return false;
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

/** Whether it is the last of a commit: it has the pages of the file then. */
function isCommit(frame: Uint8Array): boolean {
  const [, pages] = pairAt(frame, 0);
  return pages !== 0;
}

/** Whole ones, until the end of the file. A frame is to be used before the next one is asked for. */
function* framesOf(file: number, frameBytes: number, first = 0): Generator<{ frame: Uint8Array; at: number }> {
  const some = new Uint8Array(FRAMES_AT_ONCE * frameBytes);
  for (let at = HEADER_BYTES + first * frameBytes; ; at += some.length) {
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
