import { setTimeout as pause } from 'node:timers/promises';
import { loadavg } from 'node:os';
import type { Site } from '../../test/e2e/site.ts';
import { until } from '../../test/e2e/until.ts';
import { linesAt } from '../load/at-rate.ts';
import { benchSite, cpuOf, programsOf, rawStream, stagesOf } from '../load/bench-site.ts';
import { Generator } from '../load/generator.ts';
import { LiveSeen } from '../load/live-seen.ts';
import { MemoryWatch } from '../load/memory-watch.ts';
import { Pace } from '../load/pace.ts';
import { type CpuSeconds, peakOf } from '../load/processes.ts';
import type { Latencies } from '../measure/latency.ts';
import { MainDelay } from './main-delay.ts';

export interface BacklogOptions {
  readonly samples: number;
  /** Samples a second that are measured meanwhile, of a thousand series. */
  readonly live: number;
  /** For so long the same is measured with nothing left to drain. */
  readonly afterSeconds: number;
  /** In which its own is made; default: where the system keeps temporary ones. */
  readonly folder?: string;
  progress(text: string): void;
}

export interface DrainedBacklog {
  readonly outboxBytes: number;
  /** From the connection until what is left is a second of live samples and what is under way. */
  readonly seconds: number;
  readonly samplesPerSecond: number;
  /** Of live samples that were sent while the agent was connected: of those that should be seen then, about so many. */
  readonly live: { readonly whileDraining: Latencies; readonly after: Latencies; readonly followed: number };
  /** By the hub, because they came too fast for the page. */
  readonly leftOut: number;
  readonly mainDelay: Latencies;
  readonly cpu: CpuSeconds;
  readonly memory: MemoryWatch;
  readonly pace: Pace;
  /** MB: the agent's highest since it started, and the highest sum of the hub's processes. */
  readonly agentPeak: number;
  readonly hubPeak: number;
  /** How many samples the hub lacks or has twice. */
  readonly missing: number;
  readonly load: readonly number[];
}

const SERIES = 1_000;
/** Of the series every so many-th is followed: following itself is work. */
const FOLLOWED = 10;
const MICROSECONDS = 1e6;
/** A drain goes on for hours where the backlog is one of days. */
const WITHIN_MS = 3_600_000;
/** After the drain, what was under way then is behind. */
const SETTLE_MS = 2_000;
/** For the last samples to be seen. */
const FOLLOW_ON_MS = 1_000;
const quotas = 'journal: { quota: 1GiB }\noutbox: { quota: 16GiB }\n';

/**
 * An agent whose hub was away for long, and is back: how fast does the backlog drain, how soon is what is measured now seen
 * at the hub meanwhile, and is everything there once? Agent and hub are the programs that people run.
 */
export async function drainBacklog(options: BacklogOptions): Promise<DrainedBacklog> {
  const { samples, live, afterSeconds, folder, progress } = options;
  await using site = await benchSite({ parent: folder, streams: [rawStream], more: quotas });
  const { agent, hub } = site;
  await agent.start();
  progress(`fills the outbox with ${samples} samples`);
  const outboxBytes = await fill(site, options);

  await using generator = await Generator.connect(site.ports.tcp, { ...linesAt(live), measurement: 'live' });
  const stop = new AbortController();
  const sending = sendUntil(stop.signal, generator, live);
  hub.spawn();
  await until('the hub is ready', async () => (await fetch(`${hub.url}/readyz`)).ok);
  const paths = Array.from({ length: SERIES / FOLLOWED }, (_, i) => `lab/m${i * FOLLOWED}/live`);
  using seen = await LiveSeen.open(hub.url, paths);
  progress('drains');
  const connected = await connectedAt(site);
  const whileDraining = seen.span({ from: Date.now() * 1000 });
  const before = cpuOf(site);
  using memory = new MemoryWatch(() => programsOf(site));
  await using pace = new Pace(() => stagesOf(site));
  await using delay = new MainDelay(agent.statusUrl);
  const isDrained = async () => ((await agent.status()).outbox?.samples ?? Infinity) < 2 * live;
  await until('the backlog has drained', isDrained, { withinMs: WITHIN_MS });
  const drained = Date.now();
  whileDraining.end(drained * 1000);
  const cpu = cpuOf(site).since(before);
  await delay.stop();
  const after = seen.span({ from: (drained + SETTLE_MS) * 1000 });
  await pause(SETTLE_MS + afterSeconds * 1000);
  await pace.stop();
  stop.abort();
  const sent = await sending;
  await agent.drained();
  await pause(FOLLOW_ON_MS);
  memory[Symbol.dispose]();
  const seconds = (drained - connected) / 1000;
  return {
    outboxBytes,
    seconds,
    samplesPerSecond: samples / seconds,
    live: {
      whileDraining: whileDraining.latencies,
      after: after.latencies,
      followed: Math.round((whileDraining.seconds * live) / FOLLOWED),
    },
    leftOut: seen.dropped,
    mainDelay: delay.latencies,
    cpu,
    memory,
    pace,
    agentPeak: peakOf(agent.pid),
    hubPeak: memory.peakPss((name) => name.startsWith('hub')),
    // Not added up as they are: what one lacks does not make up for what the other has twice.
    missing: Math.abs(await lacking(site, 'backlog', samples)) + Math.abs(await lacking(site, 'live', sent)),
    load: loadavg(),
  };
}

/** The samples are all in the outbox when this is done; returns its bytes. */
async function fill({ agent, ports }: Site, { samples, live }: BacklogOptions): Promise<number> {
  const lines = { measurement: 'backlog', series: SERIES, slice: SERIES, distinct: 1_000_000 };
  await using generator = await Generator.connect(ports.tcp, lines);
  const slices = Math.ceil(samples / SERIES);
  // As many a second as live, up to now.
  const step = Math.round((SERIES * MICROSECONDS) / live);
  await generator.send({ samples, times: { first: Date.now() * 1000 - slices * step, step } });
  const filled = await until(
    'all is in the outbox',
    async () => {
      const { outbox } = await agent.status();
      return outbox && outbox.samples >= samples ? outbox : undefined;
    },
    { withinMs: WITHIN_MS },
  );
  return filled.bytes;
}

/** A second after another, each sample with the time at which it is due; returns how many. */
async function sendUntil(signal: AbortSignal, generator: Generator, rate: number): Promise<number> {
  let sent = 0;
  while (!signal.aborted) sent += (await generator.send({ samples: rate, rate })).samples;
  return sent;
}

/** ms since 1970. */
function connectedAt({ agent }: Site): Promise<number> {
  const connection = () => agent.logged().findLast(({ msg }) => msg === 'connected to the hub');
  return until('the agent is connected', () => {
    const logged = connection();
    return logged && Date.parse(String(logged.time));
  });
}

/** How many of so many samples the hub lacks; below 0: it has some twice. */
async function lacking({ api }: Site, measurement: string, sent: number): Promise<number> {
  const rows = await api.series(`lab/*/${measurement}`);
  return sent - rows.reduce((sum, row) => sum + row.samples, 0);
}
