import { noRows, noWatermarks, plainColumns, type SampleBatch, type SeriesTable } from '@sluis/protocol';

/*
 * A line of machines: what instruments of a few kinds say every 100 ms, with the jitter of a fieldbus. It is the same in each
 * run on each machine.
 */

const START = Date.UTC(2026, 0, 1) * 1000;
/** µs between the samples of a series, and how late one may be. */
const INTERVAL = 100_000;
const JITTER = 400;
/** Beyond all of it: no clock has gone wrong. */
const HORIZON = Number.MAX_SAFE_INTEGER;
const MACHINES = 20;

/** The value at each step, with the resolution of the instrument. */
type Signal = (step: number) => number;

const signals: Readonly<Record<string, { unit: string; make: (random: () => number) => Signal }>> = {
  temperature: {
    unit: 'Cel',
    make: (random) => (step) => rounded(60 + 8 * Math.sin(step / 3_000) + (random() - 0.5) * 0.2, 10),
  },
  pressure: { unit: 'bar', make: (random) => (step) => rounded(5.5 + Math.sin(step / 40) + random() * 0.01, 1_000) },
  position: { unit: 'mm', make: () => (step) => rounded(300 * Math.abs(((step % 15) / 15) * 2 - 1), 100) },
  setpoint: { unit: 'Cel', make: () => (step) => 60 + 5 * (Math.floor(step / 2_000) % 4) },
  energy: {
    unit: 'kW.h',
    make: (random) => {
      let total = 0;
      return () => rounded((total += 0.001 * (1 + random())), 1_000);
    },
  },
};

export const BENCH_SERIES = MACHINES * Object.keys(signals).length;
/** Steps in a batch: its rows are as many as an agent that has much to do commits at once. */
const STEPS = 120;
export const BATCH_ROWS = BENCH_SERIES * STEPS;

/**
 * So many batches of {@link BATCH_ROWS} rows, each followed by a tick. Rows are grouped by series, as the agent's journal gives
 * them.
 */
export function benchInput(series: SeriesTable, batches: number): SampleBatch[] {
  const random = generator(1);
  const instruments = Array.from({ length: MACHINES }, (_, machine) =>
    Object.entries(signals).map(([name, { unit, make }]) => {
      return { id: series.intern(`lab/machine-${machine + 1}/${name}`, unit), valueAt: make(random) };
    }),
  ).flat();
  const input: SampleBatch[] = [];
  let tick = START;
  for (let batch = 0; batch < batches; batch++) {
    const rows = plainColumns(BATCH_ROWS);
    const watermarks = { series: new Uint32Array(BENCH_SERIES), time: new Float64Array(BENCH_SERIES) };
    let row = 0;
    instruments.forEach(({ id, valueAt }, i) => {
      for (let step = batch * STEPS; step < (batch + 1) * STEPS; step++) {
        rows.series[row] = id;
        rows.time[row] = START + step * INTERVAL + Math.floor(random() * JITTER);
        rows.value[row] = valueAt(step);
        row++;
      }
      watermarks.series[i] = id;
      watermarks.time[i] = rows.time[row - 1];
    });
    input.push({ ...rows, position: input.length, tick, horizon: HORIZON, watermarks: noWatermarks });
    tick = START + (batch + 1) * STEPS * INTERVAL;
    input.push({ ...noRows, position: input.length, tick, horizon: HORIZON, watermarks });
  }
  return input;
}

function rounded(value: number, perUnit: number): number {
  return Math.round(value * perUnit) / perUnit;
}

/** Numbers from 0 to below 1: xorshift32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
