import type { JournalLoss } from './log.ts';
import { spanOf } from './outbox-lane.ts';

/** Of these the hub is told. */
const MAX_LOSSES = 256;

/**
 * Times are the more exact the less is joined, so losses join only when there are too many, the oldest first: two of one
 * source and reason, or of one reason if each source has one alone. How much was lost for a reason never changes.
 */
export function boundedLosses(losses: readonly JournalLoss[], most = MAX_LOSSES): readonly JournalLoss[] {
  let left = losses;
  while (left.length > most) {
    const joined =
      joinedOldest(left, (a, b) => a.source === b.source && a.reason === b.reason) ??
      joinedOldest(left, (a, b) => a.reason === b.reason);
    if (!joined) return left;
    left = joined;
  }
  return left;
}

/** The first that has one like it takes that in. */
function joinedOldest(
  losses: readonly JournalLoss[],
  alike: (a: JournalLoss, b: JournalLoss) => boolean,
): readonly JournalLoss[] | undefined {
  for (const [i, loss] of losses.entries()) {
    const other = losses.findIndex((later, j) => j > i && alike(loss, later));
    if (other > 0) return losses.with(i, join(loss, losses[other])).toSpliced(other, 1);
  }
  return undefined;
}

function join(a: JournalLoss, b: JournalLoss): JournalLoss {
  return {
    source: a.source === b.source ? a.source : '',
    reason: a.reason,
    entries: a.entries + b.entries,
    samples: a.samples + b.samples,
    sequences: {
      from: Math.min(a.sequences.from, b.sequences.from),
      to: Math.max(a.sequences.to, b.sequences.to),
    },
    times: a.times && b.times && spanOf(a.times, b.times),
  };
}
