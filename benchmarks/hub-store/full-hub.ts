import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { MemoryWatch } from '../load/memory-watch.ts';
import { Pace } from '../load/pace.ts';
import { childrenOf, CpuSeconds, type Watched } from '../load/processes.ts';
import { Latencies } from '../measure/latency.ts';
import { ask, askUntil, follow, lags } from './ask.ts';
import { DuckDbAlone } from './duckdb-alone.ts';
import { filesOf, sampleFiles, settled } from './files.ts';
import { type BenchHub, Load, startHub } from './hub-and-load.ts';
import { hourOf, paths, SAMPLES_PER_SEGMENT, someHour, somePath } from './samples.ts';

export interface FullHubOptions {
  /** The hub's data folder: one that has samples already is not filled again. */
  readonly folder: string;
  readonly samples: number;
  /** Samples a second that arrive while it is asked. */
  readonly rate: number;
  readonly seconds: number;
  /** As `--memory` takes it. */
  readonly memory: string;
  /** For Node of the hub, such as --cpu-prof. */
  readonly node?: readonly string[];
  progress(text: string): void;
}

export interface FullHub {
  readonly samples: number;
  readonly startSeconds: number;
  /** 0 samples/s: it was full. `bytesPerSample`: of segments. */
  readonly fill: { readonly samplesPerSecond: number; readonly bytesPerSample: number; readonly memory: MemoryWatch };
  readonly pace: Pace;
  readonly settleSeconds: number;
  readonly files: { readonly count: number; readonly bytes: number };
  readonly live: {
    readonly samplesPerSecond: number;
    readonly segments: number;
    readonly acked: Latencies;
    readonly shown: Latencies;
    /** Of a core, by process. */
    readonly cpu: Readonly<Record<string, number>>;
    readonly memory: MemoryWatch;
    readonly load: readonly [before: number, after: number];
  };
  /** Answers while samples arrive. */
  readonly answers: Readonly<Record<'samples' | 'aggregate' | 'series' | 'agents' | 'readyz', Latencies>>;
  /** The question of `samples`, put to the same files by DuckDB alone, when nothing arrives any more. */
  readonly duckDb: Latencies;
  /** A whole series, in each form. */
  readonly wholeSeries: Readonly<Record<string, { readonly ms: number; readonly bytes: number }>>;
}

const YARDSTICK_QUESTIONS = 100;

/**
 * What a hub answers while it is full and samples arrive: a hub as people run it, an agent that fills it over gRPC and then
 * keeps a rate, and here who asks; each a process.
 */
export async function fullHub(options: FullHubOptions): Promise<FullHub> {
  const { folder, samples, rate, seconds, progress } = options;
  const began = performance.now();
  await using hub = await startHub({ data: folder, memory: options.memory, node: options.node ?? [] });
  const { url, grpcPort } = hub;
  while ((await fetch(`${url}/readyz`)).status !== 200) await pause(20);
  const startSeconds = secondsSince(began);
  const watch = (): MemoryWatch => new MemoryWatch(() => processesOf(hub));
  const whileFilling = watch();
  await using agent = new Load();
  let { next } = await agent.order({ kind: 'connect', grpcPort });

  await using pace = new Pace(() => stored(url));
  const filling = performance.now();
  const count = next > 0 ? 0 : Math.ceil(samples / SAMPLES_PER_SEGMENT);
  progress(`fills the hub with ${count * SAMPLES_PER_SEGMENT} samples`);
  const filled = await agent.order({ kind: 'fill', segments: count });
  next = filled.next;
  const fill = {
    samplesPerSecond: (count * SAMPLES_PER_SEGMENT) / secondsSince(filling),
    bytesPerSample: filled.bytes / Math.max(1, count * SAMPLES_PER_SEGMENT),
    memory: whileFilling,
  };
  whileFilling[Symbol.dispose]();
  // A query sees all that was acked: once it answers, all is loaded.
  await ask(`${url}/api/v1/series?match=${paths[0]}`);
  const settling = performance.now();
  await settled(folder);
  const settleSeconds = secondsSince(settling);
  await pace.stop();

  progress(`asks while ${rate} samples/s arrive`);
  const live = await asked(hub, agent, { next, rate, seconds, memory: watch() });
  progress('asks DuckDB alone');
  const whole = `${url}/api/v1/samples?series=${somePath()}`;
  return {
    ...live,
    startSeconds,
    fill,
    pace,
    settleSeconds,
    files: filesOf(folder),
    duckDb: await duckDbAlone(folder, next),
    wholeSeries: {
      json: await ask(whole),
      csv: await ask(`${whole}&format=csv`),
      parquet: await ask(`${whole}&format=parquet`),
      chart: await ask(`${url}/api/v1/chart?series=${somePath()}&pixels=800`),
    },
  };
}

