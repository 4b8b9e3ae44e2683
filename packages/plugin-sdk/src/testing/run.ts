import type { OperatorDefinition } from '../operator.ts';
import { plainIssues } from '../plain-issues.ts';
import { addCounts, type Counts, Instance, type InstanceOptions } from './instance.ts';
import { isSample, type Line, type Sample } from './sample.ts';
import { stepsOf, type TimeOptions } from './steps.ts';
import { linesOf } from './text-form.ts';

export interface RunOptions extends TimeOptions, Pick<InstanceOptions, 'stream' | 'remembered' | 'isCut'> {}

export interface Run {
  /** All that was emitted, in order. */
  readonly samples: readonly Sample[];
  /** The same, and the ticks among it: what comes behind a tick was emitted because of it or of samples after it. */
  readonly lines: readonly Line[];
  /** Rows that the operator counted as dropped, by reason. */
  readonly counts: Counts;
}

/**
 * Runs an operator over samples and ticks in virtual time: what happens depends on the lines alone. `config` as written in a
 * file. The stream is called `s` unless `options` say otherwise. Throws a {@link ContractError} where the operator breaks its
 * contract, and a TypeError that names the key where the configuration is wrong.
 */
export function run<Config, Input>(
  operator: OperatorDefinition<Config, Input>,
  config: NoInfer<Input>,
  given: string | readonly Line[],
  options: RunOptions = {},
): Run {
  const instance = new Instance(operator, parseConfig(operator, config), options);
  const lines: Line[] = [];
  const counts: Record<string, number> = {};
  for (const step of stepsOf(linesOf(given), options)) {
    if (step.isTick) lines.push({ tick: step.tick });
    const results = instance.next(step);
    for (const emitted of results.samples) lines.push(emitted);
    addCounts(counts, results.counts);
    if (instance.violations.length > 0) throw instance.violations[0];
  }
  return { lines, samples: lines.filter(isSample), counts };
}

/** What `create` gets of a configuration. Throws a TypeError that names the keys that are wrong. */
export function parseConfig<Config, Input>(operator: OperatorDefinition<Config, Input>, config: unknown): Config {
  const result = operator.config.safeParse(config);
  if (result.success) return result.data;
  const issues = plainIssues(result.error.issues).map(
    ({ path, message }) => `${[operator.name, ...path].join('.')}: ${message}`,
  );
  throw new TypeError(issues.join('\n'), { cause: result.error });
}
