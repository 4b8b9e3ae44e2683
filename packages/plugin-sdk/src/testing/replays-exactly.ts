import type { SeriesDefinition } from '@sluis/protocol';
import type { OperatorDefinition } from '../operator.ts';
import { ContractError, type Rule } from './contract-error.ts';
import { differenceOf } from './difference.ts';
import { type Disturbance, play } from './play.ts';
import { randomAt, shuffled } from './random.ts';
import { parseConfig, type RunOptions } from './run.ts';
import { isTick, type Line } from './sample.ts';
import { stepsOf } from './steps.ts';
import { linesOf } from './text-form.ts';

const ROUNDS = 8;
/** How often, in a random round, a batch is cut before a line; an empty one is given; a snapshot is taken; an instance ends. */
const CUT = 0.4;
const EMPTY = 0.1;
const SNAPSHOT = 0.3;
const RESTORE = 0.3;
/** How many of the series have an id before the snapshot is restored. */
const KNOWN = 0.5;

export interface ReplayOptions extends RunOptions {
  /** Where chance begins; the same seed does the same. */
  readonly seed?: number;
  /** Rounds with random cuts and restores, beside two that cut and restore wherever there is a line, or a tick. */
  readonly rounds?: number;
}

/**
 * Runs an operator once undisturbed, and then with batches cut and joined at random, empty batches between them, and instances that
 * end and go on from a snapshot, where series have other ids: what is emitted must be the same to the bit, in the same order, with the
 * same revisions, lanes and counts. Throws a {@link ContractError} with the seed and the first lines that suffice to see it.
 */
export function replaysExactly<Config, Input>(
  operator: OperatorDefinition<Config, Input>,
  config: NoInfer<Input>,
  given: string | readonly Line[],
  options: ReplayOptions = {},
): void {
  const { seed = 1, rounds = ROUNDS, ...rest } = options;
  const subject = { operator, config: parseConfig(operator, config), options: rest };
  const lines = linesOf(given);
  const undisturbed = play(subject, lines);
  const [violation] = undisturbed.violations();
  if (violation) throw violation;
  for (let round = 0; round < rounds + 2; round++) {
    const disturbance = disturbanceOf(round, seed, lines);
    const found = differenceOf(subject, lines, undisturbed, disturbance);
    if (!found) continue;
    const rule = ruleOf(disturbance, (part) => differenceOf(subject, lines, undisturbed, part) !== undefined);
    throw new ContractError(rule, `${operator.name} does not replay exactly (seed ${seed}, round ${round}) ${found}`);
  }
}

/** Which part of the disturbance suffices to be seen. */
function ruleOf({ cuts, series }: Disturbance, shows: (part: Disturbance) => boolean): Rule {
  if (series && [0, 1, 2].some((life) => shows({ series: () => series(life) }))) return 'order of ids';
  return cuts && shows({ cuts }) ? 'batch boundaries' : 'hidden state';
}

function disturbanceOf(round: number, seed: number, lines: readonly Line[]): Disturbance {
  const series = (life: number): SeriesDefinition[] => {
    const others = otherSeries(lines, randomAt(seed, round, life) * 2 ** 32);
    // The rest get theirs from the snapshot, or with their first sample.
    return others.filter((_, i) => randomAt(seed, round, life, i) < KNOWN);
  };
  const everywhere = betweenLines(lines);
  if (round === 0) return { cuts: everywhere, before: () => 'restore', series };
  if (round === 1) return { before: () => 'restore', series };
  return {
    cuts: (line) => (randomAt(seed, round, line, 0) < CUT ? (randomAt(seed, round, line, 1) < EMPTY ? 2 : 1) : 0),
    before: (line) => {
      const chance = randomAt(seed, round, line, 2);
      return chance < RESTORE ? 'restore' : chance < RESTORE + SNAPSHOT ? 'snapshot' : 'nothing';
    },
    series,
  };
}

/** Series that have ids already, so that all have other ids than they would have, also in another order. */
export function otherSeries(lines: readonly Line[], seed: number): SeriesDefinition[] {
  const units = new Map(['other/a', 'other/b', 'other/c'].map((path) => [path, '']));
  for (const line of lines) if (!isTick(line) && !units.has(line.series)) units.set(line.series, line.unit);
  return shuffled([...units], seed).map(([path, unit]) => ({ path, unit }));
}

/** Cuts that make a batch of each sample, and none without rows. */
export function betweenLines(lines: readonly Line[]): (place: number) => number {
  const starts = new Set(stepsOf(lines).map(({ places }) => places[0]));
  return (place) => (starts.has(place) ? 0 : 1);
}
