import type { Result } from '../scenario.ts';
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
