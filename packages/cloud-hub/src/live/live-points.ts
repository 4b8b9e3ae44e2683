import type { Writable } from 'node:stream';
import { type Columns, matchesPath, qualityNames } from '@sluis/protocol';
import { exactValue, type SeriesIndex } from '../query/series-index.ts';
import { doubleJson, exactJson } from '../query/value-text.ts';

/** One line of what a follower gets. Its ids stand for the series that this or an earlier line has named. */
export interface LiveLine {
  readonly series: readonly { readonly id: number; readonly path: string; readonly unit: string }[];
  /** Series id, time in µs, value (as in JSON samples), quality. */
  readonly points: readonly (readonly [number, number, number | string | boolean, string])[];
  /** Points left out since the line before, because they came faster than the follower reads. */
  readonly dropped: number;
  /** True if more series match than a follower may have. */
  readonly truncated: boolean;
}

/** A line goes out at most so often. */
const LINE_MS = 100;
/** Points of one series that a line carries; of more than that only the latest stays. */
const POINTS_PER_SERIES = 50;
/** Some 500 KiB of text. */
const POINTS_PER_LINE = 10_000;
/** Two points of each still fit a line. */
const SERIES_PER_FOLLOWER = 5_000;

interface Follower {
  readonly matches: readonly ((path: string) => boolean)[];
  /** By series: undefined not looked at, false not followed. */
  readonly followed: (boolean | undefined)[];
  count: number;
  truncated: boolean;
  fresh: number[];
  /** By series: points as JSON, oldest first. */
  pending: Map<number, string[]>;
  points: number;
  dropped: number;
}

/** Brings points to those who follow series while they are stored: all of them, or the latest to a slow reader. */
export class LivePoints {
  readonly #index: SeriesIndex;
  readonly #cuts: () => (path: string) => number;
  readonly #followers = new Set<Follower>();

  /** `cuts` gives those of now: before its cut (µs) a series has no points. */
  constructor({ index, cuts }: { readonly index: SeriesIndex; cuts(): (path: string) => number }) {
    this.#index = index;
    this.#cuts = cuts;
  }

  /** Rows that queries see now; series are the hub's ids. */
  publish(rows: Columns): void {
    if (this.#followers.size === 0) return;
    for (let start = 0, end = 0; start < rows.length; start = end) {
      while (end < rows.length && rows.series[end] === rows.series[start]) end++;
      for (const follower of this.#followers) {
        if (this.#follows(follower, rows.series[start])) offer(follower, rows, start, end);
      }
    }
  }

  /**
   * Writes lines, first with the latest point of each series, until `signal` is aborted. A latest point that was just being
   * loaded comes again as a new one.
   */
  async follow(patterns: readonly string[], to: Writable, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const follower: Follower = {
      matches: patterns.map(matchesPath),
      followed: [],
      count: 0,
      truncated: false,
      fresh: [],
      pending: new Map(),
      points: 0,
      dropped: 0,
    };
    const cutOf = this.#cuts();
    for (let id = 1; id <= this.#index.size; id++) {
      const latest = this.#follows(follower, id) ? this.#index.latest(id) : undefined;
      // Until files are written again the index has what has expired.
      if (!latest || latest.time < cutOf(this.#index.definition(id).path)) continue;
      const { time, value, quality } = latest;
      const text = typeof value === 'number' ? doubleJson(value) : exactJson(value);
      follower.pending.set(id, [pointText(id, time, text, quality)]);
    }
    this.#followers.add(follower);
    let writable = true;
    let first = true;
    const drained = (): void => void (writable = true);
    to.on('drain', drained);
    const { promise: gone, resolve } = Promise.withResolvers<void>();
    const send = (): void => {
      if (!writable || (!first && follower.pending.size === 0 && follower.fresh.length === 0)) return;
      first = false;
      writable = to.write(this.#line(follower));
    };
    send();
    const timer = setInterval(send, LINE_MS);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await gone;
    clearInterval(timer);
    to.off('drain', drained);
    this.#followers.delete(follower);
  }

  #follows(follower: Follower, id: number): boolean {
    const known = follower.followed[id];
    if (known !== undefined) return known;
    const { path } = this.#index.definition(id);
    let follows = follower.matches.some((matches) => matches(path));
    if (follows && follower.count === SERIES_PER_FOLLOWER) {
      follower.truncated = true;
      follows = false;
    }
    follower.followed[id] = follows;
    if (!follows) return false;
    follower.count++;
    follower.fresh.push(id);
    return true;
  }

  #line(follower: Follower): string {
    const series = follower.fresh.map((id) => ({ id, ...this.#index.definition(id) }));
    const points = [...follower.pending.values()].flat().join(',');
    const { dropped, truncated } = follower;
    follower.fresh = [];
    follower.pending = new Map();
    follower.points = 0;
    follower.dropped = 0;
    return `{"series":${JSON.stringify(series)},"points":[${points}],"dropped":${dropped},"truncated":${truncated}}\n`;
  }
}

/** Rows `start` to `end` are one series'. Rows that would be dropped anyway are not formatted. */
function offer(follower: Follower, rows: Columns, start: number, end: number): void {
  const id = rows.series[start];
  const points = follower.pending.get(id) ?? [];
  follower.pending.set(id, points);
  const room = Math.min(POINTS_PER_SERIES - points.length, POINTS_PER_LINE - follower.points);
  const count = end - start;
  const kept = Math.max(1, Math.min(count, room));
  for (let row = end - kept; row < end; row++) {
    const exact = exactValue(rows, row);
    const text = exact === undefined ? doubleJson(rows.value[row]) : exactJson(exact);
    const point = pointText(id, rows.time[row], text, rows.quality[row]);
    if (room > 0 || points.length === 0) {
      points.push(point);
      follower.points++;
    } else {
      points[points.length - 1] = point;
      follower.dropped++;
    }
  }
  follower.dropped += count - kept;
}

function pointText(id: number, time: number, value: string, quality: number): string {
  return `[${id},${time},${value},"${qualityNames[quality]}"]`;
}
