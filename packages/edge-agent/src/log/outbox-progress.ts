import { Lane, type Range } from '@sluis/protocol';
import type { LogFile } from './log-file.ts';
import type { GivenUp, LossReason, SegmentTotals } from './log.ts';
import { readProgress, writeProgress } from './outbox-file.ts';
import { LaneProgress } from './outbox-lane.ts';
import { difference, noSegments, sum } from './segment-totals.ts';

/*
 * What was acked and what was given up. It is recorded later than it is taken: with the next commit, or by `flush`, at
 * least once a second. A kill in between forgets the newest of it; those segments are still held, are sent again, which
 * changes nothing at the hub, or are given up again.
 *
 * Before a file is unlinked, what was given up in it must be recorded: nothing else would tell of it. For acks that is
 * only for the totals' sake, for what is below the lowest sequence held is done with in any case.
 */

/** How long acks may wait to be recorded, in µs. */
const RECORD_DELAY = 1_000_000;

const lanes = Object.values(Lane);
const nothingLost: Readonly<Record<LossReason, SegmentTotals>> = {
  damaged: noSegments,
  refused: noSegments,
  quota: noSegments,
  age: noSegments,
  disk: noSegments,
};

export class OutboxProgress {
  #lanes = emptyLanes();
  #acked = noSegments;
  #lost = nothingLost;
  #unrecorded: 'nothing' | 'acks' | 'losses' = 'nothing';
  #recordedAt = 0;
  /** As OutboxState says it. */
  positionsLost = false;

  lane(lane: Lane): LaneProgress {
    return this.#lanes[lane];
  }

  /** Totals of the log's life. */
  get acked(): SegmentTotals {
    return this.#acked;
  }

  get lost(): Readonly<Record<LossReason, SegmentTotals>> {
    return this.#lost;
  }

  /** True if something was given up that a kill would make undone. */
  get hasUnrecordedLosses(): boolean {
    return this.#unrecorded === 'losses';
  }

  get isRecorded(): boolean {
    return this.#unrecorded === 'nothing';
  }

  /** True if something has waited long enough to be recorded. */
  isDue(now: number): boolean {
    return !this.isRecorded && now - this.#recordedAt >= RECORD_DELAY;
  }

  /** The hub has a range. `fresh`: what of it is in no total yet. */
  acknowledge(lane: Lane, range: Range, fresh: SegmentTotals): void {
    this.#acked = sum(this.#acked, fresh);
    this.#lanes[lane].done.add(range);
    this.#lanes[lane].counted.add(range);
    this.#mustRecord('acks');
  }

  /** The hub has segments of this history, the highest of them right before a sequence. */
  confirm(lane: Lane, below: number): void {
    if (this.#lanes[lane].unconfirmed.confirm(below)) this.#mustRecord('acks');
  }

  /** A range that will never be sent. `fresh`: what of it is in no total yet. `crcs`: by sequence, those that are known. */
  giveUp(
    lane: Lane,
    range: { readonly sequences: Range; readonly samples: number; readonly crcs: ReadonlyMap<number, number> },
    fresh: SegmentTotals,
    why: Pick<GivenUp, 'times' | 'epoch'> & { readonly reason: LossReason },
  ) {
    const { reason } = why;
    const { crcs, ...given } = range;
    this.#lost = { ...this.#lost, [reason]: sum(this.#lost[reason], fresh) };
    this.#lanes[lane].giveUp({ ...given, ...why }, crcs);
    this.#mustRecord('losses');
  }

  /** A segment that was given up is at the hub all the same: it was on its way. */
  giveBack(lane: Lane, sequence: number, totals: SegmentTotals, reason: LossReason): void {
    this.#lost = { ...this.#lost, [reason]: difference(this.#lost[reason], totals) };
    this.#acked = sum(this.#acked, totals);
    this.#lanes[lane].giveBack(sequence, totals.samples);
    this.#mustRecord('acks');
  }

  /** Sequences that no segment has. If a kill undoes it, the hub takes them for missing, and no file waits for it. */
  burn(lane: Lane, sequences: Range, epoch: string): void {
    this.#lanes[lane].giveUp({ sequences, samples: 0, reason: 'burned', times: null, epoch });
    this.#mustRecord('acks');
  }

  /** What was recorded without its epoch belongs to the one that the log is in. */
  givenUp(lane: Lane, current: string): GivenUp[] {
    return this.#lanes[lane].givenUp.map((range) => ({ lane, ...range, epoch: range.epoch || current }));
  }

  /** All that is held is to be sent again. Returns what takes that back. */
  restart(among: readonly Lane[] = lanes): () => void {
    const before = among.map((lane) => ({ lane, done: this.#lanes[lane].done }));
    for (const lane of among) this.#lanes[lane].restart();
    this.#mustRecord('acks');
    return () => {
      for (const { lane, done } of before) this.#lanes[lane].done = done;
    };
  }

  /** Writes all of it; call {@link recorded} when it is durable. */
  write(file: LogFile, positionsLost = this.positionsLost): void {
    writeProgress(file, {
      positionsLost,
      acked: this.#acked,
      lost: this.#lost,
      lanes: lanes.map((lane) => {
        const { done, counted, closed, givenUp, unconfirmed } = this.#lanes[lane];
        const ranges = { done: done.ranges, counted: counted.ranges, closed: closed.ranges };
        return { lane, ...ranges, givenUp, unconfirmed: unconfirmed.recorded };
      }),
    });
  }

  recorded(now: number): void {
    this.#unrecorded = 'nothing';
    this.#recordedAt = now;
  }

  /** Takes over what a file has recorded. */
  recover(file: LogFile): void {
    const { positionsLost, acked, lost, lanes } = readProgress(file);
    this.positionsLost = positionsLost;
    this.#acked = acked;
    this.#lost = { ...nothingLost, ...lost };
    for (const { lane, givenUp, unconfirmed, ...ranges } of lanes)
      this.#lanes[lane] = new LaneProgress(ranges, givenUp, unconfirmed);
  }

  #mustRecord(what: 'acks' | 'losses'): void {
    if (this.#unrecorded !== 'losses') this.#unrecorded = what;
  }
}

function emptyLanes(): Record<Lane, LaneProgress> {
  return { [Lane.alarm]: new LaneProgress(), [Lane.data]: new LaneProgress(), [Lane.detail]: new LaneProgress() };
}
