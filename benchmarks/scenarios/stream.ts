import { OperatorState } from '@sluis/plugin-sdk';
import {
  bytesOf,
  type Columns,
  MAX_SEGMENT_SAMPLES,
  noWatermarks,
  type SampleBatch,
  SeriesTable,
} from '@sluis/protocol';
import { Subject } from 'rxjs';
import { operatorOf, steps } from '../../packages/edge-agent/src/operators/index.ts';
import { Repeats } from '../../packages/edge-agent/src/streams/repeats.ts';
import { oneByOne, type Window } from '../measure/one-by-one.ts';
import { generator } from '../measure/random.ts';
import { inTurns, type Work } from '../measure/rounds.ts';
import type { Context, Figure, Result, Scenario } from '../scenario.ts';

export const stream: Scenario = {
  name: 'stream',
  about: 'where, deadband and a window of 10 s over 1,000 series, against RxJS one sample at a time',
  seconds: 60,
  run,
};

const SERIES = 1_000;
/** µs between the samples of a series: a window of 10 s has 1,000. */
const INTERVAL = 10_000;
/** About so many rows are a call, in however many batches. */
const CALL_ROWS = 64_000;
/** The intake commits at 256 KiB of rows: the batches of an agent that has much to do. */
const COMMIT_BYTES = 256 << 10;
/** One that has fallen behind fills a segment. */
const FULL_ROWS = Math.floor(MAX_SEGMENT_SAMPLES / SERIES) * SERIES;

const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

const where = { where: 'value < 500.0' };
const deadband = { deadband: 0.05 };
const window = { window: { every: '10s', aggregate: ['mean', 'min', 'max', 'count'] } };
const whole = [where, deadband, window];

async function run({ progress }: Context): Promise<Result> {
  checkSame();
  const loaded = rowsOf(COMMIT_BYTES);
  progress('the chain, and one by one');
  const chains = rates({
    loaded: chainOf(whole, loaded),
    full: chainOf(whole, FULL_ROWS),
    scan: chainOf(whole, SERIES),
    single: singlyOf(loaded),
  });
  const yardstick = { what: 'RxJS, one by one', value: chains.single };
  const figure = (what: string, value: number): Figure => ({ what, value, unit: 'samples/s', better: 'higher' });
  const target = { target: { atLeast: 30e6 }, yardstick, ratioTarget: { atLeast: 4 } };
  progress('each step');
  const parts = rates({
    where: chainOf([where], loaded),
    deadband: chainOf([deadband], loaded),
    window: chainOf([window], loaded),
    stddev: chainOf([{ window: { every: '10s', aggregate: ['mean', 'stddev'] } }], loaded),
    repeats: repeatsOf(loaded),
  });
  const points: [number, number][] = [];
  for (const rows of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000]) {
    progress(`batches of ${rows} rows`);
    points.push([rows, rates({ chain: chainOf(whole, rows) }).chain]);
  }
  return {
    figures: [
      { ...figure(`batches of ${loaded} rows, as the intake commits at load`, chains.loaded), ...target },
      { ...figure(`batches of ${FULL_ROWS} rows, of an agent behind`, chains.full), ...target },
      { ...figure(`batches of ${SERIES} rows, one scan`, chains.scan), yardstick },
      figure('where', parts.where),
      figure('deadband', parts.deadband),
      figure('window', parts.window),
      figure('window of mean and stddev', parts.stddev),
      figure('repeats, in front of all streams', parts.repeats),
    ],
    plots: [
      {
        title: 'Rate by the size of a batch',
        kind: 'line',
        x: { label: 'rows a batch', scale: 'log' },
        y: { label: 'samples/s' },
        lines: [
          { name: 'where, deadband, window', points },
          { name: 'one by one', points: points.map(([rows]) => [rows, yardstick.value]) },
        ],
      },
    ],
    notes: [
      `A commit of the intake at load has ${loaded} rows (256 KiB); an agent that has fallen behind fills segments of up to ${MAX_SEGMENT_SAMPLES}; ${SERIES} are one scan of all series.`,
      'Rows are grouped by series, as the journal gives them. The results of both ways are compared before they are measured. All CPU time of the process.',
    ],
  };
}

/** Samples a second. */
function rates<Name extends string>(works: Record<Name, Fed>): Record<Name, number> {
  const timings = inTurns(works);
  const entries = Object.entries<Fed>(works) as [Name, Fed][];
  const result: Partial<Record<Name, number>> = {};
  for (const [name, { rows }] of entries) result[name] = rows / timings[name].seconds;
  return result as Record<Name, number>;
}

