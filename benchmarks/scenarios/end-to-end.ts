import { readdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Site } from '../../test/e2e/site.ts';
import { arrived, benchSite, cpuOf, rawStream, windowStream } from '../load/bench-site.ts';
import { Generator, type Sent } from '../load/generator.ts';
import type { CpuSeconds } from '../load/processes.ts';
import { LineSink } from '../load/sink.ts';
import type { Context, Figure, Result, Scenario } from '../scenario.ts';

const SERIES = 1_000;
/** Code that is compiled, files that exist, a first table that was compacted: what comes after is steady. */
const WARM_UP = 4_000_000;
const SAMPLES = 12_000_000;
/** µs between two samples of a series: 100 Hz. */
const STEP = 10_000;
const LINES = { measurement: 'load', series: SERIES, slice: SERIES, distinct: 1_600_000 };
const WITHIN_MS = 120_000;
/** Nothing is being compacted any more when no file comes for so long, and none is being written. */
const QUIET_MS = 3_000;
/** In the name of a file that the hub has begun: a merge may take longer than that. */
const BEING_WRITTEN = 'tmp-';
const MILLION = 1e6;

interface Run {
  /** Until the last sample could be queried, and until nothing was compacted any more. */
  readonly seconds: number;
  readonly settledSeconds: number;
  readonly sent: Sent;
  readonly settledCpu: CpuSeconds;
}

/** Line protocol over TCP until it can be queried at the hub. */
export const endToEnd: Scenario = {
  name: 'end-to-end',
  about: 'line protocol over TCP, through an agent, until a hub answers queries with it; against a file',
  seconds: 90,

  async run(context: Context): Promise<Result> {
    const loadBefore = loadavg()[0].toFixed(1);
    context.progress('raw and windowed streams');
    const both = await measure(context, [rawStream, windowStream]);
    context.progress('yardstick');
    const file = await yardstick(context);
    return {
      figures: figuresOf(both, file),
      notes: [
        `${SAMPLES / MILLION} M samples of ${SERIES} series after ${WARM_UP / MILLION} M to warm up, as fast as they are taken; the streams are raw, and where, deadband and a window of 10 s with four aggregates, from one source.`,
        'The time ends when the hub has answered a query in which each sample that the streams sent is counted.',
        'CPU is user and system time of all threads of agent and hub, with their children, without the generator.',
        `Up to the commit: all but the query process. Of the hub that is the main process, which feeds the query process too.`,
        `With compaction: until no new file came for ${QUIET_MS / 1000} s, ${(both.settledSeconds - both.seconds).toFixed(1)} s later.`,
        'Compaction within the run writes each row to a file and merges eight files of a million rows to one; a hub with far more merges each row once more with each eightfold of that.',
        `The generator took ${perMillion(both.sent.cpuSeconds)} CPU-s/million of the same cores. Load before: ${loadBefore}.`,
        ...breakdown(both.settledCpu),
      ],
    };
  },
};

async function measure({ folder, progress }: Context, streams: readonly string[]): Promise<Run> {
  await using site = await benchSite({ parent: folder, streams });
  await Promise.all([site.hub.start(), site.agent.start()]);
  await using generator = await Generator.connect(site.ports.tcp, LINES);
  const first = (Date.now() - 3_600_000) * 1000;
  await generator.send({ samples: WARM_UP, times: { first, step: STEP } });
  await arrived(site, WARM_UP, WITHIN_MS);
  await settled(site);
  progress('warm');
  const before = cpuOf(site);
  const began = performance.now();
  const times = { first: first + (WARM_UP / SERIES) * STEP, step: STEP };
  const sent = await generator.send({ samples: SAMPLES, times });
  await arrived(site, WARM_UP + SAMPLES, WITHIN_MS);
  const seconds = (performance.now() - began) / 1000;
  const settledSeconds = (await settled(site)) / 1000 - began / 1000;
  const settledCpu = cpuOf(site).since(before);
  await generator.close();
  // Not killed: what writes a profile does it when it ends.
  await Promise.all([site.agent.stop(), site.hub.stop()]);
  return { seconds, settledSeconds, sent, settledCpu };
}

/** The time at which the last file was seen to change, once none has for a while. */
async function settled(site: Site): Promise<number> {
  const names = (): string => readdirSync(join(site.folder, 'hub-data/samples')).join();
  let last = names();
  let changed = performance.now();
  while (performance.now() - changed < QUIET_MS) {
    await pause(50);
    const now = names();
    if (now !== last || now.includes(BEING_WRITTEN)) changed = performance.now();
    last = now;
  }
  return changed;
}

async function yardstick({ folder }: Context): Promise<{ samplesPerSecond: number; cpu: number }> {
  await using sink = await LineSink.start(join(folder, 'lines'));
  await using generator = await Generator.connect(sink.port, LINES);
  const times = { first: Date.now() * 1000, step: STEP };
  await generator.send({ samples: WARM_UP, times });
  await sink.durable(WARM_UP);
  const before = sink.cpuSeconds();
  const began = performance.now();
  await generator.send({ samples: SAMPLES, times });
  await sink.durable(WARM_UP + SAMPLES);
  return {
    samplesPerSecond: (SAMPLES / (performance.now() - began)) * 1000,
    cpu: perMillion(sink.cpuSeconds() - before),
  };
}

function figuresOf(run: Run, file: { samplesPerSecond: number; cpu: number }): Figure[] {
  const what = 'lines into a file on plain Node, counted, fdatasync twice a second';
  const upToCommit = run.settledCpu.total() - run.settledCpu.total(['hub query-process']);
  return [
    {
      what: 'throughput until queryable, raw and windowed',
      value: SAMPLES / run.seconds,
      unit: 'samples/s',
      better: 'higher',
      target: { atLeast: 1e6 },
      yardstick: { what, value: file.samplesPerSecond },
    },
    {
      what: 'CPU of agent and hub, with compaction',
      value: perMillion(run.settledCpu.total()),
      unit: 'CPU-s/million',
      better: 'lower',
      target: { atMost: 1 },
      yardstick: { what, value: file.cpu },
    },
    {
      what: "CPU of agent and hub, up to the hub's commit",
      value: perMillion(upToCommit),
      unit: 'CPU-s/million',
      better: 'lower',
      target: { atMost: 0.6 },
      yardstick: { what, value: file.cpu },
    },
    {
      what: 'CPU of the agent',
      value: perMillion(run.settledCpu.total(['agent'])),
      unit: 'CPU-s/million',
      better: 'lower',
    },
    {
      what: 'CPU of the hub, with compaction',
      value: perMillion(run.settledCpu.total() - run.settledCpu.total(['agent'])),
      unit: 'CPU-s/million',
      better: 'lower',
    },
  ];
}

/** The CPU of each thread. */
function breakdown(cpu: CpuSeconds): string[] {
  const least = 0.005;
  const threads = [...cpu.threads]
    .map(([name, seconds]) => ({ name, value: perMillion(seconds) }))
    .filter(({ value }) => value >= least)
    .toSorted((a, b) => b.value - a.value);
  return [
    `CPU-s/million by process: ${[...cpu.processes].map(([name, seconds]) => `${name} ${perMillion(seconds)}`).join(', ')}.`,
    `By thread, threads of one name together: ${threads.map(({ name, value }) => `${name} ${value}`).join(', ')}.`,
  ];
}

function perMillion(seconds: number): number {
  return Number(((seconds / SAMPLES) * MILLION).toFixed(3));
}
