import { Lane } from '@sluis/protocol';
import { newEpoch } from './epoch.ts';
import type { LogFile } from './log-file.ts';
import type { SegmentTotals } from './log.ts';
import { sumSegments } from './outbox-file.ts';
import { noSegments, sum } from './segment-totals.ts';

export interface LaneCounts extends SegmentTotals {
  /** First sequence of the lane in this epoch. */
  readonly first: number;
  /** Sequence of the next segment. */
  readonly next: number;
  /** The last valid sequence; those between it and `next` are burned. */
  readonly valid: number;
  /** The last valid segment, so that histories can be compared when its file is gone. */
  readonly last: { readonly sequence: number; readonly crc: number } | null;
}

/** Counts of the outbox's life up to some point. */
export interface Counts {
  readonly epoch: string;
  readonly lanes: Readonly<Record<Lane, LaneCounts>>;
}

const emptyLane: LaneCounts = { ...noSegments, first: 1, next: 1, valid: 0, last: null };

/** Of an outbox that was never written to. */
export function emptyCounts(): Counts {
  return { epoch: newEpoch(), lanes: eachLane(() => emptyLane) };
}

/** With a further segment of a lane. */
export function appended(
  { first, next, ...before }: LaneCounts,
  { samples, bytes, crc }: { samples: number; bytes: Uint8Array; crc: number },
): LaneCounts {
  const total = sum(before, { samples, segments: 1, bytes: bytes.length });
  return { first, ...total, next: next + 1, valid: next, last: { sequence: next, crc } };
}

/** With numbers up to those of `after` given to no segment: a commit failed. */
export function burned({ epoch, lanes }: Counts, after: Counts['lanes']): Counts {
  return { epoch, lanes: eachLane((lane) => ({ ...lanes[lane], next: after[lane].next })) };
}

/** Of the same outbox in a new epoch, which begins with the lowest that is held. */
export function nextEpoch({ epoch, lanes }: Counts, lowest: (lane: Lane) => number): Counts {
  return { epoch: newEpoch(epoch), lanes: eachLane((lane) => ({ ...lanes[lane], first: lowest(lane) })) };
}

function eachLane(countsOf: (lane: Lane) => LaneCounts): Counts['lanes'] {
  return {
    [Lane.alarm]: countsOf(Lane.alarm),
    [Lane.data]: countsOf(Lane.data),
    [Lane.detail]: countsOf(Lane.detail),
  };
}

/** Counts at the end of a file, from those at its start and the segments in it. */
export function scan(file: LogFile, start: Counts): Counts {
  const counts = { ...start.lanes };
  for (const lane of Object.values(Lane)) {
    const row = file.statement(`SELECT sequence, crc FROM segment${lane} ORDER BY sequence DESC LIMIT 1`).get();
    if (row === undefined) continue;
    const last = row as { sequence: number; crc: number };
    const { first } = start.lanes[lane];
    const held = sumSegments(file, lane, { from: 0, to: last.sequence + 1 });
    counts[lane] = { ...sum(start.lanes[lane], held), first, next: last.sequence + 1, valid: last.sequence, last };
  }
  return { epoch: start.epoch, lanes: counts };
}
