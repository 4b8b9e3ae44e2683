import type { SeriesDefinition } from '@sluis/protocol';
import type { OperatorDefinition } from '../operator.ts';
import { type ContractError } from './contract-error.ts';
import { addCounts, type Counts, Instance, type InstanceOptions } from './instance.ts';
import type { Line, Sample, SampleValue } from './sample.ts';
import { cutStep, type Step, stepsOf, type TimeOptions } from './steps.ts';

/** What may happen to an operator without any of it showing. Lines are numbered from 0. */
export interface Disturbance {
  /** How often the batch is cut before this line: twice, or once where it begins anyway, makes a batch without rows. */
  readonly cuts?: (line: number) => number;
  /** What happens before a batch that begins with this line. */
  readonly before?: (line: number) => 'nothing' | 'snapshot' | 'restore';
  /** Series that have the first ids in the table of each life, counted from 0. */
  readonly series?: (life: number) => readonly SeriesDefinition[];
  /** Another instance gets other values of the same series, one batch later. */
  readonly beside?: boolean;
}

export interface Played {
  /** What each block of lines between ticks led to. */
  readonly blocks: readonly (readonly Sample[])[];
  /** How far each block has brought which series, as far as the operator has said so. */
  readonly watermarks: readonly ReadonlyMap<string, number>[];
  readonly counts: Counts;
  /** What of the contract was broken, until now. */
  violations(): readonly ContractError[];
}

export interface Subject<Config> {
  readonly operator: OperatorDefinition<Config>;
  /** As the schema gives it. */
  readonly config: Config;
  readonly options: TimeOptions & InstanceOptions;
}

/**
 * Plays the lines to an operator, disturbed. `restore` goes on with an instance that begins with the last snapshot, or the state
 * as it is if there is none, and repeats what came since, as a stream does after a crash.
 */
export function play<Config>(
  { operator, config, options }: Subject<Config>,
  lines: readonly Line[],
  { cuts = () => 0, before = () => 'nothing', series = () => [], beside = false }: Disturbance = {},
): Played {
  const given = stepsOf(lines, options);
  const steps = given.flatMap((step) => cutStep(step, cuts));
  const blocks: Sample[][] = given.map(() => []);
  const watermarks = given.map(() => new Map<string, number>());
  const counts: Record<string, number> = {};
  const lives = [new Instance(operator, config, { ...options, known: series(0) })];
  const neighbour = beside ? new Instance(operator, config, options) : undefined;
  let saved: { image: InstanceOptions['image']; at: number } | undefined;

  steps.forEach((step, i) => {
    const event = i === 0 ? 'nothing' : before(step.places[0]);
    const current = lives[lives.length - 1];
    if (event === 'snapshot') saved = { image: current.snapshot(), at: i };
    if (event === 'restore') {
      const { image, at } = saved ?? { image: current.snapshot(), at: i };
      saved = undefined;
      const life = new Instance(operator, config, { ...options, known: series(lives.length), ...(image && { image }) });
      for (const repeated of steps.slice(at, i)) life.next(repeated);
      lives.push(life);
    }
    const results = lives[lives.length - 1].next(step);
    for (const one of results.samples) blocks[step.block].push(one);
    for (const { series, unit, time } of results.watermarks) {
      const key = unit === '' ? series : `${series} (${unit})`;
      const before = watermarks[step.block].get(key) ?? Number.NEGATIVE_INFINITY;
      watermarks[step.block].set(key, Math.max(time, before));
    }
    addCounts(counts, results.counts);
    if (neighbour && i > 0) neighbour.next(withOtherValues(steps[i - 1]));
  });
  return {
    blocks,
    watermarks,
    counts,
    violations: () => {
      for (const life of lives) life.checkOutput();
      return lives.flatMap(({ violations }) => violations);
    },
  };
}

function withOtherValues(step: Step): Step {
  return { ...step, samples: step.samples.map((sample) => ({ ...sample, value: otherThan(sample.value) })) };
}

function otherThan(value: SampleValue): SampleValue {
  if (typeof value === 'number') return value * 2 + 1;
  if (typeof value === 'bigint') return value === 0n ? 1n : 0n;
  return typeof value === 'boolean' ? !value : `${value}, or not`;
}
