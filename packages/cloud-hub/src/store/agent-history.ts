import { Lane, type Range, RangeSet } from '@sluis/protocol';
import type { GapTable } from './gap-table.ts';
import { type GapRange, MISSING, OUTBOX_LOST } from './gaps.ts';
import type { AgentHello, LostOutbox, ShedRange } from './ingest-store.ts';
import { MAX_SEQUENCE } from './log-place.ts';
import { laneOf, type OpenEpoch } from './open-epochs.ts';
import { ORGANISATION } from './organisation.ts';
import { OUTBOX_DIGITS, type Statements } from './statements.ts';

/** Of each lane of an outbox, over all its epochs. */
const FIRST_SEQUENCE = 1;
/** Of a gap of which only the sequences are known. */
const unknown = { samples: null, firstTime: null, lastTime: null } as const;

/**
 * What agents tell of their outboxes, against what the hub has of them: which ranges will never come, and which epoch
 * takes note of it. Repeats change nothing.
 */
export class AgentHistory {
  readonly #statements: Statements;
  readonly #gaps: GapTable;

  constructor(statements: Statements, gaps: GapTable) {
    this.#statements = statements;
    this.#gaps = gaps;
  }

  /** An agent opens an epoch: what it no longer holds and never came is missing, and so is what was in a lost outbox. */
  opened({ open, isNew }: { open: OpenEpoch; isNew: boolean }, hello: AgentHello): LostOutbox | undefined {
    for (const { lane, first, lowest } of hello.lanes) {
      const missing = laneOf(open, lane).received.missing({ from: first, to: lowest });
      const gaps = [...this.#missingBefore(first, lane, hello), ...missing].map((range) => {
        return { ...range, ...unknown, reason: MISSING };
      });
      this.#gaps.add(open.ordinal, lane, gaps);
    }
    if (isNew) return this.#loseOutboxBefore(open.ordinal, hello);
    this.#statements.dropLost.run(open.ordinal, OUTBOX_LOST);
    return undefined;
  }

  /** An outbox that was taken for lost says hello: it is another agent's under the same name. */
  found(agent: string, epoch: string): void {
    const found = this.#statements.epoch.get(ORGANISATION, agent, epoch);
    if (found) this.#statements.dropLost.run(found.ordinal, OUTBOX_LOST);
  }

  /** An agent has given up ranges of its outbox. */
  shed(agent: string, open: OpenEpoch, ranges: readonly ShedRange[]): void {
    const placed = ranges.flatMap((range) => this.#placed(range, agent, open));
    for (const [ordinal, ofEpoch] of Map.groupBy(placed, (one) => one.ordinal))
      for (const [lane, ofLane] of Map.groupBy(ofEpoch, (one) => one.lane))
        this.#gaps.add(
          ordinal,
          lane,
          ofLane.map(({ gap }) => gap),
        );
  }

  /**
   * What lies before the first sequence of an epoch was acked or given up in earlier ones of its outbox. A hub that knows
   * of neither was put back to before that.
   */
  #missingBefore(first: number, lane: Lane, { agent, epoch, instance }: AgentHello): Range[] {
    // An agent of version 1 does not keep its outbox's name when it mints a new epoch.
    if (first <= FIRST_SEQUENCE || !instance) return [];
    const query = { organisation: ORGANISATION, agent, outbox: outboxOf(epoch), lane, below: first };
    return new RangeSet(this.#statements.toldOfOutbox.all(query)).missing({ from: FIRST_SEQUENCE, to: first });
  }

  /**
   * An agent that comes with another outbox than before has lost what the one before had not sent: what the hub lacks
   * within what it has of that one, and all beyond it. How much that was the agent has said in its last report.
   */
  #loseOutboxBefore(ordinal: number, { agent, epoch, instance }: AgentHello): LostOutbox | undefined {
    const before = this.#statements.epochBefore.get(ORGANISATION, agent, ordinal);
    // An agent of version 1 does not keep its outbox's name when it mints a new epoch.
    if (!before || !instance) return undefined;
    if (outboxOf(before.epoch) === outboxOf(epoch)) return undefined;
    if (before.samples === 0) return { epoch: before.epoch, samples: 0 };
    const received = new RangeSet(this.#statements.receivedOf.all(before.ordinal, Lane.data));
    const [first] = received.ranges;
    const end = (received.highest ?? 0) + 1;
    const holes = first ? received.missing({ from: first.from, to: end }) : [];
    const from = Math.max(end, ...this.#statements.laneGaps.all(before.ordinal, Lane.data).map(({ to }) => to));
    const rest = { from, to: MAX_SEQUENCE, ...unknown, samples: before.samples, reason: OUTBOX_LOST };
    const lost = [...holes.map((range) => ({ ...range, ...unknown, reason: OUTBOX_LOST })), rest];
    this.#gaps.add(before.ordinal, Lane.data, lost);
    return { epoch: before.epoch, samples: before.samples };
  }

  /**
   * Which epoch takes note of what was given up. That may have been in an earlier one, before whose history was found to
   * be another than the hub's it could not be told. Sequences stay over an outbox's epochs, so there a repeat is known for
   * one; if the hub never saw that epoch, in the first that it saw. But the sequences that the hub has there may be of the
   * other history: what was given up under these is missing in the present one. Where that is a part, how many samples it
   * had is not known, and all are counted with the rest.
   */
  #placed(range: ShedRange, agent: string, open: OpenEpoch): { ordinal: number; lane: Lane; gap: GapRange }[] {
    const { epoch, lane } = range;
    const gap = asGap(range);
    const inPresent = { ordinal: open.ordinal, lane, gap };
    if (epoch === undefined || epoch === open.epoch) return [inPresent];
    const query = { organisation: ORGANISATION, agent, epoch, outbox: outboxOf(open.epoch) };
    const earlier = this.#statements.epochOrFirst.get(query)?.ordinal ?? open.ordinal;
    if (earlier !== open.ordinal) this.#gaps.dropMissing(open.ordinal, lane, gap);
    const missing = new RangeSet(this.#statements.receivedOf.all(earlier, lane)).missing(range);
    if (missing.length === 0 || earlier === open.ordinal) return [inPresent];
    const parts = new RangeSet(missing).missing(range);
    return [
      { ordinal: earlier, lane, gap },
      ...parts.map((part) => ({ ...inPresent, gap: { ...gap, ...part, samples: null } })),
    ];
  }
}

/** What an outbox's epochs have in common. */
function outboxOf(epoch: string): string {
  return epoch.slice(0, OUTBOX_DIGITS);
}

function asGap({ from, to, samples, reason, firstTime = null, lastTime = null }: ShedRange): GapRange {
  return { from, to, samples, reason: reason || 'shed', firstTime, lastTime };
}
