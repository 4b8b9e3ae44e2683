import type { SampleBatch, SeriesTable } from '@sluis/protocol';
import type { OperatorFunction } from 'rxjs';
import type { z } from 'zod';
import { checkOperator } from './check-definition.ts';
import type { Log } from './log.ts';
import type { State } from './state.ts';

/** What an operator is created with: once per place in a stream, never shared. */
export interface OperatorContext<Config> {
  readonly config: Config;
  /** The only place where an operator keeps anything from one batch to the next. */
  readonly state: State;
  /**
   * Names of the ids in the batches; `intern` gives an id to a series that the operator emits. A path in another unit is another
   * series, with an id of its own.
   */
  readonly series: SeriesTable;
  /** Name of the stream, and `count` for rows that the operator drops for a reason people should see. */
  readonly stream: string;
  readonly log: Log;
  count(reason: string, rows: number): void;
}

/**
 * What an operator's series are called. `kept`: as those that it received. `stream`: all have the stream's name in their
 * path, as {@link resultPath} gives it, so that no other stream emits the same. `chosen`: as its configuration says, so that
 * other streams may emit the same, whatever the names were before.
 */
export type OutputNames = 'kept' | 'stream' | 'chosen';

/** As a method, for an operator whose configuration was checked may be used without its type being known. */
type NamesOf<Config> = { names(config: Config): OutputNames }['names'];

/** A configuration with what comes in and what goes out: a test, and a part of the operator's page. */
export interface OperatorExample<Input = unknown> {
  /** What it shows, as a heading. */
  readonly title: string;
  /** As written in a file. */
  readonly config: Input;
  /** Samples and ticks, and the samples that these lead to, in the test kit's text form: `0s  m1/t  20.5`. */
  readonly given: string;
  readonly expected: string;
}

/**
 * An operator folds batches into batches. The contract:
 *
 * - It is synchronous: all that a batch leads to is emitted before `next` returns.
 * - It folds sample by sample in the order of rows: how rows are cut into batches does not show in what it emits.
 * - It keeps state in `context.state` only, so that it can be snapshotted, restored and replayed bit by bit.
 * - It forwards empty batches: a batch without rows still carries time. Timers fire when `tick` has grown.
 * - It forwards watermarks: those that came in, of the same series or of those that they become, none that is ahead. Only
 *   where it drops all rows of a series it may drop its watermarks.
 * - It takes no time and no chance from anywhere else: `batch.tick` is the clock.
 * - It does not write to the columns of a batch that it received.
 * - Ids are names, not an order: after a restore a series may have another. Nothing that is emitted depends on which.
 *
 * `Config` is what `create` gets, `Input` what is written in a file: the schema leads from one to the other.
 */
export interface OperatorDefinition<Config, Input = unknown> {
  /** Key of the step in a stream's `steps`: letters and digits, the first a small letter. */
  readonly name: string;
  /** A whole number from 1, raised whenever the state's meaning changes: a snapshot of another version is not restored. */
  readonly version: number;
  /** What it does, in one sentence: shown by editors, and the first of its page. */
  readonly summary: string;
  /** From it come checks, the JSON Schema, what editors offer, and the operator's page. */
  readonly config: z.ZodType<Config, Input>;
  /** What its series are called; unless given, `kept`. */
  readonly names?: OutputNames | NamesOf<NoInfer<Config>>;
  readonly examples?: readonly OperatorExample<NoInfer<Input>>[];
  create(context: OperatorContext<NoInfer<Config>>): OperatorFunction<SampleBatch, SampleBatch>;
}

/** Checks a definition, and gives its types to `create`. Throws a TypeError that names the key that is wrong. */
export function defineOperator<Config, Input>(
  definition: OperatorDefinition<Config, Input>,
): OperatorDefinition<Config, Input> {
  checkOperator(definition);
  return definition;
}

/** What the series of an operator with this configuration are called. */
export function namesOf<Config>({ names = 'kept' }: OperatorDefinition<Config>, config: Config): OutputNames {
  return typeof names === 'function' ? names(config) : names;
}
