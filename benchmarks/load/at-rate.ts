import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Site } from '../../test/e2e/site.ts';
import type { Latencies } from '../measure/latency.ts';
import { cpuOf, programsOf, stagesOf } from './bench-site.ts';
import { Generator, type Sent } from './generator.ts';
import type { LinesOptions } from './lines.ts';
import { LiveSeen } from './live-seen.ts';
import { MemoryWatch } from './memory-watch.ts';
import { Pace } from './pace.ts';
import { type CpuSeconds, peakOf } from './processes.ts';

const SERIES = 1_000;
/** Of these, every so many-th is followed at the hub: following is work, too. */
const FOLLOWED = 50;
/** A slice each 10 ms, as many series as that takes. */
const SLICES_PER_SECOND = 100;
/** Samples, after which values repeat. */
const DISTINCT = 1_000_000;
export const WARM_UP_SECONDS = 10;
/** For the last samples to be seen; those that come later, or never, count as seen after that. */
const FOLLOW_ON_MS = 5_000;
const POLL_MS = 50;
/** Seldom: each look is an answer of the agent and three of the hub. */
const PACE_MS = 1_000;

export interface AtRate {
  /** Of all that are followed: what was not seen counts as if it were seen at the very end. */
  readonly latencies: Latencies;
  readonly seen: number;
  /** How many should have been seen live. */
  readonly followed: number;
  readonly dropped: number;
  readonly sent: Sent;
  readonly cpu: CpuSeconds;
  /** MB: the agent's highest since it started, and the highest sum of the hub's processes. */
  readonly agentPeak: number;
  readonly hubPeak: number;
  readonly memory: MemoryWatch;
  readonly pace: Pace;
  readonly load: number;
}

export function linesAt(rate: number): LinesOptions {
  return { measurement: 'load', series: SERIES, slice: rate / SLICES_PER_SECOND, distinct: DISTINCT };
}

/** Sends at a rate for a time, after a warm-up, to an agent and a hub that run, and follows what comes of it. */
export async function atRate(site: Site, { rate, seconds }: { rate: number; seconds: number }): Promise<AtRate> {
  using memory = new MemoryWatch(() => programsOf(site));
  await using pace = new Pace(() => stagesOf(site), PACE_MS);
  await using generator = await Generator.connect(site.ports.tcp, linesAt(rate));
  const paths = Array.from({ length: SERIES / FOLLOWED }, (_, i) => `lab/m${i * FOLLOWED}/load`);
  using seen = await LiveSeen.open(site.hub.url, paths);
  await generator.send({ samples: rate * WARM_UP_SECONDS, rate });
  const load = loadavg()[0];
  const before = cpuOf(site);
  const { latencies } = seen.span({ from: Date.now() * 1000 });
  const sent = await generator.send({ samples: rate * seconds, rate });
  const cpu = cpuOf(site).since(before);
  await pace.stop();
  const followed = (rate * seconds) / FOLLOWED;
  const deadline = performance.now() + FOLLOW_ON_MS;
  while (latencies.count < followed && performance.now() < deadline) await pause(POLL_MS);
  // What was not seen by then has waited at least so long: left out, it would make the others' percentiles better.
  const inTime = latencies.count;
  if (inTime < followed) latencies.add(FOLLOW_ON_MS, followed - inTime);
  return {
    latencies,
    seen: inTime,
    followed,
    dropped: seen.dropped,
    sent,
    cpu,
    agentPeak: peakOf(site.agent.pid),
    hubPeak: memory.peakPss((name) => name.startsWith('hub')),
    memory,
    pace,
    load,
  };
}
