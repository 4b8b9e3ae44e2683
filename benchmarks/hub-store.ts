import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type LoadDone, paths, ROWS, SAMPLES_PER_SEGMENT, SERIES, SPACING, START } from './hub-samples.ts';
import { Load, startHub } from './load/hub-and-load.ts';
import { MemoryWatch } from './load/memory-watch.ts';
import { childrenOf, CpuSeconds, type Watched } from './load/processes.ts';
import { Latencies, type Summary } from './measure/latency.ts';

/*
 * What a hub answers while it is full and samples arrive: a hub as people run it, an agent that fills it over gRPC and
 * then keeps a rate, and here who asks; each a process. Memory is that of the hub's processes together (PSS).
 *
 *   node benchmarks/hub-store.ts [--samples 50000000] [--rate 100000] [--seconds 30] [--memory 1GiB] [--data FOLDER]
 *
 * A FOLDER is kept, and one that has samples already is not filled again. Prints JSON.
 */

const { values: options } = parseArgs({
  options: {
    samples: { type: 'string', default: '50000000' },
    rate: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '30' },
    memory: { type: 'string', default: '1GiB' },
    data: { type: 'string' },
    /** For Node of the hub, such as --cpu-prof. */
    node: { type: 'string', multiple: true, default: [] },
  },
});

const HOUR = 3_600_000_000;
/** For the last samples to arrive. */
const FOLLOW_ON_MS = 2_000;
const directory = options.data ?? mkdtempSync(join(tmpdir(), 'sluis-bench-hub-'));

async function measure(): Promise<Record<string, unknown>> {
  const began = performance.now();
  await using hub = await startHub({ data: directory, memory: options.memory, node: options.node });
  const { url, grpcPort } = hub;
  while ((await fetch(`${url}/readyz`)).status !== 200) await pause(20);
  const startSeconds = seconds(began);
  const watch = (): MemoryWatch => new MemoryWatch(() => hubProcesses(hub.child));
  using whileFilling = watch();
  await using agent = new Load();
  let { next } = await agent.order({ kind: 'connect', grpcPort });

  const filling = performance.now();
  const count = next > 0 ? 0 : Math.ceil(Number(options.samples) / SAMPLES_PER_SEGMENT);
  ({ next } = await agent.order({ kind: 'fill', segments: count }));
  const fillSeconds = seconds(filling);
  const fill = {
    seconds: fillSeconds,
    samplesPerSecond: Math.round((count * SAMPLES_PER_SEGMENT) / fillSeconds),
    peakMB: peakPss(whileFilling),
  };
  // A query sees all that was acked: once it answers, all is loaded.
  await answered(`${url}/api/v1/series?match=${paths[0]}`);
  const loadSeconds = seconds(filling);
  const settling = performance.now();
  await settled();
  const settleSeconds = seconds(settling);
  const cpuBefore = CpuSeconds.of(hubProcesses(hub.child));
  using whileAsked = watch();

  const liveFrom = performance.now();
  const forMs = Number(options.seconds) * 1000;
  const end = liveFrom + forMs;
  const loadBefore = loadavg()[0];
  const stored = next;
  const [live, arrived, readyz, samples, aggregate, oneOfSeries, agents] = await Promise.all([
    agent
      .order({ kind: 'live', samplesPerSecond: Number(options.rate), forMs })
      .then((done) => ({ ...done, seconds: seconds(liveFrom) })),
    follow(url, end),
    repeat(end, 50, () => `${url}/readyz`),
    repeat(end, 20, () => `${url}/api/v1/samples?${hourOf(stored)}`),
    repeat(end, 200, () => `${url}/api/v1/aggregate?${hourOf(stored)}&every=10s&fn=mean,min,max,count`),
    repeat(end, 500, () => `${url}/api/v1/series?match=${somePath()}`),
    repeat(end, 500, () => `${url}/api/v1/agents`),
  ]);
  const liveSeconds = seconds(liveFrom);
  const { processes } = CpuSeconds.of(hubProcesses(hub.child)).since(cpuBefore);
  const cpu = Object.fromEntries([...processes].map(([name, used]) => [name, Number((used / liveSeconds).toFixed(2))]));
  const livePeakMB = peakPss(whileAsked);
  using whileExported = watch();
  const whole = `${url}/api/v1/samples?series=${somePath()}`;
  return {
    samples: live.next * SAMPLES_PER_SEGMENT,
    startSeconds,
    fill,
    loadSeconds,
    settleSeconds,
    files: files(),
    live: {
      samplesPerSecond: Math.round(((live.next - stored) * SAMPLES_PER_SEGMENT) / live.seconds),
      acked: Latencies.of(live.ackMs).summary(),
      onAPage: lags(live.sent, arrived),
      cpu,
      loadAverage: [loadBefore, loadavg()[0]],
      peakMB: livePeakMB,
    },
    oneSeriesOneHour: { samples, aggregate },
    oneOfSeries,
    readyz,
    agents,
    wholeSeries: {
      json: await timed(whole),
      csv: await timed(`${whole}&format=csv`),
      parquet: await timed(`${whole}&format=parquet`),
      chart: await timed(`${url}/api/v1/chart?series=${somePath()}&pixels=800`),
    },
    allSeries: await timed(`${url}/api/v1/series`),
    exportPeakMB: peakPss(whileExported),
  };
}

