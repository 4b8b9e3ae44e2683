import { Kind, Quality, type SampleBatch } from '@sluis/plugin-sdk';

/**
 * The number that a row has, for an operator that reckons: NaN where there is none, because the row is a text, of bad quality
 * or not a finite number. Booleans are 0 and 1, whole numbers of 64 bits the nearest double.
 */
export function numberAt(
  { value, quality, kind }: SampleBatch,
  row: number,
  without: (why: 'text' | 'bad quality' | 'not a number') => void,
): number {
  if (kind && kind[row] === Kind.text) without('text');
  else if (quality[row] === Quality.bad) without('bad quality');
  else if (!Number.isFinite(value[row])) without('not a number');
  else return value[row];
  return Number.NaN;
}
