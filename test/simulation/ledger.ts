import type { Lane } from '@sluis/protocol';
import type { OutboxCommit, OutboxState } from '@sluis/edge-agent/log';
import type { SqliteOutbox } from '../../packages/edge-agent/src/log/outbox.ts';
import { numberAt } from './samples.ts';

/** A segment whose commit the outbox confirmed. */
export interface Committed {
  readonly number: number;
  readonly lane: Lane;
  readonly sequence: number;
  readonly crc: number;
}

/** How many were confirmed, and what had failed since, by then. */
export interface Mark {
  readonly committed: number;
  readonly failed: readonly Committed[];
}

export const BEGINNING: Mark = { committed: 0, failed: [] };

/**
 * What the outbox was given and confirmed, in order: the simulation's own book. An agent that is put back to an earlier
 * state has undone what it confirmed since: that may be at the hub or not.
 */
export class Ledger {
  #numbers = 0;
  #committed: Committed[] = [];
  /** Since the last commit that did not. */
  #failed: readonly Committed[] = [];
  readonly undone = new Map<number, Committed>();
  /** New epochs that the uplink had minted. */
  remints = 0;

  /** The number of one more segment. */
  next(): number {
    return this.#numbers++;
  }

  get committed(): readonly Committed[] {
    return this.#committed;
  }

  commit(outbox: SqliteOutbox, { segments, ...rest }: OutboxCommit): number[] {
    const next = new Map(outbox.state().lanes.map((lane) => [lane.lane, lane.next]));
    const entries = segments.map(({ lane, minTime, crc }) => {
      const sequence = next.get(lane) ?? 0;
      next.set(lane, sequence + 1);
      return { number: numberAt(minTime), lane, sequence, crc };
    });
    try {
      const sequences = outbox.commit({ segments, ...rest });
      for (const [i, entry] of entries.entries()) this.#committed.push({ ...entry, sequence: sequences[i] });
      // A file was started after those that failed, and states that they do not count.
      this.#failed = [];
      return sequences;
    } catch (error) {
      this.#failed = [...this.#failed, ...entries];
      throw error;
    }
  }

  /**
   * A start has found what there is: a commit that failed right before a crash may count after it, unless a file was
   * started since that says it does not.
   */
  opened(outbox: SqliteOutbox): void {
    const ends = new Map(outbox.state().lanes.map(({ lane, next }) => [lane, next]));
    const burned = outbox.givenUp().filter(({ reason }) => reason === 'burned');
    for (const { sequence: first, ...entry } of this.#failed) {
      const { lane, crc } = entry;
      // A commit that a full disk refuses is tried again under other numbers.
      let sequence = first;
      const end = ends.get(lane) ?? 0;
      while (sequence < end && outbox.crc(lane, sequence) !== crc) sequence++;
      const isBurned = burned.some(
        ({ lane: of, sequences: { from, to } }) => of === lane && from <= sequence && sequence < to,
      );
      if (sequence < end && !isBurned) this.#committed.push({ ...entry, sequence });
    }
    this.#failed = [];
  }

  remint(outbox: SqliteOutbox): OutboxState {
    const state = outbox.remint();
    this.remints++;
    return state;
  }

  /** Names the present state, for {@link undo}. */
  mark(): Mark {
    return { committed: this.#committed.length, failed: this.#failed };
  }

  /** Of what had failed, a start of the state that was put back finds what is there. */
  undo({ committed, failed }: Mark): void {
    this.#failed = failed;
    for (const one of this.#committed.splice(committed)) this.undone.set(one.number, one);
  }
}
