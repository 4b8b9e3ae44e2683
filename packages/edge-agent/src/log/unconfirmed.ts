import type { Range } from '@sluis/protocol';

/** CRCs that are kept of a lane: more than can be under way at once. Four bytes each in every record. */
const MOST = 8_192;

/** As it is recorded: of all `sequences`, in order, the CRCs as little-endian u32 in base64. */
export interface RecordedUnconfirmed {
  readonly confirmed: number;
  readonly sequences: readonly Range[];
  readonly crcs: string;
  readonly unknown: Range | null;
}

/**
 * Of a lane, what was given up or burned above all that the hub is known to have, so that it can be told from what another
 * history of this outbox has there: that of before the folder was put back from a copy. Bounded: of more, the lowest are
 * kept, for what was under way lies right above what was acked.
 *
 * What the hub has beyond, under a sequence that here has no CRC left, counts as another history's: a new epoch is
 * harmless, and a gap that nobody is told of is not.
 */
export class Unconfirmed {
  /** The hub has what comes right before it. Below, what it has is of this history. */
  #confirmed = 0;
  readonly #crcs = new Map<number, number>();
  /** From the first to the last of those without a CRC; between them others may be held. */
  #unknown: Range | null = null;

  constructor(recorded?: RecordedUnconfirmed) {
    if (!recorded) return;
    const crcs = Buffer.from(recorded.crcs, 'base64');
    let offset = 0;
    for (const { from, to } of recorded.sequences)
      for (let sequence = from; sequence < to; sequence++, offset += 4)
        this.#crcs.set(sequence, crcs.readUInt32LE(offset));
    this.#confirmed = recorded.confirmed;
    this.#unknown = recorded.unknown;
  }

  /** How many more CRCs are kept. */
  get room(): number {
    return MOST - this.#crcs.size;
  }

  crc(sequence: number): number | undefined {
    return this.#crcs.get(sequence);
  }

  /** Whether it was given up or burned, and nothing tells what it was. To be asked of what is not held. */
  isUnknown(sequence: number): boolean {
    return this.#unknown !== null && this.#unknown.from <= sequence && sequence < this.#unknown.to;
  }

  /** All of a range. `crcs`: as far as they are known. */
  add({ from: lowest, to }: Range, crcs: ReadonlyMap<number, number>): void {
    const from = Math.max(lowest, this.#confirmed);
    for (const [sequence, crc] of crcs)
      if (from <= sequence && sequence < to && this.room > 0) this.#crcs.set(sequence, crc);
    let first = from;
    while (first < to && this.#crcs.has(first)) first++;
    let end = to;
    while (end > first && this.#crcs.has(end - 1)) end--;
    if (first >= end) return;
    const { from: before, to: after } = this.#unknown ?? { from: first, to: end };
    this.#unknown = { from: Math.min(before, first), to: Math.max(after, end) };
  }

  /** The hub has what comes right before a sequence, of this history: so it is with all below. False if that was known. */
  confirm(below: number): boolean {
    if (below <= this.#confirmed) return false;
    this.#confirmed = below;
    for (const sequence of this.#crcs.keys()) if (sequence < below) this.#crcs.delete(sequence);
    const unknown = this.#unknown;
    if (unknown && unknown.from < below) this.#unknown = below < unknown.to ? { from: below, to: unknown.to } : null;
    return true;
  }

  get recorded(): RecordedUnconfirmed {
    const sorted = [...this.#crcs].sort(([a], [b]) => a - b);
    const crcs = Buffer.alloc(sorted.length * 4);
    const sequences: Range[] = [];
    for (const [i, [sequence, crc]] of sorted.entries()) {
      crcs.writeUInt32LE(crc, i * 4);
      const last = sequences.at(-1);
      if (last?.to === sequence) sequences[sequences.length - 1] = { from: last.from, to: sequence + 1 };
      else sequences.push({ from: sequence, to: sequence + 1 });
    }
    return { confirmed: this.#confirmed, sequences, crcs: crcs.toString('base64'), unknown: this.#unknown };
  }
}
