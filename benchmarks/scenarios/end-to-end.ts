import { readdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Site } from '../../test/e2e/site.ts';
import { arrived, benchSite, cpuOf, rawStream, stages, stagesOf, windowStream } from '../load/bench-site.ts';
import { type FirstQuery, firstQuery, type Sent as SentSeries } from '../load/first-query.ts';
import { Generator, type Sent } from '../load/generator.ts';
import { valuesOf } from '../load/lines.ts';
import { Pace } from '../load/pace.ts';
import { missingProc, type CpuSeconds } from '../load/processes.ts';
import { LineSink } from '../load/sink.ts';
import type { Context, Figure, Plot, Result, Scenario } from '../scenario.ts';

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
/** Series that are asked for at the end: one is counted, the newest of another are read. */
const COUNTED = 0;
const LOOKED = 500;

interface Run {
  /** Until the hub's index counted the last sample, until queries had read the newest, until nothing was compacted any more. */
  readonly countedSeconds: number;
  readonly queriedSeconds: number;
  readonly settledSeconds: number;
  readonly sent: Sent;
  readonly query: FirstQuery;
  readonly settledCpu: CpuSeconds;
  readonly plots: readonly Plot[];
}

/** Line protocol over TCP until it can be queried at the hub. */
export const endToEnd: Scenario = {
  name: 'end-to-end',
  about: 'line protocol over TCP, through an agent, until queries at a hub have read it; against a file',
  seconds: 90,
  missing: missingProc,

  async run(context: Context): Promise<Result> {
    const loadBefore = loadavg()[0].toFixed(1);
    context.progress('raw and windowed streams');
    const both = await measure(context, [rawStream, windowStream]);
    context.progress('yardstick');
    const file = await yardstick(context);
    return {
      figures: figuresOf(both, file),
      plots: both.plots,
      notes: [
        `${SAMPLES / MILLION} M samples of ${SERIES} series after ${WARM_UP / MILLION} M to warm up, as fast as they are taken; the streams are raw, and where, deadband and a window of 10 s with four aggregates, from one source.`,
        'The time ends when, after the hub’s index of series counts each sample that the streams sent, two queries have read samples: one counts a whole series, one reads the newest 10 s of another, and both are compared with what was sent.',
        `At that time ${(both.query.hotRows / MILLION).toFixed(1)} M rows were in no file yet. The first query pays to bring them into DuckDB; its CPU is all that the query process took meanwhile, but for the thread that writes files.`,
        'CPU is user and system time of all threads of agent and hub, with their children, without the generator.',
        `Up to the commit: all but the query process. Of the hub that is the main process, which feeds the query process too.`,
        `With compaction: until no new file came for ${QUIET_MS / 1000} s, ${(both.settledSeconds - both.queriedSeconds).toFixed(1)} s later. Both programs were asked twice a second how far they were, for the plots: that is in it, too.`,
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
  const samplesEach = (WARM_UP + SAMPLES) / SERIES;
  const [counted, looked] = [COUNTED, LOOKED].map((id): SentSeries => {
    return { path: `lab/m${id}/load`, first, step: STEP, values: valuesOf(LINES, id, samplesEach) };
  });
  await using pace = new Pace(() => stagesOf(site));
  const before = cpuOf(site);
  const began = performance.now();
  const times = { first: first + (WARM_UP / SERIES) * STEP, step: STEP };
  const sent = await generator.send({ samples: SAMPLES, times });
  await arrived(site, WARM_UP + SAMPLES, WITHIN_MS);
  const countedSeconds = (performance.now() - began) / 1000;
  const query = await firstQuery(site, counted, looked);
  const queriedSeconds = countedSeconds + (query.countMs + query.newestMs) / 1000;
  const settledSeconds = (await settled(site)) / 1000 - began / 1000;
  const settledCpu = cpuOf(site).since(before);
  await pace.stop();
  const plots = [
    pace.rates('Throughput of agent and hub', { of: [stages.journaled, stages.committed] }),
    pace.totals('How far samples have come, with the warm-up'),
  ];
  await generator.close();
  // Not killed: what writes a profile does it when it ends.
  await Promise.all([site.agent.stop(), site.hub.stop()]);
  return { countedSeconds, queriedSeconds, settledSeconds, sent, query, settledCpu, plots };
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
  const { query, settledCpu: cpu } = run;
  const what = 'lines into a file on plain Node, counted, fdatasync twice a second';
  const upToCommit = cpu.total() - cpu.total(['hub query-process']);
  const rate = (of: string, seconds: number): Figure => ({
    what: of,
    value: SAMPLES / seconds,
    unit: 'samples/s',
    better: 'higher',
    yardstick: { what, value: file.samplesPerSecond },
  });
  const cost = (of: string, seconds: number): Figure => ({
    what: of,
    value: perMillion(seconds),
    unit: 'CPU-s/million',
    better: 'lower',
  });
  const yardstick = { what, value: file.cpu };
  return [
    {
      ...rate('throughput until queries have read the newest, raw and windowed', run.queriedSeconds),
      target: { atLeast: 1e6 },
    },
    rate("throughput until the hub's index counts each", run.countedSeconds),
    {
      ...cost('CPU of agent and hub, with compaction and first queries', cpu.total()),
      target: { atMost: 1 },
      yardstick,
    },
    { ...cost("CPU of agent and hub, up to the hub's commit", upToCommit), target: { atMost: 0.6 }, yardstick },
    cost('CPU of the agent', cpu.total(['agent'])),
    cost('CPU of the hub, with compaction and first queries', cpu.total() - cpu.total(['agent'])),
    cost('CPU of first queries alone, shared among all samples', query.cpuSeconds),
    {
      what: 'CPU of first queries, a million rows that were in no file',
      value: (query.cpuSeconds / query.hotRows) * MILLION,
      unit: 'CPU-s/million',
      better: 'lower',
    },
    {
      what: 'first query: the count of a series',
      value: query.countMs,
      unit: 'ms',
      better: 'lower',
      yardstick: { what: 'the same query again', value: query.againMs },
    },
    { what: 'then: the newest 10 s of another series', value: query.newestMs, unit: 'ms', better: 'lower' },
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
