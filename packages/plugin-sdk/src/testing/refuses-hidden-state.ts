import { setImmediate as turn } from 'node:timers/promises';
import type { OperatorDefinition } from '../operator.ts';
import { ContractError, type Rule } from './contract-error.ts';
import { difference, differenceOf } from './difference.ts';
import { type Disturbance, play } from './play.ts';
import { betweenLines, otherSeries } from './replays-exactly.ts';
import { parseConfig, type RunOptions } from './run.ts';
import type { Line } from './sample.ts';
import { linesOf } from './text-form.ts';
import { withTraps } from './traps.ts';

/** Turns of the event loop in which something that was started may still emit. */
const TURNS = 3;

/** What else is found is mostly a consequence of the first of these. */
const priority: readonly Rule[] = ['timer', 'asynchronous', 'other clock', 'chance'];

interface Trial {
  readonly rule: Rule;
  readonly what: string;
  readonly disturbance: Disturbance;
  /** Compared with a run whose batches are cut between all lines, not with one without any disturbance. */
  readonly isCut?: boolean;
}

/**
 * Looks for what an operator keeps or takes from elsewhere than its state and its input, and for all else that its contract
 * forbids. Throws a {@link ContractError}: its `rule` tells which part is broken, its message where and what to do. It sees
 * what the given lines lead the operator to do: give it samples of several series, and ticks.
 */
export async function refusesHiddenState<Config, Input>(
  operator: OperatorDefinition<Config, Input>,
  config: NoInfer<Input>,
  given: string | readonly Line[],
  options: RunOptions = {},
): Promise<void> {
  const subject = { operator, config: parseConfig(operator, config), options };
  const lines = linesOf(given);

  const { result: played, trapped } = withTraps(() => play(subject, lines));
  for (let i = 0; i < TURNS; i++) await turn();
  const [worst] = trapped.sort((a, b) => priority.indexOf(a.rule) - priority.indexOf(b.rule));
  if (worst) throw new ContractError(worst.rule, worst.found);
  const violations = played.violations();
  const first = violations.find(({ rule }) => rule === 'asynchronous') ?? violations.at(0);
  if (first) throw first;

  const again = difference(played, play(subject, lines));
  if (again) {
    throw new ContractError(
      'shared state',
      [`${operator.name} does something else when it is run again:`, ...again].join('\n'),
    );
  }
  const cut: Disturbance = { cuts: betweenLines(lines) };
  const playedCut = play(subject, lines, cut);
  for (const { rule, what, disturbance, isCut } of trialsOf(lines, cut)) {
    const found = differenceOf(subject, lines, isCut ? playedCut : played, disturbance, isCut ? cut : {});
    if (found) throw new ContractError(rule, `${operator.name} ${what}, ${found}`);
  }
}

function trialsOf(lines: readonly Line[], cut: Disturbance): Trial[] {
  return [
    {
      rule: 'shared state',
      what: 'does something else beside another instance',
      disturbance: { ...cut, beside: true },
      isCut: true,
    },
    ...[1, 2, 3].map((seed): Trial => {
      const series = otherSeries(lines, seed);
      const disturbance = { series: () => series };
      return { rule: 'order of ids', what: 'does something else where series have other ids', disturbance };
    }),
    {
      rule: 'hidden state',
      what: 'does something else when it is restored from a snapshot',
      disturbance: { ...cut, before: () => 'restore' },
      isCut: true,
    },
    { rule: 'batch boundaries', what: 'does something else when batches are cut', disturbance: cut },
    {
      rule: 'batch boundaries',
      what: 'does something else when batches without rows come between',
      disturbance: { cuts: () => 1 },
    },
  ];
}
