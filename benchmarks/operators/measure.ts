import { filterRows, mapValues, type OperatorContext, perSample, type SampleBatch } from '@sluis/plugin-sdk';
import { map, type OperatorFunction } from 'rxjs';
import { inTurns, type Rate, rateOf } from '../measure/rounds.ts';
import type { Figure } from '../scenario.ts';
import { besideYardstick, checkSame, operatorsOf } from './beside.ts';
import type { Fed } from './input.ts';
import { yardsticks } from './yardsticks.ts';

/** An operator may take so many times as long as a loop that somebody writes for it. */
const TIMES = 4;
/** What the operators' yardsticks are. */
export const LOOP = 'a loop over the columns';

/** Each operator of the registry beside its yardstick; `progress` is told which. */
export function measureOperators(rows: number, progress: (text: string) => void): Figure[] {
  return Object.entries(yardsticks).map(([name, yardstick]) => {
    progress(`${name}, and a loop that does the same`);
    checkSame(name, yardstick);
    const { operator, loop } = rates(besideYardstick(name, yardstick, rows));
    return {
      ...figure(name, operator),
      yardstick: { what: LOOP, ...loop },
      ratioTarget: { atLeast: 1 / TIMES },
    };
  });
}

type Create = (context: OperatorContext<undefined>) => OperatorFunction<SampleBatch, SampleBatch>;

const perSampleFilter: Create = (context) =>
  perSample(context, (sample, emit) => Number(sample.value) < 250 && emit(sample));
const columnsFilter: Create = () => map((batch) => filterRows(batch, (row) => batch.value[row] < 250));
const perSampleMap: Create = (context) =>
  perSample(context, (sample, emit) => emit({ ...sample, value: Number(sample.value) * 1.8 + 32 }));
const columnsMap: Create = () => map((batch) => mapValues(batch, (value) => value * 1.8 + 32));

/** What an author gives up who sees one sample at a time, beside the same with the helpers for columns. */
export function measurePerSample(rows: number): Figure[] {
  const { oneFiltered, filtered, oneMapped, mapped } = rates({
    oneFiltered: operatorOf(perSampleFilter, rows),
    filtered: operatorOf(columnsFilter, rows),
    oneMapped: operatorOf(perSampleMap, rows),
    mapped: operatorOf(columnsMap, rows),
  });
  return [
    { ...figure('perSample that passes half', oneFiltered), yardstick: { what: 'filterRows', ...filtered } },
    { ...figure('perSample that reckons', oneMapped), yardstick: { what: 'mapValues', ...mapped } },
  ];
}

function operatorOf(create: Create, rows: number): Fed {
  return operatorsOf([{ operator: { create }, config: undefined }], rows);
}

export function rates<Name extends string>(works: Record<Name, Fed>): Record<Name, Rate> {
  const timings = inTurns(works);
  const entries = Object.entries<Fed>(works) as [Name, Fed][];
  const result: Partial<Record<Name, Rate>> = {};
  for (const [name, { rows }] of entries) result[name] = rateOf(timings[name], rows);
  return result as Record<Name, Rate>;
}

export function figure(what: string, rate: Rate): Figure {
  return { what, ...rate, unit: 'samples/s', better: 'higher' };
}
