import type { RefusedSegment } from '@sluis/protocol';

/** Refused segments that are remembered; of more, the oldest are forgotten and found again. */
const MAX_REMEMBERED = 64;

/**
 * What the hub has refused, over connections. Of joined segments one may be guilty: they are sent apart from then on, so
 * that only that one is refused. A segment by itself that is still refused after a while will be for ever.
 */
export class Refusals {
  readonly #giveUpAfterMs: number;
  /** When each was refused first, in ms. */
  readonly #since = new Map<string, number>();
  #apart: RefusedSegment[] = [];

  constructor({ giveUpAfterMs }: { giveUpAfterMs: number }) {
    this.#giveUpAfterMs = giveUpAfterMs;
  }

  /** Takes note of a refusal. True: the segment is to be given up. */
  refused(segment: RefusedSegment, now: number): boolean {
    const { lane, sequences } = segment;
    if (sequences.to - sequences.from > 1) {
      this.#apart = [...this.#apart, segment].slice(-MAX_REMEMBERED);
      return false;
    }
    const key = `${lane} ${sequences.from}`;
    const since = this.#since.get(key);
    if (since !== undefined) return now - since >= this.#giveUpAfterMs;
    for (const oldest of [...this.#since.keys()].slice(0, this.#since.size + 1 - MAX_REMEMBERED)) {
      this.#since.delete(oldest);
    }
    this.#since.set(key, now);
    return false;
  }

  /** It is given up. */
  forget({ lane, sequences }: RefusedSegment): void {
    this.#since.delete(`${lane} ${sequences.from}`);
  }

  /** Whether a segment was refused as one of several. */
  isApart(lane: number, sequence: number): boolean {
    return this.#apart.some((one) => {
      return one.lane === lane && one.sequences.from <= sequence && sequence < one.sequences.to;
    });
  }
}
