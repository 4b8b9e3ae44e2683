import type { JournalLosses } from '@sluis/protocol';
import { SEVERAL } from './gaps.ts';

/** Losses that are kept of an agent's journals. */
export const MAX_LOSSES = 512;

/** Samples of a source that an agent's journal lost. */
export interface LossRow {
  /** The journal's. */
  readonly epoch: string;
  /** '' where nobody knows. */
  readonly source: string;
  readonly reason: string;
  readonly samples: number;
  readonly from: number;
  readonly to: number;
  /** Least and greatest time of the samples in µs since 1970; null where nobody knows. */
  readonly firstTime: number | null;
  readonly lastTime: number | null;
}

/**
 * What is known of an agent's journals after a report: it tells all that one journal has lost over its life, so it takes
 * the place of what was told of that one, and repeats change nothing. Of journals that are gone what was told stays; where
 * it becomes too much, the oldest two become one, and how many samples there are never changes.
 */
export function withReport(before: readonly LossRow[], { epoch, losses }: JournalLosses): LossRow[] {
  const told = losses.map(({ sequences, ...loss }) => ({ epoch, ...loss, ...sequences }));
  const gone = before.filter((row) => row.epoch !== epoch);
  // Never joined with what is told: the next report would replace that.
  const kept = folded(gone, Math.max(1, MAX_LOSSES - told.length));
  return [...kept, ...folded(told, MAX_LOSSES - kept.length)];
}

function folded(rows: readonly LossRow[], most: number): LossRow[] {
  let left = [...rows];
  while (left.length > most) left = [union(left[0], left[1]), ...left.slice(2)];
  return left;
}

function union(a: LossRow, b: LossRow): LossRow {
  const times = <T>(one: T | null, other: T | null, combine: (one: T, other: T) => T): T | null =>
    one === null || other === null ? null : combine(one, other);
  const sameJournal = a.epoch === b.epoch;
  return {
    epoch: b.epoch,
    source: a.source === b.source ? a.source : '',
    reason: a.reason === b.reason ? a.reason : SEVERAL,
    samples: a.samples + b.samples,
    from: sameJournal ? Math.min(a.from, b.from) : b.from,
    to: sameJournal ? Math.max(a.to, b.to) : b.to,
    firstTime: times(a.firstTime, b.firstTime, Math.min),
    lastTime: times(a.lastTime, b.lastTime, Math.max),
  };
}
