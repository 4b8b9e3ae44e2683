import type { Lane, Range } from '@sluis/protocol';
import type { SegmentTotals, TimeSpan } from './log.ts';
import type { Counts } from './outbox-counts.ts';
import { crcsOf, sumSegments, timesOf } from './outbox-file.ts';
import { spanOf } from './outbox-lane.ts';
import { difference, noSegments, sum } from './segment-totals.ts';
import type { RetainedFile } from './log-shape.ts';
import type { SegmentedLog } from './segmented-log.ts';

/** Of a range, what one file holds. */
export interface HeldPart {
  readonly file: RetainedFile<Counts>;
  readonly part: Range;
}

/** Which segments the files of an outbox hold, and what they add up to. Looking may find a file damaged: it is then lost. */
export class HeldSegments {
  readonly #files: SegmentedLog<Counts>;
  readonly #counts: () => Counts;

  /** `counts`: those at the end of the log. */
  constructor({ files, counts }: { files: SegmentedLog<Counts>; counts: () => Counts }) {
    this.#files = files;
    this.#counts = counts;
  }

  lowest(lane: Lane): number {
    return (this.#files.files[0]?.start ?? this.#counts()).lanes[lane].next;
  }

  all(lane: Lane): Range {
    return { from: this.lowest(lane), to: this.#counts().lanes[lane].next };
  }

  in(file: RetainedFile<Counts>, lane: Lane): Range {
    return { from: file.start.lanes[lane].next, to: this.#files.endOf(file).lanes[lane].valid + 1 };
  }

  /** Files that hold some of a range, and which part of it. */
  filesWith(lane: Lane, range: Range): HeldPart[] {
    const found: HeldPart[] = [];
    for (const file of this.#files.files) {
      const held = this.in(file, lane);
      const part = { from: Math.max(range.from, held.from), to: Math.min(range.to, held.to) };
      if (part.from < part.to) found.push({ file, part });
    }
    return found;
  }

  /** What the held segments of a range add up to. */
  sum(lane: Lane, range: Range): SegmentTotals {
    let total = noSegments;
    for (const { file, part } of this.filesWith(lane, range)) {
      const held = this.in(file, lane);
      const whole = part.from === held.from && part.to === held.to;
      const found = whole
        ? difference(this.#files.endOf(file).lanes[lane], file.start.lanes[lane])
        : this.#files.read(file, (open) => sumSegments(open, lane, part));
      total = sum(total, found ?? noSegments);
    }
    return total;
  }

  /** CRCs of what is held of a range, by sequence: those of the first segments. */
  crcs(lane: Lane, range: Range, limit: number): Map<number, number> {
    const found = new Map<number, number>();
    for (const { file, part } of this.filesWith(lane, range)) {
      const crcs = this.#files.read(file, (open) => crcsOf(open, lane, part, limit - found.size)) ?? [];
      for (const [sequence, crc] of crcs) found.set(sequence, crc);
    }
    return found;
  }

  /** Times of what is held of a range, null where they are not known. */
  times(lane: Lane, range: Range): TimeSpan | null {
    const parts = this.filesWith(lane, range);
    const times = parts.map(({ file, part }) => this.#files.read(file, (open) => timesOf(open, lane, part)) ?? null);
    return times.reduce((a, b) => a && b && spanOf(a, b), times[0] ?? null);
  }

  /** Clocks of the first and the last segment of some ranges, in order; none if there is no segment. */
  clocks(lane: Lane, ranges: readonly Range[]): number[] {
    const parts = ranges.flatMap((range) => this.filesWith(lane, range));
    const first = firstDefined(parts, (part) => this.#clockIn(lane, part, 'ASC'));
    const last = firstDefined(parts.toReversed(), (part) => this.#clockIn(lane, part, 'DESC'));
    return first === undefined || last === undefined ? [] : [first, last];
  }

  #clockIn(lane: Lane, { file, part }: HeldPart, order: 'ASC' | 'DESC'): number | undefined {
    const sql = `SELECT clock FROM segment${lane} WHERE sequence >= ? AND sequence < ? ORDER BY sequence ${order} LIMIT 1`;
    const clock = this.#files.read(file, (open) => open.statement(sql).pluck().get(part.from, part.to));
    return typeof clock === 'number' ? clock : undefined;
  }
}

function firstDefined<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
