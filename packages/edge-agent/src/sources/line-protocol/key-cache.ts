import { EQUALS, LF, SPACE, COMMA, escapes } from './bytes.ts';

const INITIAL_ENTRIES = 1024;
const INITIAL_BYTES = 64 << 10;
/** When either is reached the cache starts again empty: what is in use comes back with its next line. */
const MAX_ENTRIES = 256 << 10;
const MAX_BYTES = 32 << 20;

const NONE = -1;
/** Owner of the entries that begin a line. */
const LINE = -1;

/**
 * Remembers which series raw bytes of a line stand for, so that a known line costs a comparison and no string.
 *
 * An entry is either the beginning of a line up to and with the first `=` after measurement and tags, or a further field's
 * `name=`, owned by the entry that began its line. Each also remembers which entry came after it last time: machines
 * repeat themselves, so the guess is mostly right and a hash is rarely needed. A guess is always compared byte by byte.
 */
export class KeyCache {
  /** Bytes of each entry, its series, and the guesses for the field after it and the line after its line. */
  length = new Int32Array(INITIAL_ENTRIES);
  series = new Uint32Array(INITIAL_ENTRIES);
  nextField = new Int32Array(INITIAL_ENTRIES).fill(NONE);
  nextLine = new Int32Array(INITIAL_ENTRIES).fill(NONE);
  #start = new Int32Array(INITIAL_ENTRIES);
  #owner = new Int32Array(INITIAL_ENTRIES);
  #hash = new Int32Array(INITIAL_ENTRIES);
  /** Entries of one bucket in a chain. */
  #chained = new Int32Array(INITIAL_ENTRIES);
  #buckets = new Int32Array(INITIAL_ENTRIES * 2).fill(NONE);
  #bytes = new Uint8Array(INITIAL_BYTES);
  #bytesUsed = 0;
  #size = 0;

  /** True if the bytes at `at` are those of `entry`. Reads nothing at or beyond `end`. */
  matches(entry: number, bytes: Uint8Array, at: number, end: number): boolean {
    if (entry < 0) return false;
    const length = this.length[entry];
    if (at + length > end) return false;
    const known = this.#bytes;
    const start = this.#start[entry];
    for (let i = 0; i < length; i++) if (bytes[at + i] !== known[start + i]) return false;
    return true;
  }

  /** The entry for the line that begins at `at`, or -1. The bytes must hold a line feed at or after `at`. */
  findLine(bytes: Uint8Array, at: number): number {
    let end = at;
    while (bytes[end] !== SPACE) {
      if (bytes[end] === LF) return NONE;
      end += escapes(bytes, end) ? 2 : 1;
    }
    return this.#findTo(bytes, at, end + 1, LINE);
  }

  /** The entry for the field that begins at `at` in a line that began with `owner`, or -1. */
  findField(bytes: Uint8Array, at: number, owner: number): number {
    return this.#findTo(bytes, at, at, owner);
  }

  /** Adds an entry, or gives the one that is there. `owner` is the entry that began the line, -1 for that entry itself. */
  add(key: { bytes: Uint8Array; from: number; to: number; owner: number; series: number }): number {
    const { bytes, from, to, owner, series } = key;
    const hash = hashOf(bytes, from, to, owner);
    const known = this.#lookup(bytes, from, to, owner, hash);
    if (known >= 0) return known;
    this.#makeRoom(to - from);
    const entry = this.#size++;
    this.#start[entry] = this.#bytesUsed;
    this.#bytes.set(bytes.subarray(from, to), this.#bytesUsed);
    this.#bytesUsed += to - from;
    this.length[entry] = to - from;
    this.series[entry] = series;
    this.nextField[entry] = NONE;
    this.nextLine[entry] = NONE;
    this.#owner[entry] = owner;
    this.#hash[entry] = hash;
    this.#link(entry);
    return entry;
  }

  /** Makes sure that the next `entries` of together `bytes` do not empty the cache between them. */
  prepare(entries: number, bytes: number): void {
    if (this.#size + entries <= MAX_ENTRIES && this.#bytesUsed + bytes <= MAX_BYTES) return;
    this.#size = 0;
    this.#bytesUsed = 0;
    this.#buckets.fill(NONE);
    this.nextField.fill(NONE);
    this.nextLine.fill(NONE);
  }

  /** Looks up the bytes from `from` to the first unescaped `=` at or after `at`. */
  #findTo(bytes: Uint8Array, from: number, at: number, owner: number): number {
    let end = at;
    for (let c = bytes[end]; c !== EQUALS; c = bytes[end]) {
      if (c === LF || c === SPACE || c === COMMA) return NONE;
      end += escapes(bytes, end) ? 2 : 1;
    }
    return this.#lookup(bytes, from, end + 1, owner, hashOf(bytes, from, end + 1, owner));
  }

  #lookup(bytes: Uint8Array, from: number, to: number, owner: number, hash: number): number {
    let entry = this.#buckets[hash & (this.#buckets.length - 1)];
    while (entry >= 0) {
      const same = this.#hash[entry] === hash && this.#owner[entry] === owner && this.length[entry] === to - from;
      if (same && this.matches(entry, bytes, from, to)) return entry;
      entry = this.#chained[entry];
    }
    return NONE;
  }

  #link(entry: number): void {
    const bucket = this.#hash[entry] & (this.#buckets.length - 1);
    this.#chained[entry] = this.#buckets[bucket];
    this.#buckets[bucket] = entry;
  }

  #makeRoom(bytes: number): void {
    if (this.#bytesUsed + bytes > this.#bytes.length) {
      this.#bytes = grown(this.#bytes, new Uint8Array(Math.max(this.#bytes.length * 2, this.#bytesUsed + bytes)));
    }
    if (this.#size < this.length.length) return;
    const size = this.#size * 2;
    this.length = grown(this.length, new Int32Array(size));
    this.series = grown(this.series, new Uint32Array(size));
    this.nextField = grown(this.nextField, new Int32Array(size).fill(NONE));
    this.nextLine = grown(this.nextLine, new Int32Array(size).fill(NONE));
    this.#start = grown(this.#start, new Int32Array(size));
    this.#owner = grown(this.#owner, new Int32Array(size));
    this.#hash = grown(this.#hash, new Int32Array(size));
    this.#chained = grown(this.#chained, new Int32Array(size));
    this.#buckets = new Int32Array(size * 2).fill(NONE);
    for (let entry = 0; entry < this.#size; entry++) this.#link(entry);
  }
}

/** FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/, with the owner as a first word and the upper bits folded in. */
function hashOf(bytes: Uint8Array, from: number, to: number, owner: number): number {
  let hash = Math.imul(0x811c9dc5 ^ owner, 0x01000193);
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash ^ (hash >>> 15);
}

function grown<C extends Uint8Array | Uint32Array | Int32Array>(from: C, to: C): C {
  to.set(from);
  return to;
}
