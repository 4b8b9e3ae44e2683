import type { Log } from '@sluis/plugin-sdk';
import { isClosedBy, Lane, type Range, RangeSet } from '@sluis/protocol';
import { HandedOut } from './handed-out.ts';
import type { HeldSegments } from './held-segments.ts';
import type { LossReason, SegmentTotals, StoredSegment } from './log.ts';
import type { Counts } from './outbox-counts.ts';
import { type SegmentRow, selectSegments } from './outbox-file.ts';
import type { OutboxProgress } from './outbox-progress.ts';
import { difference, noSegments, sum } from './segment-totals.ts';
import type { SegmentedLog } from './segmented-log.ts';

const lanes = Object.values(Lane);

/** What a segment counts beside its bytes, so that a read of many small ones is bounded too. */
const SEGMENT_OVERHEAD = 64;

export interface WaitingSegmentsOptions {
  readonly files: SegmentedLog<Counts>;
  readonly held: HeldSegments;
  readonly progress: OutboxProgress;
  /** Those at the end of the log. */
  readonly counts: () => Counts;
  readonly log: Log;
}

/**
 * Segments that are held and not done. Each leaves once: the hub has it, or it is given up. What was on its way when it
 * was given up and is acked after all is taken back from what is lost.
 */
export class WaitingSegments {
  readonly #options: WaitingSegmentsOptions;
  readonly #handedOut = new HandedOut();
  #total = noSegments;

  constructor(options: WaitingSegmentsOptions) {
    this.#options = options;
  }

  /** What they add up to. */
  get total(): SegmentTotals {
    return this.#total;
  }

  /** Of a lane, or of a part of it. */
  in(lane: Lane, within: Range = this.#options.held.all(lane)): Range[] {
    return this.#options.progress.lane(lane).done.missing(within);
  }

  /** Segments were committed. */
  add(totals: SegmentTotals): void {
    this.#total = sum(this.#total, totals);
  }

  /** Others are held, or done, than were counted. */
  recount(): void {
    this.#total = noSegments;
    for (const lane of lanes)
      for (const range of this.in(lane)) this.#total = sum(this.#total, this.#options.held.sum(lane, range));
  }

  /** A new epoch: nothing is on its way, and all that is held is sent again. */
  restarted(): void {
    this.#handedOut.clear();
    this.recount();
  }

  /**
   * Those of a lane from a sequence on that are about to be sent: at least one if there is any, at most about `maxBytes`.
   * One that is damaged is given up.
   */
  read({ lane, from, maxBytes }: { lane: Lane; from: number; maxBytes: number }): StoredSegment[] {
    const { files, held, counts } = this.#options;
    const found: StoredSegment[] = [];
    let bytes = 0;
    let full = false;
    for (const range of this.in(lane, { from, to: counts().lanes[lane].next })) {
      for (const { file, part } of held.filesWith(lane, range)) {
        const before = { count: found.length, bytes };
        files.read(file, (open) => {
          found.length = before.count;
          ({ bytes } = before);
          for (const row of selectSegments(open, lane).iterate(part.from, part.to)) {
            const segment = row as SegmentRow;
            bytes += segment.bytes.length + SEGMENT_OVERHEAD;
            full = found.length > 0 && bytes > maxBytes;
            if (full) break;
            if (isClosedBy(segment.bytes, segment.crc)) {
              found.push({ lane, ...segment });
              this.#handedOut.read(lane, segment);
            } else this.#loseSegment(lane, segment, file.path);
          }
        });
        if (full) return found;
      }
    }
    return found;
  }

