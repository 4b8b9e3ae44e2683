import { type Columns, Kind, Quality, type SeriesTable, kindNames } from '@sluis/protocol';
import { FakeContext as AnyContext } from '@sluis/plugin-sdk/testing';

export { until } from '@sluis/plugin-sdk/testing';

/** A row as tests compare it. */
export interface Row {
  readonly path: string;
  readonly time: number;
  readonly kind: string;
  readonly value: number | boolean | bigint | string;
  /** Left out for good. */
  readonly quality?: number;
}

export function rowsOf(columns: Columns, series: SeriesTable): Row[] {
  return Array.from({ length: columns.length }, (_, i) => {
    const kind = columns.kind?.[i] ?? Kind.double;
    return {
      path: series.path(columns.series[i]),
      time: columns.time[i],
      kind: kindNames[kind],
      value: valueAt(columns, i, kind),
      ...(columns.quality[i] !== Quality.good && { quality: columns.quality[i] }),
    };
  });
}

function valueAt({ value, integer, text, texts }: Columns, i: number, kind: number): Row['value'] {
  if (kind === Kind.boolean) return value[i] === 1;
  if (kind === Kind.text) return texts?.[text?.[i] ?? -1] ?? 'no text';
  if (kind === Kind.int64) return integer?.[i] ?? 'no integer';
  if (kind === Kind.uint64) return BigInt.asUintN(64, integer?.[i] ?? 0n);
  return value[i];
}

/** The surroundings of the test kit, with rows whose times are since 1970, as the formats that are read here have them. */
export class FakeContext<Config> extends AnyContext<Config> {
  /** All rows of writes that were resolved, in order. */
  readonly stored: Row[] = [];
  override clock = 1_700_000_000_000_000;

  protected override kept(rows: Columns): void {
    this.stored.push(...rowsOf(rows, this.series));
  }
}