/** Both ways give the same windows. */
function checkSame(): void {
  const calls = 40;
  const ours = { windows: 0, sum: 0 };
  const theirs = { windows: 0, sum: 0 };
  const chain = chainOf(whole, SERIES * 10, ({ length, value }) => {
    ours.windows += length / window.window.aggregate.length;
    for (let row = 0; row < length; row++) ours.sum += value[row] ?? 0;
  });
  const single = singlyOf(SERIES * 10, ({ count, mean, min, max }) => {
    theirs.windows++;
    theirs.sum += count + mean + min + max;
  });
  for (const work of [chain, single]) {
    for (let call = 0; call < calls; call++) {
      work.prepare();
      work.call();
    }
  }
  const differs = Math.abs(ours.sum / theirs.sum - 1) > 1e-9;
  if (ours.windows === 0 || ours.windows !== theirs.windows || differs) {
    throw new Error(`results differ: ${JSON.stringify({ ours, theirs })}`);
  }
}

/** Whole samples of each series, as many as fit into so many bytes of columns. */
function rowsOf(bytes: number): number {
  const perSeries = Math.floor(bytes / (bytesOf(batch(1, () => 0)) / SERIES) / SERIES);
  return perSeries * SERIES;
}

/** Random walks in hundredths that pass a deadband of 0.05 three times out of four. */
function batch(perSeries: number, random: () => number): Columns {
  const length = perSeries * SERIES;
  const value = new Float64Array(length);
  for (let row = 0; row < length; row++) {
    const before = row % perSeries === 0 ? 250 : (value[row - 1] ?? 0);
    value[row] = Math.round((before + (random() - 0.5) * 0.4) * 100) / 100;
  }
  return {
    length,
    series: Uint32Array.from({ length }, (_, row) => Math.floor(row / perSeries)),
    time: Float64Array.from({ length }, (_, row) => (row % perSeries) * INTERVAL),
    value,
    quality: new Uint8Array(length),
  };
}

/** Feeds the same walks again and again, at times that go on. */
class Fed implements Work {
  readonly rows: number;
  readonly #batches: readonly Columns[];
  readonly #perSeries: number;
  readonly #feed: (rows: Columns) => void;
  #fed = 0;

  constructor(rows: number, feed: (rows: Columns) => void) {
    const random = generator(1);
    this.#perSeries = Math.floor(rows / SERIES);
    this.#batches = Array.from({ length: Math.ceil(CALL_ROWS / rows) }, () => batch(this.#perSeries, random));
    this.rows = this.#batches.reduce((sum, { length }) => sum + length, 0);
    this.#feed = feed;
  }

  prepare(): void {
    for (const { time } of this.#batches) {
      const start = this.#fed++ * this.#perSeries * INTERVAL;
      for (let row = 0; row < time.length; row++) time[row] = start + (row % this.#perSeries) * INTERVAL;
    }
  }

  call(): void {
    for (const one of this.#batches) this.#feed(one);
  }
}

function chainOf(list: readonly object[], rows: number, seen?: (batch: SampleBatch) => void): Fed {
  const series = tableOfSeries();
  const input = new Subject<SampleBatch>();
  let chained = input.asObservable();
  for (const step of steps.parse(list)) {
    const { operator, config } = operatorOf(step);
    const state = new OperatorState(series);
    chained = chained.pipe(operator.create({ config, state, series, stream: 'bench', log, count: ignore }));
  }
  chained.subscribe(seen);
  let position = 0;
  return new Fed(rows, (one) =>
    input.next({ ...one, position: position++, tick: 0, horizon: Number.MAX_SAFE_INTEGER, watermarks: noWatermarks }),
  );
}

function singlyOf(rows: number, seen: (window: Window) => void = ignore): Fed {
  const input = oneByOne(seen);
  return new Fed(rows, ({ length, series, time, value }) => {
    for (let i = 0; i < length; i++) {
      input.next({ series: series[i] ?? 0, time: time[i] ?? 0, value: value[i] ?? 0 });
    }
  });
}

function repeatsOf(rows: number): Fed {
  const repeats = new Repeats({ series: tableOfSeries(), skew: 86_400_000_000 });
  let sequence = 0;
  return new Fed(rows, (one) => {
    repeats.next({ sequence: sequence++, source: 'tcp', clock: one.time[0] ?? 0, rows: one });
  });
}

function tableOfSeries(): SeriesTable {
  return new SeriesTable(Array.from({ length: SERIES }, (_, i) => ({ path: `lab/m${i}/temperature`, unit: '' })));
}

function ignore(): void {}
