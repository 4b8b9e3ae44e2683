import type { OperatorContext } from '../operator.ts';

type Names = Pick<OperatorContext<unknown>, 'series' | 'stream'>;

/**
 * The path of a series with results of another meaning than what came in: `<input path>/<stream>/<what>`. An operator all of
 * whose series have such paths declares `names: 'stream'`.
 */
export function resultPath({ series, stream }: Names, id: number, what: string): string {
  return `${series.path(id)}/${stream}/${what}`;
}

/**
 * Ids of the series at {@link resultPath} by the input's, each looked up once. `unit` makes the result's unit of the input's
 * (both UCUM, '' where unknown); unless given it is the same. What follows from names alone is no state.
 */
export function resultSeries(
  context: Names,
  what: string,
  unit: (input: string) => string = (input) => input,
): (id: number) => number {
  const ids: number[] = [];
  return (id) => {
    while (ids.length <= id) ids.push(UNKNOWN);
    if (ids[id] !== UNKNOWN) return ids[id];
    return (ids[id] = context.series.intern(resultPath(context, id, what), unit(context.series.definition(id).unit)));
  };
}

const UNKNOWN = -1;
