import type { RetentionRule, SampleFile } from './sample-files.ts';

/** Of a duration: rows stay so much longer at most, so that a file is written again ten times in it and not each hour. */
const SLACK = 0.1;
/** How often in a duration it is looked whether something has expired, and hot rows become files so that they can. */
const CHECKS = 40;
const SEALS = 20;
/** µs. */
const SHORTEST_MS = 1_000;
const LONGEST_CHECK_MS = 600_000;
/** A timer of more than 24 days fires at once, again and again. */
const LONGEST_SEAL_MS = 86_400_000;
const US_PER_MS = 1_000;

/** Once the size limit is passed, so much of it is freed at a time. */
const FREED_AT_ONCE = 0.05;

/** When rules are applied, in ms. */
export interface RetentionTimes {
  readonly checkMs: number;
  /** No hot row waits longer than this for a file. */
  readonly sealMs: number;
}

/** Undefined where no rule asks for anything. */
export function retentionTimes(rules: readonly RetentionRule[]): RetentionTimes | undefined {
  if (rules.length === 0) return undefined;
  const shortestMs = Math.min(...rules.map(({ keep }) => keep)) / US_PER_MS;
  return {
    checkMs: Math.min(LONGEST_CHECK_MS, Math.max(SHORTEST_MS, shortestMs / CHECKS)),
    sealMs: Math.min(LONGEST_SEAL_MS, Math.max(SHORTEST_MS, shortestMs / SEALS)),
  };
}

/** Rules by which a file is due to be written again: with the slack. */
export function dueRules(rules: readonly RetentionRule[]): RetentionRule[] {
  return rules.map(({ match, keep }) => ({ match, keep: Math.ceil(keep * (1 + SLACK)) }));
}

/** Files that go as a whole, or one that is written again without its rows before a time. */
export type Reclaim =
  | { readonly drop: readonly SampleFile[] }
  | { readonly rewrite: SampleFile; readonly dropBefore: number };

export interface SizeLimit {
  readonly maxBytes: number;
  /** µs. */
  readonly now: number;
  /** What cannot be read cannot be written again; it can go as a whole. */
  isReadable(file: SampleFile): boolean;
}

/**
 * What to do next so that files take less than `maxBytes`; undefined if they do, or nothing can be done. The oldest event time goes first: rows
 * before a time chosen so that the rest would fit with something to spare, if rows lay evenly in each file. Files that
 * lie before it go at once and cost no space; others are written again, one by one, the one that gives most first. One
 * machine whose clock is years ahead stretches a file: its rows do not lie evenly up to there, so only the time up to now
 * counts.
 */
export function nextReclaim(
  files: readonly SampleFile[],
  { maxBytes, now, isReadable }: SizeLimit,
): Reclaim | undefined {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= maxBytes) return undefined;
  const spans = files.map((file) => ({
    ...file,
    lastTime: file.firstTime < now ? Math.min(file.lastTime, now) : file.lastTime,
  }));
  const cutoff = cutoffThatFrees(spans, total - maxBytes * (1 - FREED_AT_ONCE));
  const drop = files.filter(({ lastTime }) => lastTime < cutoff);
  if (drop.length > 0) return { drop };
  const across = spans.filter((file) => file.firstTime < cutoff && isReadable(file));
  const [most] = across.toSorted((a, b) => freedBy(b, cutoff) - freedBy(a, cutoff));
  const rewrite = files.find((file) => file.id === most?.id);
  return rewrite && { rewrite, dropBefore: cutoff };
}

/** The earliest time before which rows take at least `bytes`. */
function cutoffThatFrees(files: readonly SampleFile[], bytes: number): number {
  let low = files.reduce((first, { firstTime }) => Math.min(first, firstTime), Infinity);
  let high = files.reduce((last, { lastTime }) => Math.max(last, lastTime), -Infinity) + 1;
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (files.reduce((sum, file) => sum + freedBy(file, middle), 0) >= bytes) high = middle;
    else low = middle;
  }
  return high;
}

function freedBy({ bytes, firstTime, lastTime }: SampleFile, cutoff: number): number {
  return bytes * Math.min(1, Math.max(0, (cutoff - firstTime) / (lastTime + 1 - firstTime)));
}
