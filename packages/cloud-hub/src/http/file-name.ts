import type { Format } from '../query/query.ts';

const MAX_NAME_CHARACTERS = 120;

/**
 * The header that has a browser save an export under the name of its series. A path may hold any character: what a name
 * of a file should not becomes `_`; of a long path the end stays, which tells series apart.
 */
export function attachment(series: string, format: Exclude<Format, 'json'>): string {
  const name = series
    .replaceAll('/', '-')
    .replaceAll(/%2F|[^\w.-]+/g, '_')
    .slice(-MAX_NAME_CHARACTERS)
    .replace(/^[._-]+/, '');
  return `attachment; filename="${name || 'samples'}.${format}"`;
}
