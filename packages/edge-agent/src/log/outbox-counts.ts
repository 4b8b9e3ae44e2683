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
  return {
    epoch: newEpoch(),
    lanes: { [Lane.alarm]: emptyLane, [Lane.data]: emptyLane, [Lane.detail]: emptyLane },
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