  /** The hub has these. */
  acknowledge(lane: Lane, ranges: readonly Range[]): void {
    const { held, progress } = this.#options;
    const own = progress.lane(lane);
    const all = held.all(lane);
    for (const { sequence, reason, totals } of this.#handedOut.takeReturned(lane, ranges)) {
      progress.giveBack(lane, sequence, totals, reason);
    }
    for (const range of ranges) {
      const within = { from: Math.max(range.from, all.from), to: Math.min(range.to, all.to) };
      for (const acked of own.done.missing(within)) {
        // Sums first: they may find a file damaged, which counts anew what is waiting.
        const total = held.sum(lane, acked);
        const fresh = own.counted.missing(acked).map((range) => held.sum(lane, range));
        this.#total = difference(this.#total, total);
        progress.acknowledge(lane, acked, fresh.reduce(sum, noSegments));
        this.#handedOut.acked(lane, acked);
      }
    }
    const highest = ranges.reduce((greatest, { to }) => Math.max(greatest, to), 0);
    progress.confirm(lane, Math.min(highest, all.to));
  }

  /** The hub has these and no others: what was acked beyond them waits again. Returns how many sequences do. */
  reconcile(lane: Lane, ranges: readonly Range[]): number {
    const { held, progress } = this.#options;
    const { done, closed } = progress.lane(lane);
    const hub = new RangeSet([...ranges, ...closed.ranges]);
    const lowest = held.lowest(lane);
    const forgotten = done.ranges
      .flatMap(({ from, to }) => hub.missing({ from: Math.max(from, lowest), to: Math.max(to, lowest) }))
      .reduce((count, { from, to }) => count + to - from, 0);
    if (forgotten > 0) {
      progress.restart([lane]);
      this.recount();
    }
    this.acknowledge(lane, ranges);
    return forgotten;
  }

  /** What waits of a range will never be sent. Returns what it was. */
  giveUp(lane: Lane, range: Range, reason: LossReason): SegmentTotals {
    const given = this.in(lane, range).map((part) => this.#giveUp(lane, part, reason));
    return given.reduce(sum, noSegments);
  }

  /** A file is gone that held what the counts at its ends tell. */
  lose(from: Counts, to: Counts): void {
    const { progress, log } = this.#options;
    for (const lane of lanes) {
      const sequences = { from: from.lanes[lane].next, to: to.lanes[lane].next };
      const lost = difference(to.lanes[lane], from.lanes[lane]);
      if (lost.segments === 0 || progress.lane(lane).counted.covers(sequences)) continue;
      log.error({ lane, ...sequences, ...lost }, 'segments of the outbox are lost with a damaged file');
      const given = { sequences, samples: lost.samples, crcs: new Map<number, number>() };
      progress.giveUp(lane, given, lost, { reason: 'damaged', times: null, epoch: from.epoch });
    }
  }

  /** Forgets what is done below the lowest that is held. */
  clip(): void {
    const { held, progress } = this.#options;
    for (const lane of lanes) progress.lane(lane).clip(held.lowest(lane));
  }

  #loseSegment(lane: Lane, { sequence, samples }: SegmentRow, path: string): void {
    this.#options.log.error(
      { lane, sequence, samples, path },
      'a segment of the outbox is damaged and will not be sent',
    );
    this.#giveUp(lane, { from: sequence, to: sequence + 1 }, 'damaged');
  }

  #giveUp(lane: Lane, range: Range, reason: LossReason): SegmentTotals {
    const { held, progress, counts } = this.#options;
    // Sums first: they may find a file damaged, which counts anew what is waiting.
    const lost = held.sum(lane, range);
    const { counted, done, unconfirmed } = progress.lane(lane);
    // What an earlier epoch has acked is in no count of what is lost, also where it reaches the hub again.
    const uncounted = counted.missing(range);
    const fresh = uncounted.map((part) => held.sum(lane, part)).reduce(sum, noSegments);
    if (done.covers(range)) return noSegments;
    const { epoch } = counts();
    for (const part of uncounted) this.#handedOut.giveUp(lane, part, reason);
    this.#handedOut.acked(lane, range);
    const times = held.times(lane, range);
    const crcs = held.crcs(lane, range, unconfirmed.room);
    const given = { sequences: range, samples: lost.samples, crcs };
    progress.giveUp(lane, given, fresh, { reason, times, epoch });
    this.#total = difference(this.#total, lost);
    return lost;
  }
}
