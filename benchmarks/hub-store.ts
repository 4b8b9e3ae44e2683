import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  type LoadDone,
  type LoadOrder,
  paths,
  ROWS,
  SAMPLES_PER_SEGMENT,
  SERIES,
  SPACING,
  START,
} from './hub-samples.ts';

/*
 * What a hub answers while it is full and samples arrive: a hub as people run it, an agent that fills it over gRPC and
 * then keeps a rate, and here who asks; each a process. Memory is that of the hub's processes together (PSS).
 *
 *   node benchmarks/hub-store.ts [--samples 100000000] [--rate 100000] [--seconds 30] [--memory 1GiB] [--data FOLDER]
 *
 * A FOLDER is kept, and one that has samples already is not filled again. Prints JSON.
 */

const { values: options } = parseArgs({
  options: {
    samples: { type: 'string', default: '100000000' },
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
  await using hub = await startHub();
  const { url, grpcPort } = hub;
  while ((await fetch(`${url}/readyz`)).status !== 200) await pause(20);
  const startSeconds = seconds(began);
  using memory = new MemoryWatch(hub.child.pid ?? 0);
  await using agent = new Load();
  let { next } = await agent.order({ kind: 'connect', grpcPort });

  const filling = performance.now();
  const count = next > 0 ? 0 : Math.ceil(Number(options.samples) / SAMPLES_PER_SEGMENT);
  ({ next } = await agent.order({ kind: 'fill', segments: count }));
  const fillSeconds = seconds(filling);
  const fill = {
    seconds: fillSeconds,
    samplesPerSecond: Math.round((count * SAMPLES_PER_SEGMENT) / fillSeconds),
    peakMiB: memory.take(),
  };
  // A query sees all that was acked: once it answers, all is loaded.
  await answered(`${url}/api/v1/series?match=${paths[0]}`);
  const loadSeconds = seconds(filling);
  const settling = performance.now();
  await settled();
  const settleSeconds = seconds(settling);
  const cpuBefore = cpuSeconds(hub.child.pid ?? 0);

  const liveFrom = performance.now();
  const forMs = Number(options.seconds) * 1000;
  const end = liveFrom + forMs;
  const loadBefore = loadavg()[0];
  const stored = next;
  const [live, arrived, readyz, samples, aggregate, oneOfSeries, agents] = await Promise.all([
    agent.order({ kind: 'live', samplesPerSecond: Number(options.rate), forMs }),
    follow(url, end),
    repeat(end, 50, () => `${url}/readyz`),
    repeat(end, 20, () => `${url}/api/v1/samples?${hourOf(stored)}`),
    repeat(end, 200, () => `${url}/api/v1/aggregate?${hourOf(stored)}&every=10s&fn=mean,min,max,count`),
    repeat(end, 500, () => `${url}/api/v1/series?match=${somePath()}`),
    repeat(end, 500, () => `${url}/api/v1/agents`),
  ]);
  const liveSeconds = seconds(liveFrom);
  const cpu = Object.fromEntries(
    Object.entries(cpuSeconds(hub.child.pid ?? 0)).map(([name, used]) => [
      name,
      Number(((used - (cpuBefore[name] ?? 0)) / liveSeconds).toFixed(2)),
    ]),
  );
  const livePeakMiB = memory.take();
  const whole = `${url}/api/v1/samples?series=${somePath()}`;
  return {
    samples: live.next * SAMPLES_PER_SEGMENT,
    startSeconds,
    fill,
    loadSeconds,
    settleSeconds,
    files: files(),
    live: {
      samplesPerSecond: Math.round(((live.next - stored) * SAMPLES_PER_SEGMENT) / liveSeconds),
      acked: spread(live.ackMs),
      onAPage: lags(live.sent, arrived),
      cpu,
      loadAverage: [loadBefore, loadavg()[0]],
      peakMiB: livePeakMiB,
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
    exportPeakMiB: memory.take(),
  };
}

interface BenchHub extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly url: string;
  readonly grpcPort: number;
}

async function startHub(): Promise<BenchHub> {
  const program = join(import.meta.dirname, '../packages/cloud-hub/src/cli/sluis-hub.ts');
  const ports = ['--http', '0', '--grpc', '0'];
  const settings = ['--memory', options.memory, '--data', directory, '--log-format', 'json'];
  const child = spawn(process.execPath, [...options.node, program, 'run', ...ports, ...settings], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<{ url: string; grpc: string }>();
  child.once('exit', (code) => reject(new Error(`the hub ended: ${code}`)));
  createInterface({ input: child.stderr }).on('line', (line) => {
    const entry = JSON.parse(line) as { level: number; url?: string; grpc?: string };
    if (entry.url && entry.grpc) resolve({ url: entry.url, grpc: entry.grpc });
    else if (entry.level > 30) console.error(line);
  });
  const { url, grpc } = await promise;
  return {
    child,
    url,
    grpcPort: Number(new URL(grpc).port),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** The agent that loads the hub. */
class Load implements AsyncDisposable {
  readonly #child = fork(join(import.meta.dirname, 'hub-load.ts'));

  async order(order: LoadOrder): Promise<LoadDone> {
    this.#child.send(order);
    const ended = once(this.#child, 'exit').then(() => {
      throw new Error('the load ended');
    });
    const [done] = (await Promise.race([once(this.#child, 'message'), ended])) as [LoadDone];
    return done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }
}

/** The most that the hub's processes have taken together, looked at some times a second. */
class MemoryWatch implements Disposable {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #peak: Record<string, number> = { total: 0 };

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), 250);
  }

  /** Since the last time. */
  take(): Record<string, number> {
    const peak = this.#peak;
    this.#peak = { total: 0 };
    return peak;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = Object.fromEntries(treeOf(this.#pid).map(({ name, pid }) => [name, proportionalMiB(pid)]));
    const total = Object.values(now).reduce((sum, mib) => sum + mib, 0);
    if (total > this.#peak.total) this.#peak = { total, ...now };
  }
}

function treeOf(pid: number): { name: string; pid: number }[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return [{ name: 'main', pid }, ...children.map((child) => ({ name: nameOf(Number(child)), pid: Number(child) }))];
}

function nameOf(pid: number): string {
  const script = /([\w-]+)\.ts\b/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  return script?.[1] ?? String(pid);
}

function proportionalMiB(pid: number): number {
  const kib = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  return Math.round(Number(kib ?? 0) / 1024);
}

/** Used so far, by process. */
function cpuSeconds(pid: number): Record<string, number> {
  return Object.fromEntries(
    treeOf(pid).map(({ name, pid: each }) => {
      const fields = readFileSync(`/proc/${each}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      return [name, (Number(fields[11]) + Number(fields[12])) / 100];
    }),
  );
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
  return { sent: sent.length, ...spread(found) };
}

async function repeat(until: number, everyMs: number, address: () => string): Promise<Record<string, number>> {
  const times: number[] = [];
  while (performance.now() < until) {
    const asked = performance.now();
    await answered(address());
    times.push(performance.now() - asked);
    await pause(everyMs);
  }
  return spread(times);
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

function spread(times: readonly number[]): Record<string, number> {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number =>
    Number((sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0).toFixed(1));
  return { count: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: at(1) };
}

function seconds(since: number): number {
  return Number(((performance.now() - since) / 1000).toFixed(1));
}

try {
  console.log(JSON.stringify(await measure(), undefined, 2));
} finally {
  if (options.data === undefined) rmSync(directory, { recursive: true, force: true });
}
