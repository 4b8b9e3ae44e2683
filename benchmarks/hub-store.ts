import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Columns, encodeSegment, Lane } from '@sluis/protocol';
import { createLog } from '../packages/runtime/src/index.ts';
import { startStore } from '../packages/cloud-hub/src/start-store.ts';
import type { AgentSegment } from '../packages/cloud-hub/src/store/ingest-store.ts';

/*
 * What the hub's store answers while it is full and samples arrive: it is filled through the door that sessions use,
 * then one series over one hour is asked for again and again while a live load runs. Times of /readyz beside it, and the
 * memory of all its processes, this one with its generator included.
 *
 *   node benchmarks/hub-store.ts [--samples 100000000] [--rate 100000] [--seconds 30] [--memory 384] [--data FOLDER]
 *
 * A FOLDER is kept, and one that has samples already is not filled again. Prints JSON.
 */

const { values: options } = parseArgs({
  options: {
    samples: { type: 'string', default: '100000000' },
    rate: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '30' },
    memory: { type: 'string' },
    rowsPerTable: { type: 'string' },
    data: { type: 'string' },
  },
});

const SERIES = 1000;
/** Of each series in a segment. */
const ROWS = 25;
/** µs between two rows of a series: 36,000 an hour. */
const SPACING = 100_000;
const START = 1_700_000_000_000_000;
const HOUR = 3_600_000_000;
const UNDER_WAY = 8;

const agent = 'bench';
const epoch = 'b'.repeat(32);
const perSegment = SERIES * ROWS;
const paths = Array.from({ length: SERIES }, (_, i) => `lab/line-${i % 10}/press-${i}/temperature`);

/** Where each series' random walk is. */
const level = new Float64Array(SERIES).fill(20);

const kept = options.data;
const directory = kept ?? mkdtempSync(join(tmpdir(), 'sluis-bench-hub-'));
const log = createLog('bench');
log.level = 'warn';

try {
  console.log(JSON.stringify(await measure(), undefined, 2));
} finally {
  if (!kept) rmSync(directory, { recursive: true, force: true });
}

