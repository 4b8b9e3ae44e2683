import {
  BatchBuilder,
  type Columns,
  Kind,
  Lane,
  noRows,
  Quality,
  type SampleBatch,
  SeriesTable,
} from '@sluis/protocol';
import * as fc from 'fast-check';
import { Subject } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { OperatorContext } from '../operator.ts';
import { OperatorState } from '../state/operator-state.ts';
import { bySeries } from './by-series.ts';
import { carrying } from './carrying.ts';
import { filterRows } from './filter-rows.ts';
import { mapValues } from './map-values.ts';
import { type EmittedSample, type OneSample, perSample, type PerSampleOptions } from './per-sample.ts';
import { resultPath, resultSeries } from './result-series.ts';

type Value = number | boolean | bigint | string;
interface Row {
  readonly series: number;
  readonly time: number;
  readonly value: Value;
  readonly quality: number;
  readonly revision: number;
}

const row: fc.Arbitrary<Row> = fc.record({
  series: fc.integer({ min: 0, max: 3 }),
  time: fc.integer({ min: -1000, max: 1000 }),
  value: fc.oneof(fc.double(), fc.boolean(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.string()),
  quality: fc.constantFrom<number>(Quality.good, Quality.uncertain, Quality.bad),
  revision: fc.constantFrom(0, 0, 1, 65_535),
});
const rows = fc.array(row, { maxLength: 40, size: 'max' });

function columnsOf(rows: readonly Row[]): Columns {
  const builder = new BatchBuilder();
  for (const { series, time, value, quality, revision } of rows) {
    if (typeof value === 'number') builder.double(series, time, value, quality);
    else if (typeof value === 'boolean') builder.boolean(series, time, value, quality);
    else if (typeof value === 'string') builder.text(series, time, value, quality);
    else builder.integer(series, time, value, Kind.int64, quality);
    if (revision === 0) continue;
    builder.revision ??= new Uint16Array(builder.series.length);
    builder.revision[builder.length - 1] = revision;
  }
  return builder.take();
}

function rowsOf(columns: Columns): Row[] {
  return Array.from({ length: columns.length }, (_, i) => {
    const { value, integer, texts, text } = columns;
    const values: Record<number, Value | undefined> = {
      [Kind.double]: value[i],
      [Kind.boolean]: value[i] === 1,
      [Kind.int64]: integer?.[i],
      [Kind.text]: texts?.[text?.[i] ?? -1],
    };
    return {
      series: columns.series[i],
      time: columns.time[i],
      value: values[columns.kind?.[i] ?? Kind.double] ?? expect.fail(),
      quality: columns.quality[i],
      revision: columns.revision?.[i] ?? 0,
    };
  });
}

const time = {
  position: 7,
  tick: 5,
  horizon: 9,
  watermarks: { series: Uint32Array.of(0), time: Float64Array.of(3) },
};

test('filterRows keeps the rows for which the test is true, also where tests filter themselves', () => {
  fc.assert(
    fc.property(rows, rows, (all, others) => {
      const batch = { ...columnsOf(all), ...time };
      const other = columnsOf(others);
      const isKept = ({ time, series }: Row): boolean => time > 0 || series === 1;
      const filtered = filterRows(batch, (i) => {
        filterRows(other, (j) => j % 2 === 0);
        return isKept(all[i]);
      });
      expect(rowsOf(filtered)).toEqual(all.filter(isKept));
      expect(filtered).toMatchObject(time);
      if (all.every(isKept)) expect(filtered).toBe(batch);
    }),
  );
});

test('mapValues gives doubles of all but text, and changes nothing that it received', () => {
  fc.assert(
    fc.property(rows, (all) => {
      const batch = { ...columnsOf(all), ...time };
      const mapped = mapValues(batch, (value, i) => value + all[i].time);
      expect(rowsOf(mapped)).toEqual(
        all.map((row) => (typeof row.value === 'string' ? row : { ...row, value: Number(row.value) + row.time })),
      );
      expect(mapped).toMatchObject(time);
      expect(rowsOf(batch)).toEqual(all);
    }),
  );
});

test('bySeries visits runs that make up all rows', () => {
  fc.assert(
    fc.property(rows, (all) => {
      const visited: number[] = [];
      let last = -1;
      bySeries(columnsOf(all), (series, from, to) => {
        expect(series).not.toBe(last);
        last = series;
        for (let i = from; i < to; i++) visited.push(all[i].series === series ? i : expect.fail());
      });
      expect(visited).toEqual([...all.keys()]);
    }),
  );
});

test('carrying gives other rows what a batch carries, and only that', () => {
  const batch: SampleBatch = { ...columnsOf([{ series: 1, time: 2, value: 'x', quality: 0, revision: 3 }]), ...time };
  expect(carrying(batch, noRows)).toStrictEqual({ ...noRows, ...time });
  expect(carrying({ ...batch, lane: Lane.alarm }, noRows)).toStrictEqual({ ...noRows, ...time, lane: Lane.alarm });
});

test('results have series of their own, each interned once, with their units', () => {
  const series = new SeriesTable([{ path: 'lab/m1/t', unit: 'Cel' }]);
  const context = { series, stream: 'ten' };
  expect(resultPath(context, 0, 'rate')).toBe('lab/m1/t/ten/rate');
  const rate = resultSeries(context, 'rate', (unit) => `${unit}/s`);
  expect([rate(0), rate(0), series.size]).toEqual([1, 1, 2]);
  expect(series.definition(1)).toEqual({ path: 'lab/m1/t/ten/rate', unit: 'Cel/s' });
  const later = series.intern('lab/m2/t', 'bar');
  expect(series.definition(resultSeries(context, 'max')(later))).toEqual({ path: 'lab/m2/t/ten/max', unit: 'bar' });
});

describe('per sample', () => {
  function run(
    onSample: Parameters<typeof perSample>[1],
    batches: readonly SampleBatch[],
    options?: PerSampleOptions,
  ): SampleBatch[] {
    const series = new SeriesTable(['a', 'b', 'c', 'd'].map((path) => ({ path, unit: '' })));
    const unused = (): void => undefined;
    const context: OperatorContext<null> = {
      config: null,
      state: new OperatorState(series),
      series,
      stream: 's',
      log: { debug: unused, info: unused, warn: unused, error: unused },
      count: unused,
    };
    const input = new Subject<SampleBatch>();
    const emitted: SampleBatch[] = [];
    input.pipe(perSample(context, onSample, options)).subscribe((batch) => emitted.push(batch));
    for (const batch of batches) input.next(batch);
    return emitted;
  }

  test('a sample has all of its row, and what is emitted comes out as it was', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const seen: OneSample[] = [];
        const [emitted] = run(
          (sample, emit) => {
            seen.push(sample);
            emit(sample);
          },
          [{ ...columnsOf(all), ...time }],
        );
        expect(seen).toMatchObject(all.map((row) => ({ ...row, path: 'abcd'[row.series] })));
        expect(rowsOf(emitted)).toEqual(all);
        expect(emitted).toMatchObject(time);
      }),
    );
  });

  test('whole numbers without a sign keep their kind, and other values get the one that they show', () => {
    const builder = new BatchBuilder();
    builder.integer(0, 1, 2n ** 64n - 1n, Kind.uint64);
    const values: unknown[] = [];
    const [emitted] = run(
      (sample, emit) => {
        values.push(sample.value);
        for (const value of [sample.value, 0.5, true, 'on'] satisfies EmittedSample['value'][])
          emit({ ...sample, value });
      },
      [{ ...builder.take(), ...time }],
    );
    expect(values).toEqual([2n ** 64n - 1n]);
    expect([...(emitted.kind ?? [])]).toEqual([Kind.uint64, Kind.double, Kind.boolean, Kind.text]);
  });

  test('onTick is called when the tick has grown, before rows; a lane is that of all that is emitted', () => {
    const calls: number[] = [];
    const emitted = run(
      ({ time }) => calls.push(time),
      [1, 1, 2].map((tick, i) => ({
        ...columnsOf([{ series: 0, time: 100 + i, value: 1, quality: 0, revision: 0 }]),
        ...time,
        tick,
      })),
      { onTick: ({ tick }, emit) => (calls.push(tick), emit({ series: 0, time: tick, value: 0 })), lane: Lane.alarm },
    );
    expect(calls).toEqual([1, 100, 101, 2, 102]);
    expect(emitted.map(({ length, lane }) => [length, lane])).toEqual([
      [1, Lane.alarm],
      [0, Lane.alarm],
      [1, Lane.alarm],
    ]);
  });
});
