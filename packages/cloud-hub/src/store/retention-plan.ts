import type { FileLimits } from './compaction-options.ts';
import { bytesOf, type RetentionRule, type SampleFile } from './sample-files.ts';

/** Of a duration: rows stay so much longer at most, so that a file is written again ten times in it and not each hour. */
const SLACK = 0.1;
/** How often in a duration rows expire and it is looked for them, and hot rows become files so that they can go. */
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

/** A disk that is full gets space from what is no longer kept. */
export function makesSpace({ limits, isDiskFull }: { limits: FileLimits; isDiskFull(): boolean }): boolean {
  return isDiskFull() && (limits.retention.length > 0 || limits.maxBytes < Number.MAX_SAFE_INTEGER);
}

/** Rules by which a file is due to be written again: with the slack. */
export function dueRules(rules: readonly RetentionRule[]): RetentionRule[] {
  return rules.map(({ match, keep }) => ({ match, keep: Math.ceil(keep * (1 + SLACK)) }));
}

/**
 * The clock that rules go by, in µs. It goes no further than samples do: one that is years ahead must not have everything
 * expire.
 */
export function retentionClock(files: readonly SampleFile[], now: number): number {
  return Math.min(
    now,
    files.reduce((latest, { lastTime }) => Math.max(latest, lastTime), 0),
  );
}

/**
 * Rows of before this time have expired: they do not count, wherever they lie. It moves in steps, so that what is left
 * of a series is seldom counted anew.
 */
export function cutOf({ keep }: RetentionRule, clock: number): number {
  const step = Math.max(1, Math.floor(keep / CHECKS));
  return Math.floor((clock - keep) / step) * step;
}

/**
 * What to do next: from then on rows below the floor do not count; files that hold no others go as a whole; one that holds
 * some is written again without them, or without what lies before a time.
 */
export type Reclaim =
  | { readonly drop: readonly SampleFile[]; readonly floor?: number }
  | { readonly rewrite: SampleFile; readonly dropBefore: number };

export interface SizeLimit {
  readonly maxBytes: number;
  /** Of the view. */
  readonly floor: number;
  /** µs. */
  readonly now: number;
  /** What cannot be read cannot be written again; it can go as a whole. It is not counted: others must not go for it. */
  isReadable(file: SampleFile): boolean;
}

/**
 * What to do next so that files take less than `maxBytes`; undefined if they do, or nothing can be done. The oldest event
 * time goes first. The floor is raised to a time chosen so that the rest would fit with something to spare, if rows lay
 * evenly in each file. All else only cleans up after it: files that lie below go at once and cost no space, those across
 * it are written again one by one, the one that gives most first, while more space is needed.
 *
 * One machine whose clock is years ahead stretches a file: its rows do not lie evenly up to there, so only the time up to
 * now counts. Nor does the floor rise above now: nothing that came later would count. What lies there alone goes without.
 */
export function nextReclaim(
  files: readonly SampleFile[],
  { maxBytes, floor, now, isReadable }: SizeLimit,
): Reclaim | undefined {
  const below = files.filter(({ lastTime }) => lastTime < floor);
  if (below.length > 0) return { drop: below };
  const readable = files.filter(isReadable);
  const total = bytesOf(readable);
  if (total <= maxBytes) return undefined;
  const across = readable.filter(({ firstTime }) => firstTime < floor);
  if (across.length > 0) return { rewrite: mostFreed(across, { cutoff: floor, now }), dropBefore: floor };
  const cutoff = cutoffThatFrees(readable, { bytes: total - maxBytes * (1 - FREED_AT_ONCE), now });
  if (readable.some(({ firstTime }) => firstTime < now)) {
    const raised = Math.min(cutoff, now);
    return { floor: raised, drop: files.filter(({ lastTime }) => lastTime < raised) };
  }
  const drop = readable.filter(({ lastTime }) => lastTime < cutoff);
  return drop.length > 0 ? { drop } : { rewrite: mostFreed(readable, { cutoff, now }), dropBefore: cutoff };
}

function mostFreed(files: readonly SampleFile[], { cutoff, now }: { cutoff: number; now: number }): SampleFile {
  return files.reduce((most, file) => (freedBy(file, { cutoff, now }) > freedBy(most, { cutoff, now }) ? file : most));
}

/** The earliest time before which rows take at least `bytes`. */
function cutoffThatFrees(files: readonly SampleFile[], { bytes, now }: { bytes: number; now: number }): number {
  let low = files.reduce((first, { firstTime }) => Math.min(first, firstTime), Infinity);
  let high = files.reduce((last, { lastTime }) => Math.max(last, lastTime), -Infinity) + 1;
  while (high - low > 1) {
    const cutoff = low + Math.floor((high - low) / 2);
    if (files.reduce((sum, file) => sum + freedBy(file, { cutoff, now }), 0) >= bytes) high = cutoff;
    else low = cutoff;
  }
  return high;
}

function freedBy({ bytes, firstTime, lastTime }: SampleFile, { cutoff, now }: { cutoff: number; now: number }): number {
  const end = (firstTime < now ? Math.min(lastTime, now) : lastTime) + 1;
  return bytes * Math.min(1, Math.max(0, (cutoff - firstTime) / (end - firstTime)));
}
