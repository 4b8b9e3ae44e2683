import type { SeriesDefinition, SeriesTable } from '@sluis/protocol';

/**
 * What follows from the path and the unit of a series, found once for each. As it is found again for the same names it is no
 * state; what follows from anything else is.
 */
export function ofSeries<Found extends {}>(
  series: SeriesTable,
  find: (definition: SeriesDefinition) => Found,
): (id: number) => Found {
  const found: (Found | undefined)[] = [];
  return (id) => {
    while (found.length <= id) found.push(undefined);
    return (found[id] ??= find(series.definition(id)));
  };
}
