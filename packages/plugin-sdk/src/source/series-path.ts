import type { SeriesTable } from '@sluis/protocol';
import { SeriesLimitError, type SourceContext } from '../source.ts';

/** Path of a series: the site, then `levels`, in which a `/` is written `%2F` and all else stays as it is. */
export function seriesPath(site: string, levels: readonly string[]): string {
  return [site, ...levels.map(pathLevel)].join('/');
}

export function pathLevel(name: string): string {
  return name.includes('/') ? name.replaceAll('/', '%2F') : name;
}

/**
 * The id of the series at a path, or undefined where it would be one more than the limit: the sample is then counted as
 * rejected, and is to be left out.
 */
export function seriesId(
  context: Pick<SourceContext<unknown>, 'reject'> & { readonly series: Pick<SeriesTable, 'intern'> },
  path: string,
  unit = '',
): number | undefined {
  try {
    return context.series.intern(path, unit);
  } catch (error) {
    if (!(error instanceof SeriesLimitError)) throw error;
    context.reject('series limit', 1, error.message);
    return undefined;
  }
}
