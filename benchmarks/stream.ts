/*
 * How fast built-in operators fold batches, on one core, against the same chain in RxJS one sample at a time.
 *
 *   node benchmarks/stream.ts [--seconds 2]
 *
 * Prints one JSON line per scenario. Time is the thread's CPU time, so that other work on the machine counts less. Rows are grouped by series, as the journal gives them.
 */
import { OperatorState } from '@sluis/plugin-sdk';
import { type Columns, noWatermarks, type SampleBatch, SeriesTable } from '@sluis/protocol';
import { parseArgs } from 'node:util';
import { filter, groupBy, mergeMap, type OperatorFunction, Subject } from 'rxjs';
import { operatorOf, type Step, steps } from '../packages/edge-agent/src/operators/index.ts';
import { Repeats } from '../packages/edge-agent/src/streams/repeats.ts';

const { values: options } = parseArgs({ options: { seconds: { type: 'string', default: '2' } } });
const SERIES = 1000;
/** 10 ms between the samples of a series: a window of 10 s has 1000. */
const INTERVAL = 10_000;
const silent = (): void => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

const where = { where: 'value < 500.0' };
const deadband = { deadband: 0.05 };
const window = { window: { every: '10s', aggregate: ['mean', 'min', 'max', 'count'] } };
const spread = { window: { every: '10s', aggregate: ['mean', 'stddev'] } };

interface Scenario {
  readonly name: string;
  readonly rows: number;
  /** Undefined: samples one by one; 'repeats': the stage in front of all streams. */
  readonly steps: readonly object[] | 'repeats' | undefined;
}

const scenarios: readonly Scenario[] = [
  { name: 'where', rows: 65_536, steps: [where] },
  { name: 'deadband', rows: 65_536, steps: [deadband] },
  { name: 'window', rows: 65_536, steps: [window] },
  { name: 'window with stddev', rows: 65_536, steps: [spread] },
  { name: 'where, deadband, window', rows: 65_536, steps: [where, deadband, window] },
  { name: 'where, deadband, window', rows: 8_192, steps: [where, deadband, window] },
  { name: 'repeats', rows: 65_536, steps: 'repeats' },
  { name: 'repeats', rows: 8_192, steps: 'repeats' },
  { name: 'where, deadband, window one by one', rows: 65_536, steps: undefined },
];

/** One batch after another: a random walk per series, the same in each, at times that go on. */
function* batches(rows: number): Generator<Columns, never> {
  const perSeries = Math.ceil(rows / SERIES);
  const length = perSeries * SERIES;
  const series = new Uint32Array(length);
  const time = new Float64Array(length);
  const value = new Float64Array(length);
  // A small generator of its own: the same input in every run.
  let seed = 1;
  for (let row = 0; row < length; row++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const before = row % perSeries === 0 ? 250 : value[row - 1];
    series[row] = Math.floor(row / perSeries);
    time[row] = (row % perSeries) * INTERVAL;
    value[row] = Math.round((before + (seed / 2 ** 32 - 0.5) * 0.4) * 100) / 100;
  }
  for (;;) {
    yield { length, series, time, value, quality: new Uint8Array(length) };
    for (let row = 0; row < length; row++) time[row] += perSeries * INTERVAL;
  }
}

function chain(series: SeriesTable, list: readonly Step[]): Subject<SampleBatch> {
  const input = new Subject<SampleBatch>();
  let stream = input.asObservable();
  for (const step of list) {
    const { operator, config } = operatorOf(step);
    const state = new OperatorState(series);
    stream = stream.pipe(operator.create({ config, state, series, stream: 'bench', log, count: silent }));
  }
  stream.subscribe();
  return input;
}

interface Sample {
  readonly series: number;
  readonly time: number;
  readonly value: number;
}

function oneByOne(): Subject<Sample> {
  const input = new Subject<Sample>();
  const byDeadband: OperatorFunction<Sample, Sample> = (source) => {
    let last = Number.NaN;
    return source.pipe(filter(({ value }) => !(Math.abs(value - last) <= 0.05) && ((last = value), true)));
  };
  const windowed: OperatorFunction<Sample, object> = (source) => {
    let start = Number.NaN;
    let found = { count: 0, sum: 0, min: Infinity, max: -Infinity };
    return source.pipe(
      mergeMap(({ time, value }) => {
        const own = Math.floor(time / 10_000_000) * 10_000_000;
        const closed = own === start || Number.isNaN(start) ? [] : [found];
        if (own !== start) found = { count: 0, sum: 0, min: Infinity, max: -Infinity };
        start = own;
        found.count++;
        found.sum += value;
        found.min = Math.min(found.min, value);
        found.max = Math.max(found.max, value);
        return closed;
      }),
    );
  };
  input
    .pipe(
      filter(({ value }) => value < 500),
      groupBy(({ series }) => series),
      mergeMap((group) => group.pipe(byDeadband, windowed)),
    )
    .subscribe();
  return input;
}

function feeder({ steps: list }: Scenario): (rows: Columns, round: number) => void {
  const series = new SeriesTable(
    Array.from({ length: SERIES }, (_, i) => ({ path: `lab/m${i}/temperature`, unit: '' })),
  );
  if (list === undefined) {
    const input = oneByOne();
    return ({ length, series, time, value }) => {
      for (let i = 0; i < length; i++) input.next({ series: series[i], time: time[i], value: value[i] });
    };
  }
  if (list === 'repeats') {
    const repeats = new Repeats({ series, skew: 86_400_000_000 });
    return (rows, sequence) => void repeats.next({ sequence, source: 'tcp', clock: rows.time[0], rows });
  }
  const input = chain(series, steps.parse(list));
  return (rows, position) =>
    input.next({ ...rows, position, tick: 0, horizon: Number.MAX_SAFE_INTEGER, watermarks: noWatermarks });
}

for (const scenario of scenarios) {
  const feed = feeder(scenario);
  const source = batches(scenario.rows);
  const seconds = Number(options.seconds);
  let samples = 0;
  let busy = 0;
  for (let round = 0; busy < seconds * 1.25; round++) {
    const { value: rows } = source.next();
    const before = process.threadCpuUsage();
    feed(rows, round);
    const { user, system } = process.threadCpuUsage(before);
    busy += (user + system) / 1e6;
    // The first fifth warms up.
    if (busy > seconds * 0.25) samples += rows.length;
  }
  const perSecond = samples / seconds;
  process.stdout.write(
    `${JSON.stringify({ scenario: scenario.name, rows: scenario.rows, millionPerSecond: Number((perSecond / 1e6).toFixed(1)) })}\n`,
  );
}
