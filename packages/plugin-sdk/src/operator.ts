import type { SampleBatch, SeriesTable } from '@sluis/protocol';
import type { OperatorFunction } from 'rxjs';
import type { z } from 'zod';
import type { Log } from './log.ts';
import type { State } from './state.ts';

/** What an operator is created with: once per place in a stream, never shared. */
export interface OperatorContext<Config> {
  readonly config: Config;
  /** The only place where an operator keeps anything from one batch to the next. */
  readonly state: State;
  /** Names of the ids in the batches; `intern` gives an id to a series that the operator emits. */
  readonly series: SeriesTable;
  /** Name of the stream, and `count` for rows that the operator drops for a reason people should see. */
  readonly stream: string;
  readonly log: Log;
  count(reason: string, rows: number): void;
}

/**
 * An operator folds batches into batches. The contract:
 *
 * - It is synchronous: all that a batch leads to is emitted before `next` returns.
 * - It folds sample by sample in the order of rows: how rows are cut into batches does not show in what it emits.
 * - It keeps state in `context.state` only, so that it can be snapshotted, restored and replayed bit by bit.
 * - It forwards empty batches: a batch without rows still carries time. Timers fire when `tick` has grown.
 * - It takes no time and no chance from anywhere else: `batch.tick` is the clock.
 * - It does not write to the columns of a batch that it received.
 */
export interface OperatorDefinition<Config> {
  /** Key of the step in a stream's `steps`. */
  readonly name: string;
  /** Raised whenever the state's meaning changes: a snapshot of another version is not restored. */
  readonly version: number;
  readonly config: z.ZodType<Config>;
  create(context: OperatorContext<Config>): OperatorFunction<SampleBatch, SampleBatch>;
}

export function defineOperator<Config>(definition: OperatorDefinition<Config>): OperatorDefinition<Config> {
  return definition;
}
