import { loadavg } from 'node:os';
import { benchSite, cpuOf, programsOf, rawStream, through } from '../load/bench-site.ts';
import { Generator } from '../load/generator.ts';
import { MemoryWatch } from '../load/memory-watch.ts';
import { missingProc, peakOf } from '../load/processes.ts';
import type { Context, Figure, Plot, Result, Scenario } from '../scenario.ts';

const SERIES = [10, 1_000, 100_000, 1_000_000];
const STREAMS = [1, 8, 32];
/** With how many streams are many series measured, and the other way round. */
const SERIES_OF_STREAMS = 1_000;
const SAMPLES = 4_000_000;
const LEAST_WARM_UP = 1_000_000;
/** Lines that share a time. */
const MOST_AT_A_TIME = 1_000;
const STEP = 10_000;
const HOUR = 3_600_000_000;
const WITHIN_MS = 300_000;
const MILLION = 1e6;

/** What there is more and more of, as people say it. */
interface Counted {
  readonly one: string;
  readonly many: string;
}
const series: Counted = { one: 'series', many: 'series' };
const streams: Counted = { one: 'stream', many: 'streams' };

/** What a number of series or streams costs. */
interface Cost {
  readonly count: number;
  /** CPU-s/million samples. */
  readonly agentCpu: number;
  readonly hubCpu: number;
  /** MB. */
  readonly agentPeak: number;
  readonly hubPeak: number;
}

/** How time and memory grow with the number of series, and of streams. */
export const growth: Scenario = {
  name: 'growth',
  about: 'CPU a sample and memory at 10 to 1 M series, and at 1 to 32 streams',
  seconds: 180,
  missing: missingProc,

  async run(context: Context): Promise<Result> {
    const load = loadavg()[0];
    const bySeries: Cost[] = [];
    for (const count of SERIES) bySeries.push(await costOf(context, { count, series: count, streams: [rawStream] }));
    const byStreams: Cost[] = [];
    for (const count of STREAMS) {
      const streams = Array.from({ length: count }, (_, i) => streamOf(i));
      byStreams.push(await costOf(context, { count, series: SERIES_OF_STREAMS, streams }));
    }
    return {
      figures: [...figuresOf(series, bySeries), ...figuresOf(streams, byStreams)],
      plots: [...plotsOf(series.many, bySeries), ...plotsOf(streams.many, byStreams)],
      notes: [
        `Each: ${SAMPLES / MILLION} M samples as fast as they are taken, after each series was sent once and ${LEAST_WARM_UP / MILLION} M samples at least. Of many series, all is sent to the hub as it is; each of many streams has where, deadband and a window of 10 s with four aggregates, on ${SERIES_OF_STREAMS} series.`,
        'The yardstick of each is its least number, in the same run. CPU counts until all can be queried.',
        "The agent's memory is its highest RSS, the hub's the highest PSS of all its processes.",
        `Memory for each further series at 1 M: agent ${bytesEach(bySeries, 'agentPeak')}, hub ${bytesEach(bySeries, 'hubPeak')} bytes; for each further stream at 32: agent ${bytesEach(byStreams, 'agentPeak')} bytes. Load before: ${load.toFixed(1)}.`,
      ],
    };
  },
};

function streamOf(i: number): string {
  const window = 'window: { every: 10s, aggregate: [mean, min, max, count] }';
  return `s${i}: { from: tcp, as: s${i}, steps: [ { where: 'value < 500.0' }, { deadband: 0.05 }, { ${window} } ] }`;
}

async function costOf(
  { folder, progress }: Context,
  { count, series, streams }: { count: number; series: number; streams: readonly string[] },
): Promise<Cost> {
  progress(`${series} series, ${streams.length} streams`);
  await using site = await benchSite({ parent: folder, streams });
  await Promise.all([site.hub.start(), site.agent.start()]);
  using memory = new MemoryWatch(() => programsOf(site));
  const slice = Math.min(series, MOST_AT_A_TIME);
  const lines = { measurement: 'load', series, slice, distinct: Math.max(LEAST_WARM_UP, series) };
  await using generator = await Generator.connect(site.ports.tcp, lines);
  const first = Date.now() * 1000 - HOUR;
  const warmUp = Math.max(LEAST_WARM_UP, series);
  // So that all series together have as many samples a second whatever their number, and windows hold as many of each.
  const step = Math.round((STEP * slice) / MOST_AT_A_TIME);
  await generator.send({ samples: warmUp, times: { first, step } });
  await through(site, warmUp, WITHIN_MS);
  const before = cpuOf(site);
  await generator.send({ samples: SAMPLES, times: { first: first + (warmUp / slice) * step, step } });
  await through(site, warmUp + SAMPLES, WITHIN_MS);
  const cpu = cpuOf(site).since(before);
  const agentPeak = peakOf(site.agent.pid);
  const hubPeak = memory.peakPss((name) => name.startsWith('hub'));
  memory[Symbol.dispose]();
  await Promise.all([site.agent.stop(), site.hub.stop()]);
  const perMillion = (seconds: number): number => (seconds / SAMPLES) * MILLION;
  const agent = cpu.total(['agent']);
  return { count, agentCpu: perMillion(agent), hubCpu: perMillion(cpu.total() - agent), agentPeak, hubPeak };
}

function figuresOf(of: Counted, costs: readonly Cost[]): Figure[] {
  const [least] = costs;
  return costs.flatMap((cost): Figure[] => {
    const figure = (what: string, unit: string, key: keyof Cost): Figure => ({
      what: `${what} at ${cost.count} ${cost.count === 1 ? of.one : of.many}`,
      value: cost[key],
      unit,
      better: 'lower',
      ...(cost === least ? {} : { yardstick: { what: `at ${least.count}`, value: least[key] } }),
    });
    return [
      figure('CPU of the agent', 'CPU-s/million', 'agentCpu'),
      figure('CPU of the hub', 'CPU-s/million', 'hubCpu'),
      figure("agent's highest RSS", 'MB', 'agentPeak'),
      figure("hub's highest PSS", 'MB', 'hubPeak'),
    ];
  });
}

function plotsOf(of: string, costs: readonly Cost[]): Plot[] {
  const plot = (title: string, label: string, keys: { agent: keyof Cost; hub: keyof Cost }): Plot => ({
    title,
    kind: 'line',
    x: { label: of, scale: 'log' },
    y: { label, scale: 'log' },
    lines: Object.entries(keys).map(([name, key]) => ({
      name,
      points: costs.map((cost) => [cost.count, cost[key]] as const),
    })),
  });
  return [
    plot(`CPU as ${of} grow`, 'CPU-s/million', { agent: 'agentCpu', hub: 'hubCpu' }),
    plot(`Memory as ${of} grow`, 'MB', { agent: 'agentPeak', hub: 'hubPeak' }),
  ];
}

function bytesEach(costs: readonly Cost[], key: 'agentPeak' | 'hubPeak'): number {
  const [first, last] = [costs[0], costs[costs.length - 1]];
  return Math.round(((last[key] - first[key]) * 1e6) / (last.count - first.count));
}
