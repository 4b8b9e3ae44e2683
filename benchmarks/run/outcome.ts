import { isMet } from '../report/numbers.ts';
import type { Result, Unmeasured } from '../scenario.ts';
import type { Load, Machine } from './machine.ts';

/** What became of one scenario. */
export type Outcome = { readonly name: string; readonly about: string; readonly seconds: number } & (
  | { readonly status: 'measured'; readonly result: Result }
  /** It cannot be run here. */
  | { readonly status: 'missing'; readonly why: string }
  | { readonly status: 'failed'; readonly why: string }
);

/** What `--json` writes and `--against` reads. */
export interface Report {
  readonly format: typeof FORMAT;
  /** ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  readonly load: { readonly before: Load; readonly after: Load };
  readonly outcomes: readonly Outcome[];
}

/** Changes when a reader of the older form would misread the newer. */
export const FORMAT = 1;

export function unmeasuredOf(outcome: Outcome): readonly Unmeasured[] {
  return outcome.status === 'measured' ? (outcome.result.unmeasured ?? []) : [];
}

/** Whether a run fails: by a scenario that failed or, if it is strict, by any target that was not met, also for want of data. */
export function isFailed(outcomes: readonly Outcome[], strict: boolean): boolean {
  return outcomes.some((outcome) => {
    if (outcome.status !== 'measured') return strict || outcome.status === 'failed';
    const { figures } = outcome.result;
    return strict && (unmeasuredOf(outcome).length > 0 || figures.some((figure) => isMet(figure) === false));
  });
}
