import { setImmediate as turn } from 'node:timers/promises';
import type { OperatorDefinition } from '../operator.ts';
import { ContractError, type Rule } from './contract-error.ts';
import { difference, differenceOf } from './difference.ts';
import { type Disturbance, play, type Played, type Subject } from './play.ts';
import { betweenLines, otherSeries } from './replays-exactly.ts';
import { parseConfig, type RunOptions } from './run.ts';
import { isSample, isTick, type Line } from './sample.ts';
import { linesOf } from './text-form.ts';
import { withTraps } from './traps.ts';

/** Turns of the event loop in which something that was started may still emit. */
const TURNS = 3;

/** What depends on a clock that no trap knows is something else when it is run again so much later. */
const LATER_MS = 2;
const clock = performance.now.bind(performance);

/** What else is found is mostly a consequence of the first of these. */
const priority: readonly Rule[] = ['timer', 'asynchronous', 'other clock', 'chance', 'outside'];
/** Rows to which the lines are repeated at least, and after how many lines each time the operator is restored. */
const MANY = 400;
const LIFE = 37;

interface Trial {
  readonly rule: Rule;
  readonly what: string;
  readonly disturbance: Disturbance;
  /** Compared with a run whose batches are cut between all lines, not with one without any disturbance. */
  readonly isCut?: boolean;
}

/**
 * Looks for what an operator keeps or takes from elsewhere than its state and its input, and for all else that its contract
 * forbids. Throws a {@link ContractError}: its `rule` tells which part is broken, its message where and what to do.
 *
 * It sees what the given lines lead the operator to do, once and repeated to {@link MANY} samples: give it samples of several
 * series, and ticks. It finds each timer, promise and callback that is made meanwhile, and clocks, chance and files where they
 * are asked for by their names. A clock or chance that a module has got hold of before it finds if the same lines lead to something else a
 * moment later; not, for example, the hour. Nor does it find what other code, or an event source of the module, sends later.
 */
export async function refusesHiddenState<Config, Input>(
  operator: OperatorDefinition<Config, Input>,
  config: NoInfer<Input>,
  given: string | readonly Line[],
  options: RunOptions = {},
): Promise<void> {
  const subject = { operator, config: parseConfig(operator, config), options };
  const lines = linesOf(given);

  const played = await playTrapped(subject, lines);
  const cut: Disturbance = { cuts: betweenLines(lines) };
  const playedCut = play(subject, lines, cut);
  for (const { rule, what, disturbance, isCut } of trialsOf(lines, cut)) {
    const found = differenceOf(subject, lines, isCut ? playedCut : played, disturbance, isCut ? cut : {});
    if (found) throw new ContractError(rule, `${operator.name} ${what}, ${found}`);
  }

  const many = repeated(lines, MANY);
  const cuts = (line: number): number => (line % LIFE === 0 ? 1 : 0);
  const before: Disturbance['before'] = (line) => (line % LIFE === 0 ? 'restore' : 'nothing');
  const found = differenceOf(subject, many, play(subject, many, { cuts }), { cuts, before }, { cuts });
  if (found) {
    throw new ContractError('hidden state', `${operator.name} does something else when it is restored, ${found}`);
  }
}

/**
 * The part of {@link refusesHiddenState} that is about what comes from elsewhere, or later: cheap enough for bad days, on which
 * {@link replaysExactly} does the rest.
 */
export async function refusesOutside<Config, Input>(
  operator: OperatorDefinition<Config, Input>,
  config: NoInfer<Input>,
  lines: readonly Line[],
  options: RunOptions = {},
): Promise<void> {
  await playTrapped({ operator, config: parseConfig(operator, config), options }, lines);
}

async function playTrapped<Config>(subject: Subject<Config>, lines: readonly Line[]): Promise<Played> {
  const { result: played, trapped } = withTraps(() => play(subject, lines));
  const end = clock();
  for (let i = 0; i < TURNS || clock() < end + LATER_MS; i++) await turn();
  const [worst] = trapped.sort((a, b) => priority.indexOf(a.rule) - priority.indexOf(b.rule));
  if (worst) throw new ContractError(worst.rule, worst.found);
  const violations = played.violations();
  const first = violations.find(({ rule }) => rule === 'asynchronous') ?? violations.at(0);
  if (first) throw first;

  const again = difference(played, play(subject, lines));
  if (again) {
    throw new ContractError(
      'shared state',
      [`${subject.operator.name} does something else when it is run again:`, ...again].join('\n'),
    );
  }
  return played;
}

/** The lines again and again, each time later, until there are so many samples. */
function repeated(lines: readonly Line[], samples: number): Line[] {
  const own = lines.filter(isSample).length;
  if (own === 0) return [...lines];
  const times = lines.map((line) => (isTick(line) ? line.tick : line.time));
  const span = Math.max(...times) - Math.min(...times) + 1_000_000;
  return Array.from({ length: Math.ceil(samples / own) }, (_, i) =>
    lines.map((line) => (isTick(line) ? { tick: line.tick + i * span } : { ...line, time: line.time + i * span })),
  ).flat();
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
