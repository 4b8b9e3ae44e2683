import { type Lane, RangeSet } from '@sluis/protocol';
import type { AgentHello, AgentSegment, DropReason } from './ingest-store.ts';
import { advanced, type LaneProgress } from './lane-progress.ts';
import { MAX_EPOCHS } from './log-place.ts';
import { ORGANISATION } from './organisation.ts';
import type { Statements } from './statements.ts';

/** What an epoch's rows say. */
export interface OpenEpoch {
  readonly ordinal: number;
  readonly epoch: string;
  knownSeries: number;
  /** Ids whose rows are dropped. */
  readonly dropped: Map<number, DropReason>;
  readonly lanes: Map<Lane, LaneProgress>;
}

/**
 * The epochs that agents send in, in memory as their rows have it, so that a segment needs no query. Of an agent the one
 * that was asked for last is remembered; others are read again. After a transaction that failed all must be forgotten.
 */
export class OpenEpochs {
  readonly #statements: Statements;
  readonly #byAgent = new Map<string, OpenEpoch>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Writes the agent and its epoch down, which is new if it was not there. Throws where no number is left for it. */
  open({ agent, site, software, epoch, now }: AgentHello): { open: OpenEpoch; isNew: boolean } {
    this.#statements.putAgent.run({ organisation: ORGANISATION, agent, site, software, now });
    const { changes } = this.#statements.putEpoch.run({ organisation: ORGANISATION, site, agent, epoch, now });
    const open = this.get(agent, epoch);
    if (open.ordinal > MAX_EPOCHS) {
      throw new Error(`the hub has seen ${MAX_EPOCHS} epochs and cannot number more: agents keep losing their history`);
    }
    return { open, isNew: changes > 0 };
  }

  /** @throws if the epoch was never opened */
  get(agent: string, epoch: string): OpenEpoch {
    const open = this.#byAgent.get(agent);
    if (open?.epoch === epoch) return open;
    const found = this.#statements.epoch.get(ORGANISATION, agent, epoch);
    if (!found) throw new Error(`epoch ${epoch} of agent ${agent} was never opened`);
    const read = this.#read(found.ordinal, epoch);
    this.#byAgent.set(agent, read);
    return read;
  }

  forget(): void {
    this.#byAgent.clear();
  }

  /** Writes down that a new segment is here. */
  received(open: OpenEpoch, segment: AgentSegment): void {
    const { lane, from, to } = segment;
    const progress = advanced(laneOf(open, lane), segment);
    this.#statements.dropReceived.run(open.ordinal, lane, from, to);
    const merged = progress.received.ranges.find((range) => range.from <= from && to <= range.to);
    if (merged) this.#statements.putReceived.run(open.ordinal, lane, merged.from, merged.to);
    this.#statements.putHighest.run(open.ordinal, lane, progress.highest.to, progress.highest.crc);
    open.lanes.set(lane, progress);
  }

  #read(ordinal: number, epoch: string): OpenEpoch {
    const lanes = new Map<Lane, LaneProgress>();
    for (const { lane, first, next } of this.#statements.received.all(ordinal)) {
      const received = lanes.get(lane)?.received ?? new RangeSet();
      received.add({ from: first, to: next });
      const highest = this.#statements.highest.get(ordinal, lane);
      lanes.set(lane, { received, highest: highest && { to: highest.next, crc: highest.crc } });
    }
    const knownSeries = this.#statements.knownSeries.get(ordinal)?.known ?? 0;
    const dropped = new Map(this.#statements.droppedIds.all(ordinal).map(({ id, reason }) => [id, reason]));
    return { ordinal, epoch, knownSeries, dropped, lanes };
  }
}

export function laneOf(open: OpenEpoch, lane: Lane): LaneProgress {
  return open.lanes.get(lane) ?? { received: new RangeSet(), highest: undefined };
}