interface Asking {
  /** Segments that are stored. */
  readonly next: number;
  readonly rate: number;
  readonly seconds: number;
  readonly memory: MemoryWatch;
}

async function asked(hub: BenchHub, agent: Load, { next, rate, seconds, memory }: Asking) {
  const { url } = hub;
  const before = CpuSeconds.of(processesOf(hub));
  const began = performance.now();
  const end = began + seconds * 1000;
  const loadBefore = loadavg()[0];
  const [live, shown, readyz, samples, aggregate, series, agents] = await Promise.all([
    agent.order({ kind: 'live', samplesPerSecond: rate, forMs: seconds * 1000 }).then((done) => ({
      ...done,
      samplesPerSecond: ((done.next - next) * SAMPLES_PER_SEGMENT) / secondsSince(began),
    })),
    follow(url, paths[0], end),
    askUntil(end, 50, () => `${url}/readyz`),
    askUntil(end, 20, () => `${url}/api/v1/samples?${hourOf(next)}`),
    askUntil(end, 200, () => `${url}/api/v1/aggregate?${hourOf(next)}&every=10s&fn=mean,min,max,count`),
    askUntil(end, 500, () => `${url}/api/v1/series?match=${somePath()}`),
    askUntil(end, 500, () => `${url}/api/v1/agents`),
  ]);
  const took = secondsSince(began);
  const { processes } = CpuSeconds.of(processesOf(hub)).since(before);
  memory[Symbol.dispose]();
  return {
    samples: live.next * SAMPLES_PER_SEGMENT,
    live: {
      samplesPerSecond: live.samplesPerSecond,
      segments: live.sent.length,
      acked: Latencies.of(live.ackMs),
      shown: lags(live.sent, shown),
      cpu: Object.fromEntries([...processes].map(([name, used]) => [name, used / took])),
      memory,
      load: [loadBefore, loadavg()[0]] as const,
    },
    answers: { samples, aggregate, series, agents, readyz },
  };
}

async function duckDbAlone(folder: string, segments: number): Promise<Latencies> {
  using duckDb = await DuckDbAlone.open(sampleFiles(folder));
  const times = new Latencies();
  for (let i = 0; i < YARDSTICK_QUESTIONS; i++) {
    const { path, from, to } = someHour(segments);
    const began = performance.now();
    await duckDb.samples(path, { from, to });
    times.add(performance.now() - began);
  }
  return times;
}

/** For `Pace`. */
async function stored(url: string): Promise<Record<string, number>> {
  const { files } = await jsonOf<{ files: { samples: number } }>(`${url}/api/v1/store`);
  const { agents } = await jsonOf<{ agents: { acked: { samples: number } }[] }>(`${url}/api/v1/agents`);
  return { committed: agents[0]?.acked.samples ?? 0, 'in Parquet files': files.samples };
}

async function jsonOf<T>(address: string): Promise<T> {
  return (await (await fetch(address)).json()) as T;
}

/** The hub's processes, with those that were started again. */
function processesOf({ child: { pid = 0 } }: BenchHub): Watched[] {
  return [{ name: 'hub', pid }, ...childrenOf(pid, 'hub')];
}

function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}
