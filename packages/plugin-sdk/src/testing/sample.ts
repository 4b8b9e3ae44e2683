import {
  BatchBuilder,
  type Columns,
  Kind,
  kindNames,
  type Lane,
  type LaneName,
  laneNames,
  Quality,
  qualityNames,
  type SeriesTable,
} from '@sluis/protocol';

/**
 * Where the time of a test starts: 2026-01-01 00:00 UTC, in µs since 1970. It is a whole number of weeks, so that windows
 * of 1s, 10s, 1h, 1d and 7d all have one that starts here.
 */
export const EPOCH = Date.UTC(2026, 0, 1) * 1000;

/** One row of a batch as tests write and compare it. */
export interface Sample {
  readonly series: string;
  /** UCUM unit of the series, '' where unknown. */
  readonly unit: string;
  /** Whole µs since {@link EPOCH}. */
  readonly time: number;
  readonly value: SampleValue;
  readonly kind: (typeof kindNames)[number];
  readonly quality: (typeof qualityNames)[number];
  readonly revision: number;
  readonly lane: LaneName;
}

/** double, boolean, whole number of 64 bits, text. */
export type SampleValue = number | boolean | bigint | string;

/** The agent's clock comes to `tick`, µs since {@link EPOCH}. */
export interface Tick {
  readonly tick: number;
}

/** A sample came, but an earlier step of the stream has dropped it: the operator learns of its time with the next tick. */
export interface Dropped extends Pick<Sample, 'series' | 'unit' | 'time'> {
  readonly dropped: true;
}

/** What a test gives to an operator, or expects of it, in order. */
export type Line = Sample | Tick | Dropped;

export function isTick(line: Line): line is Tick {
  return 'tick' in line;
}

export function isSample(line: Line): line is Sample {
  return 'value' in line;
}

export type SampleOptions = Partial<Omit<Sample, 'series' | 'time' | 'value'>>;

/** A sample of good quality on the data lane, unless `options` say otherwise. A bigint is an int64, or a uint64 if only that holds it. */
export function sample(series: string, time: number, value: SampleValue, options: SampleOptions = {}): Sample {
  const defaults = { unit: '', kind: kindOf(value), quality: 'good', revision: 0, lane: 'data' } as const;
  return { series, time, value, ...defaults, ...options };
}

function kindOf(value: SampleValue): Sample['kind'] {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'bigint') return value >= 2n ** 63n ? 'uint64' : 'int64';
  return 'double';
}

/** Empty between calls: most batches of a test are shorter than what a new one takes. */
const builder = new BatchBuilder();

/** The samples as rows whose ids are of `series`, which gets those that it does not have. */
export function columnsOf(samples: readonly Sample[], series: SeriesTable): Columns {
  builder.truncate(0);
  for (const sample of samples) {
    const id = series.intern(sample.series, sample.unit);
    const time = EPOCH + sample.time;
    const quality = qualityNames.indexOf(sample.quality);
    const { value, kind, revision } = sample;
    if (typeof value === 'boolean') builder.boolean(id, time, value, quality);
    else if (typeof value === 'string') builder.text(id, time, value, quality);
    else if (typeof value === 'bigint') {
      builder.integer(id, time, value, kind === 'uint64' ? Kind.uint64 : Kind.int64, quality);
    } else builder.double(id, time, value, quality);
    if (revision === 0 && !builder.revision) continue;
    builder.revision ??= new Uint16Array(builder.series.length);
    builder.revision[builder.length - 1] = revision;
  }
  return builder.take();
}

/** As people write them: a row of no kind is a double, a batch of no lane is data. */
export function samplesOf(rows: Columns & { readonly lane?: Lane }, series: SeriesTable): Sample[] {
  const lane = laneNames[(rows.lane ?? 2) - 1];
  return Array.from({ length: rows.length }, (_, row) => {
    const { path, unit } = series.definition(rows.series[row]);
    const kind = rows.kind?.[row] ?? Kind.double;
    return {
      series: path,
      unit,
      time: rows.time[row] - EPOCH,
      value: valueAt(rows, row, kind),
      kind: kindNames[kind],
      quality: qualityNames[rows.quality[row] ?? Quality.good],
      revision: rows.revision?.[row] ?? 0,
      lane,
    };
  });
}

function valueAt({ value, integer, text, texts }: Columns, row: number, kind: number): SampleValue {
  if (kind === Kind.boolean) return value[row] === 1;
  if (kind === Kind.text) return texts?.[text?.[row] ?? -1] ?? '';
  if (kind === Kind.int64) return integer?.[row] ?? 0n;
  if (kind === Kind.uint64) return BigInt.asUintN(64, integer?.[row] ?? 0n);
  return value[row];
}

/** True if both are the same to the bit; one NaN is as good as another. */
export function areSame(a: Sample, b: Sample): boolean {
  return (
    a.series === b.series &&
    a.unit === b.unit &&
    a.time === b.time &&
    Object.is(a.value, b.value) &&
    a.kind === b.kind &&
    a.quality === b.quality &&
    a.revision === b.revision &&
    a.lane === b.lane
  );
}
