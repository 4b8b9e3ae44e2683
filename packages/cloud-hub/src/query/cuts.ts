import { matchesPath } from '@sluis/protocol';
import { cutOf, retentionClock } from '../store/retention-plan.ts';
import type { RetentionRule } from '../store/sample-files.ts';
import type { View } from './view.ts';

/**
 * Rows of a series that lie before its cut do not count: they are below the floor of the view, or a rule has expired
 * them. Files may hold them for as long as they like: writing these again, one by one, changes no answer.
 */
export class Cuts {
  readonly #rules: readonly { readonly rule: RetentionRule; matches(path: string): boolean }[];
  readonly #now: () => number;

  /** `now`: µs. */
  constructor({ retention, now }: { retention: readonly RetentionRule[]; now(): number }) {
    this.#rules = retention.map((rule) => ({ rule, matches: matchesPath(rule.match) }));
    this.#now = now;
  }

  /** The cut of each series, by its path, for who reads this view now. */
  of({ files, floor }: View): (path: string) => number {
    const clock = retentionClock(files, this.#now());
    const rules = this.#rules.map(({ rule, matches }) => ({ matches, cut: Math.max(floor, cutOf(rule, clock)) }));
    return (path) => rules.find(({ matches }) => matches(path))?.cut ?? floor;
  }
}
