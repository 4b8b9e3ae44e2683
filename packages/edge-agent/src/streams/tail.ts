import type { Columns } from '@sluis/protocol';

/** A journal entry as the intake has just committed it. */
export interface LiveEntry {
  readonly sequence: number;
  /** '' for a tick. */
  readonly source: string;
  readonly clock: number;
  /** As a decode of the entry would give them; ids are the journal's. */
  readonly rows: Columns;
  /** Size of the encoded rows. */
  readonly bytes: number;
}

/** What an entry takes in memory beside its rows, and a row with room for its optional columns. */
const ENTRY_BYTES = 256;
const ROW_BYTES = 32;
/** Passed entries are cut off when they are this many. */
const PASSED_ENTRIES = 1024;

/**
 * The newest entries of the journal, still in memory, without a gap between them. What does not fit or does not follow
 * is left out and read back from the journal; the tail starts again once its readers have come up to date.
 */
export class Tail {
  readonly #maxBytes: number;
  #entries: LiveEntry[] = [];
  /** Those before it have been passed by all readers. */
  #head = 0;
  #bytes = 0;

  constructor({ maxBytes }: { maxBytes: number }) {
    this.#maxBytes = maxBytes;
  }

  /** `position`: how far all readers have come. */
  push(entry: LiveEntry, position: number): void {
    const last = this.#head < this.#entries.length ? this.#entries[this.#entries.length - 1].sequence : position;
    const bytes = sizeOf(entry);
    if (entry.sequence !== last + 1 || this.#bytes + bytes > this.#maxBytes) return;
    this.#entries.push(entry);
    this.#bytes += bytes;
  }

  /** The entry after `position`, if it is here. */
  after(position: number): LiveEntry | undefined {
    if (this.#head === this.#entries.length) return undefined;
    return this.#entries[this.#head + position + 1 - this.#entries[this.#head].sequence];
  }

  /** All readers have passed `position`. */
  pass(position: number): void {
    while (this.#head < this.#entries.length && this.#entries[this.#head].sequence <= position) {
      this.#bytes -= sizeOf(this.#entries[this.#head++]);
    }
    if (this.#head < this.#entries.length && this.#head < PASSED_ENTRIES) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }
}

function sizeOf({ rows }: LiveEntry): number {
  let bytes = ENTRY_BYTES + rows.length * ROW_BYTES;
  for (const text of rows.texts ?? []) bytes += text.length * 2;
  return bytes;
}