/** The hub's processes, with those that were started again. */
function hubProcesses({ pid = 0 }: ChildProcess): Watched[] {
  return [{ name: 'main', pid }, ...childrenOf(pid, 'hub')];
}

/** MB of all of them together, the most at a time. */
function peakPss(memory: MemoryWatch): number {
  memory[Symbol.dispose]();
  return Math.round(memory.peakPss(() => true));
}

/** What a page gets of one series until `end`: times of the newest sample, and when (ms since 1970) it came. */
async function follow(url: string, end: number): Promise<{ time: number; at: number }[]> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/live`);
  const arrived: { time: number; at: number }[] = [];
  socket.addEventListener('message', ({ data }) => {
    const { points } = JSON.parse(String(data)) as { points: [number, number][] };
    arrived.push({ time: Math.max(...points.map(([, time]) => time)), at: Date.now() });
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ subscribe: paths[0] }));
  await pause(end - performance.now() + FOLLOW_ON_MS);
  socket.close();
  return arrived;
}

/** From the sending of a segment to the first page that shows its last sample. */
function lags(sent: LoadDone['sent'], arrived: readonly { time: number; at: number }[]): Record<string, number> {
  const found = sent.flatMap(({ sequence, at }) => {
    const last = START + ((sequence + 1) * ROWS - 1) * SPACING;
    const seen = arrived.find(({ time }) => time >= last);
    return seen ? [seen.at - at] : [];
  });
  return { sent: sent.length, ...Latencies.of(found).summary() };
}

async function repeat(until: number, everyMs: number, address: () => string): Promise<Summary> {
  const times = new Latencies();
  while (performance.now() < until) {
    const asked = performance.now();
    await answered(address());
    times.add(performance.now() - asked);
    await pause(everyMs);
  }
  return times.summary();
}

async function timed(address: string): Promise<Record<string, number>> {
  const asked = performance.now();
  const bytes = await answered(address);
  return { ms: Math.round(performance.now() - asked), bytes };
}

async function answered(address: string): Promise<number> {
  const response = await fetch(address);
  const { byteLength } = await response.arrayBuffer();
  if (!response.ok || byteLength === 0) throw new Error(`${address}: ${response.status}`);
  return byteLength;
}

/** Nothing is being merged any more: no new file is begun for a while. */
async function settled(): Promise<void> {
  for (let before = '', now = names().join(); before !== now || now.includes('tmp-'); now = names().join()) {
    before = now;
    await pause(3_000);
  }
}

function names(): string[] {
  return readdirSync(join(directory, 'samples'));
}

function files(): Record<string, number> {
  const all = names().filter((name) => name.endsWith('.parquet'));
  const bytes = all.reduce((sum, name) => sum + statSync(join(directory, 'samples', name)).size, 0);
  return { count: all.filter((name) => !name.includes('series')).length, bytes };
}

/** A series and an hour somewhere in what is stored. */
function hourOf(segments: number): string {
  const span = segments * ROWS * SPACING;
  const from = START + Math.floor(Math.random() * Math.max(0, span - HOUR));
  return `series=${somePath()}&from=${from}&to=${from + HOUR}`;
}

function somePath(): string {
  return paths[Math.floor(Math.random() * SERIES)];
}

function seconds(since: number): number {
  return Number(((performance.now() - since) / 1000).toFixed(1));
}

try {
  console.log(JSON.stringify(await measure(), undefined, 2));
} finally {
  if (options.data === undefined) rmSync(directory, { recursive: true, force: true });
}
