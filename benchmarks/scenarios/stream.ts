import { MAX_SEGMENT_SAMPLES } from '@sluis/protocol';
import { Repeats } from '../../packages/edge-agent/src/streams/repeats.ts';
import { oneByOne, type Window } from '../measure/one-by-one.ts';
import { chainOf } from '../operators/beside.ts';
import { Fed, rowsOf, SERIES, tableOfSeries } from '../operators/input.ts';
import { figure, measureOperators, measurePerSample, rates } from '../operators/measure.ts';
import type { Context, Result, Scenario } from '../scenario.ts';

export const stream: Scenario = {
  name: 'stream',
  about:
    'where, deadband and a window of 10 s over 1,000 series, against RxJS one sample at a time; each operator, against a loop over the same columns',
  seconds: 150,
  run,
};

/** The intake commits at 256 KiB of rows: the batches of an agent that has much to do. */
const COMMIT_BYTES = 256 << 10;
/** One that has fallen behind fills a segment. */
const FULL_ROWS = Math.floor(MAX_SEGMENT_SAMPLES / SERIES) * SERIES;

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
  const yardstick = { what: 'RxJS, one by one', ...chains.single };
  const target = { target: { atLeast: 30e6 }, yardstick, ratioTarget: { atLeast: 4 } };
  const parts = rates({
    stddev: chainOf([{ window: { every: '10s', aggregate: ['mean', 'stddev'] } }], loaded),
    repeats: repeatsOf(loaded),
  });
  const operators = measureOperators(loaded, progress);
  progress('one sample at a time');
  const oneSample = measurePerSample(loaded);
  const points: [number, number][] = [];
  for (const rows of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000]) {
    progress(`batches of ${rows} rows`);
    points.push([rows, rates({ chain: chainOf(whole, rows) }).chain.value]);
  }
  return {
    figures: [
      { ...figure(`batches of ${loaded} rows, as the intake commits at load`, chains.loaded), ...target },
      { ...figure(`batches of ${FULL_ROWS} rows, of an agent behind`, chains.full), ...target },
      { ...figure(`batches of ${SERIES} rows, one scan`, chains.scan), yardstick },
      figure('window of mean and stddev', parts.stddev),
      figure('repeats, in front of all streams', parts.repeats),
      ...operators,
      ...oneSample,
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
      `A commit of the intake at load has ${loaded} rows (256 KiB); an agent that has fallen behind fills segments of up to ${MAX_SEGMENT_SAMPLES}; ${SERIES} are one scan of all series, for which there is no target.`,
      'Rows are grouped by series, as the journal gives them. The results of both ways are compared before they are measured, and those of each operator with its loop’s. All CPU time of the process.',
    ],
  };
}

/** Both ways give the same windows. */
function checkSame(): void {
  const calls = 40;
  const ours = { windows: 0, sum: 0 };
  const theirs = { windows: 0, sum: 0 };
  const chain = chainOf(whole, SERIES * 10, {}, ({ length, value }) => {
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

function ignore(): void {}