async function measure(): Promise<Record<string, unknown>> {
  const began = performance.now();
  const limits = {
    ...(options.memory && { memoryMiB: Number(options.memory) }),
    ...(options.rowsPerTable && { rowsPerTable: Number(options.rowsPerTable) }),
  };
  await using hub = await startStore({ directory, log, limits });
  const url = await hub.app.listen({ host: '127.0.0.1', port: 0 });
  while ((await fetch(`${url}/readyz`)).status !== 200) await pause(20);
  const startSeconds = seconds(began);
  let peakMiB = { total: 0, main: 0, query: 0 };
  const watching = setInterval(() => {
    const [main, query] = [process.pid, hub.queries.pid].map((pid) => (pid === undefined ? 0 : residentMiB(pid)));
    if (main + query > peakMiB.total) peakMiB = { total: main + query, main, query };
  }, 200);

  const { received } = await hub.ingest.open({ agent, site: 'lab', software: 'bench', epoch, lanes: [], now: 1 });
  const series = paths.map((path) => ({ path, unit: 'Cel' }));
  await hub.ingest.define({ agent, epoch, first: 0, series });
  let next = received.at(0)?.ranges.at(-1)?.to ?? 0;

  const filling = performance.now();
  const count = next > 0 ? 0 : Math.ceil(Number(options.samples) / perSegment);
  await fill(count);
  while (hub.store.unloaded > 0) await pause(20);
  const fillSeconds = seconds(filling);
  const fillPeakMiB = peakMiB;
  await settled();

  peakMiB = { total: 0, main: 0, query: 0 };
  const end = performance.now() + Number(options.seconds) * 1000;
  const [live, readyz, samples, aggregate, list] = await Promise.all([
    liveLoad(end),
    repeat(end, 50, () => '/readyz'),
    repeat(end, 0, () => `/api/v1/samples?${hourOf(next)}`),
    repeat(end, 200, () => `/api/v1/aggregate?${hourOf(next)}&every=10s&fn=mean,min,max,count`),
    repeat(end, 5_000, () => '/api/v1/series'),
  ]);
  clearInterval(watching);
  const files = samplesFiles();
  return {
    samples: next * perSegment,
    startSeconds,
    fill: {
      seconds: fillSeconds,
      samplesPerSecond: Math.round((count * perSegment) / fillSeconds),
      peakMiB: fillPeakMiB,
    },
    files,
    live,
    oneSeriesOneHour: { samples, aggregate },
    list,
    readyz,
    peakMiB,
  };

  async function fill(segments: number): Promise<void> {
    const until = next + segments;
    await Promise.all(
      Array.from({ length: UNDER_WAY }, async () => {
        while (next < until) await put(next++);
      }),
    );
  }

  async function put(sequence: number): Promise<void> {
    const outcome = await hub.ingest.store(segment(sequence));
    if (outcome !== 'stored') throw new Error(`segment ${sequence}: ${JSON.stringify(outcome)}`);
  }

  /** At the rate, whatever the hub does; says how long a segment took to be stored. */
  async function liveLoad(until: number): Promise<Record<string, unknown>> {
    const times: number[] = [];
    const every = (1000 * perSegment) / Number(options.rate);
    const first = performance.now();
    const storing: Promise<unknown>[] = [];
    for (let i = 0; first + i * every < until; i++) {
      await pause(Math.max(0, first + i * every - performance.now()));
      const sent = performance.now();
      storing.push(put(next++).then(() => times.push(performance.now() - sent)));
    }
    await Promise.all(storing);
    return { samplesPerSecond: Math.round((storing.length * perSegment) / seconds(first)), stored: spread(times) };
  }

  async function repeat(until: number, everyMs: number, path: () => string): Promise<Record<string, unknown>> {
    const times: number[] = [];
    while (performance.now() < until) {
      const asked = performance.now();
      await answered(url, path());
      times.push(performance.now() - asked);
      await pause(everyMs);
    }
    return spread(times);
  }

  /** Nothing is being merged any more. */
  async function settled(): Promise<void> {
    for (let before = '', now = samplesFolder(); before !== now; now = samplesFolder()) {
      before = now;
      await pause(5_000);
    }
  }

  function samplesFolder(): string {
    return JSON.stringify(readdirSync(join(directory, 'samples')));
  }

  function samplesFiles(): Record<string, number> {
    const names = readdirSync(join(directory, 'samples'));
    return { count: names.filter((name) => name.endsWith('.parquet') && !name.includes('series')).length };
  }
}

function residentMiB(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(line?.[1] ?? 0) / 1024);
}

/** A series and an hour somewhere in what is stored. */
function hourOf(segments: number): string {
  const path = paths[Math.floor(Math.random() * SERIES)];
  const span = segments * ROWS * SPACING;
  const from = START + Math.floor(Math.random() * Math.max(0, span - HOUR));
  return `series=${path}&from=${from}&to=${from + HOUR}`;
}

async function answered(url: string, path: string): Promise<void> {
  const response = await fetch(url + path);
  const { byteLength } = await response.arrayBuffer();
  if (!response.ok || byteLength === 0) throw new Error(`${path}: ${response.status}`);
}

/** Random walks with two decimals. */
function segment(sequence: number): AgentSegment {
  const columns: Columns = {
    length: perSegment,
    series: new Uint32Array(perSegment),
    time: new Float64Array(perSegment),
    value: new Float64Array(perSegment),
    quality: new Uint8Array(perSegment),
  };
  for (let id = 0, row = 0; id < SERIES; id++) {
    for (let i = 0; i < ROWS; i++, row++) {
      level[id] += (Math.random() - 0.5) / 5;
      columns.series[row] = id;
      columns.time[row] = START + (sequence * ROWS + i) * SPACING;
      columns.value[row] = Math.round(level[id] * 100) / 100;
    }
  }
  const { bytes, crc, samples } = encodeSegment(columns, { effort: 'fast' });
  return { agent, epoch, lane: Lane.data, from: sequence, to: sequence + 1, samples, crc, seriesBound: SERIES, bytes };
}

function spread(times: readonly number[]): Record<string, number> {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => Number((sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1));
  return { count: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: at(1) };
}

function seconds(since: number): number {
  return Number(((performance.now() - since) / 1000).toFixed(1));
}
