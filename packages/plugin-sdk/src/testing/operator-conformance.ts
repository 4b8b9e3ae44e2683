import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { namesOf, type OperatorDefinition, type OperatorExample } from '../operator.ts';
import { refusesHiddenState, refusesOutside } from './refuses-hidden-state.ts';
import { replaysExactly } from './replays-exactly.ts';
import { parseConfig, run, type RunOptions } from './run.ts';
import { isSample, isTick } from './sample.ts';
import { format, parse } from './text-form.ts';
import { wildLines } from './wild-lines.ts';

/** Bad days that each configuration lives through. */
const SEEDS = [1, 2, 3];

/** An example that is not worth a place in the documentation. */
export interface OperatorCase<Input> extends OperatorExample<Input> {
  /** What it counts as dropped, by reason; not looked at unless given. */
  readonly counts?: Readonly<Record<string, number>>;
  readonly options?: RunOptions;
}

export interface OperatorConformance<Input> {
  /** Beside the `examples` of the definition. */
  readonly cases?: readonly OperatorCase<Input>[];
  /** Configurations that are refused, each with a part of the message: it names the key, such as `clamp.min`. */
  readonly refuses?: readonly (readonly [config: unknown, message: string])[];
}

/**
 * Declares the tests that every operator passes, in a file of vitest: its examples and cases lead to what they say, all of them and
 * what {@link wildLines} makes of them replay exactly and show no hidden state, and its schema can be shown. Throws a
 * TypeError if there is neither an example nor a case, or no sample in any, for then nothing is tested.
 */
export function operatorConformance<Config, Input>(
  operator: OperatorDefinition<Config, Input>,
  { cases = [], refuses = [] }: OperatorConformance<NoInfer<Input>> = {},
): void {
  const { name, config: schema, examples = [] } = operator;
  const all: readonly OperatorCase<Input>[] = [...examples, ...cases];
  if (all.length === 0) throw new TypeError(`operator '${name}' has no examples: without them nothing of it is tested`);
  if (!all.some(({ given }) => parse(given).some(isSample)))
    throw new TypeError(
      `operator '${name}' has examples without any sample: give one at least, or nothing of it is tested`,
    );

  describe(`the operator ${name}`, () => {
    describe.each(all)('$title', (one) => {
      test('leads to what is expected', () => expectCase(operator, one));

      test('names its series as it says', () => expectNames(operator, one));

      test('replays exactly', () => replaysExactly(operator, one.config, one.given, one.options));

      test('has no hidden state', () => refusesHiddenState(operator, one.config, one.given, one.options));

      test('takes nothing from elsewhere on a bad day', () =>
        refusesOutside(operator, one.config, wildLines(parse(one.given), SEEDS[0]), one.options));

      test.each(SEEDS)('replays bad days exactly (seed %d)', (seed) => {
        replaysExactly(operator, one.config, wildLines(parse(one.given), seed), { ...one.options, seed, rounds: 2 });
      });
    });

    test('has a configuration that editors can show', () => {
      expect(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })).toBeDefined();
    });

    if (refuses.length === 0) return;
    test.each(refuses)('refuses %j: %s', (config, message) => {
      expect(() => parseConfig(operator, config)).toThrow(message);
    });
  });
}

/** Fails, with the lines that differ, if the operator does not lead from what is given to what is expected. */
export function expectCase<Config, Input>(
  operator: OperatorDefinition<Config, Input>,
  { config, given, expected, counts, options }: OperatorCase<NoInfer<Input>>,
): void {
  const result = run(operator, config, given, options);
  const lines = parse(expected);
  expect(format(lines.some(isTick) ? result.lines : result.samples)).toBe(format(lines));
  if (counts) expect(result.counts).toEqual(counts);
}

const OTHER_STREAM = 'another stream';

/** Two streams must not emit into one series, unless the operator says that it keeps names, or has them from its configuration. */
function expectNames<Config, Input>(
  operator: OperatorDefinition<Config, Input>,
  { config, given, options = {} }: OperatorCase<Input>,
): void {
  const names = namesOf(operator, parseConfig(operator, config));
  if (names === 'chosen') return;
  const { samples } = run(operator, config, given, options);
  const others = run(operator, config, given, { ...options, stream: OTHER_STREAM }).samples;
  if (names === 'kept') {
    expect(format(others), "'names' is 'kept': the name of the stream must not show").toBe(format(samples));
    return;
  }
  for (const { series } of others) {
    expect(series.split('/'), "'names' is 'stream': resultPath gives such paths").toContain(OTHER_STREAM);
  }
}
