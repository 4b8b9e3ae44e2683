import { type Columns, Kind, type OperatorContext, Quality } from '@sluis/plugin-sdk';

/** The value of a row as windows see it; NaN, and counted, where there is no number to aggregate. */
export function numberAt({ count }: Pick<OperatorContext<unknown>, 'count'>, rows: Columns, at: number): number {
  if (rows.kind && rows.kind[at] === Kind.text) {
    count('window: text', 1);
    return Number.NaN;
  }
  if (rows.quality[at] === Quality.bad) {
    count('window: bad quality', 1);
    return Number.NaN;
  }
  if (Number.isNaN(rows.value[at])) count('window: not a number', 1);
  return rows.value[at];
}
