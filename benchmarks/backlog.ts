import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Site } from '../test/e2e/site.ts';
import { until } from '../test/e2e/until.ts';
import { childrenOf, CpuSeconds, peakOf } from './load/processes.ts';
import { Latencies, type Summary } from './measure/latency.ts';

/*
 * An agent whose hub was away for long, and is back: how soon is what is measured now seen at the hub while the backlog
 * drains, how fast does it drain, and is everything there once?
 *
 *   node benchmarks/backlog.ts [--samples 20000000] [--live 10000] [--after 10] [--folder DIR]
 *
 * Agent and hub are the programs that people run. The hub is down while a generator of its own process fills the outbox;
 * then the hub starts, and live samples, which carry the time at which they were sent, are followed there by WebSocket:
 * a tenth of their series, so that following itself costs little. `--after`: seconds for which the same is measured with
 * nothing left to drain. `--folder`: in which its own is made, instead of where temporary ones are.
 * Of the live samples those count that were sent while the agent was connected. Prints JSON.
 */

const { values: options } = parseArgs({
  options: {
    samples: { type: 'string', default: '20000000' },
    live: { type: 'string', default: '10000' },
    after: { type: 'string', default: '10' },
    folder: { type: 'string' },
  },
});
const samples = Number(options.samples);
const live = Number(options.live);

const SERIES = 1000;
/** µs between two samples of a series: as many a second as live. */
const STEP = Math.round((SERIES * 1e6) / live);
const TICK_MS = 10;
const FOLLOWED = 10;
/** Of the agent's outbox: that is a second of live samples, and what is under way. */
const DRAINED = 2 * live;
const FILL_MS = 3_600_000;
const DRAIN_MS = 3_600_000;
const WATCH_MS = 1_000;

await using site = await Site.open({
  parent: options.folder,
  flow: ({ tcp }) => `
journal: { quota: 1GiB }
outbox: { quota: 16GiB }
sources: { tcp: { type: line-protocol, listen: '127.0.0.1:${tcp}' } }
streams: { raw: { from: tcp } }
`,
});
const { agent, hub } = site;
await agent.start();

async function measure(): Promise<Record<string, unknown>> {
  const fill = await filled();
  const sender = new LiveSender();
  sender.start();
  hub.spawn();
  await until('the hub is ready', async () => (await fetch(`${hub.url}/readyz`)).ok);
  const follower = await sender.follow();
  const following = Date.now();
  const watch = new Watch();
  await until('the backlog has drained', async () => ((await agent.status()).outbox?.samples ?? Infinity) < DRAINED, {
    withinMs: DRAIN_MS,
  });
  const drained = Date.now();
  const during = watch.stop();
  await pause(Number(options.after) * 1000);
  await sender.stop();
  await agent.drained();
  await pause(1_000);
  follower.close();
  const connected = Date.parse(String(agent.logged().findLast(({ msg }) => msg === 'connected to the hub')?.time));
  const seconds = (drained - connected) / 1000;
  const rate = Math.round(samples / seconds);
  return {
    samples,
    load: loadavg().map((load) => Number(load.toFixed(1))),
    fill,
    drain: { seconds, samplesPerSecond: rate, timesLive: Number((rate / live).toFixed(1)) },
    live: {
      whileDraining: sender.latency({ from: Math.max(following, connected), to: drained }),
      after: sender.latency({ from: drained + 2_000, to: Infinity }),
      unseen: sender.unseenSince(Math.max(following, connected)),
      leftOut: sender.leftOut,
    },
    agent: { ...during, peakMB: Math.round(peakOf(agent.pid)) },
    hub: { peakMB: Math.round([hub.pid, ...hub.children()].reduce((sum, pid) => sum + peakOf(pid), 0)) },
    // Not added up as they are: what one lacks does not make up for what the other has twice.
    missing: Math.abs(await missing('backlog', samples)) + Math.abs(await missing('live', sender.sent)),
  };
}

/** The generator's samples are all in the outbox when this is done. */
async function filled(): Promise<Record<string, number>> {
  const began = performance.now();
  const start = Date.now() * 1000 - Math.ceil(samples / SERIES) * STEP;
  const script = join(import.meta.dirname, 'send-lines.ts');
  const args = [site.ports.tcp, samples, SERIES, start, STEP].map(String);
  const generator = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(generator, 'exit');
  for await (const sent of createInterface({ input: generator.stdout })) {
    const { outbox } = await agent.status();
    console.error(`${sent} of ${samples} sent, ${outbox?.samples ?? 0} in the outbox`);
  }
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`the generator ended with ${code}`);
  await until('all is in the outbox', async () => ((await agent.status()).outbox?.samples ?? 0) >= samples, {
    withinMs: FILL_MS,
  });
  const { outbox } = await agent.status();
  return {
    seconds: Math.round((performance.now() - began) / 1000),
    outboxMiB: Math.round((outbox?.bytes ?? 0) / 2 ** 20),
  };
}

/** How many of so many samples the hub lacks; below 0: it has some twice. */
async function missing(measurement: string, sent: number): Promise<number> {
  const rows = await site.api.series(`lab/*/${measurement}`);
  return sent - rows.reduce((sum, row) => sum + row.samples, 0);
}

/** Sends a tenth of its series each tick, and follows some of them. */
class LiveSender {
  readonly #socket = connect({ host: '127.0.0.1', port: site.ports.tcp });
  readonly #stop = new AbortController();
  #sending: Promise<void> = Promise.resolve();
  /** When each followed sample was sent, in ms, until it is seen. */
  readonly #waiting = new Map<string, number>();
  readonly #seen: { sentAt: number; ms: number }[] = [];
  sent = 0;
  /** By the hub, because they came too fast: nearly all of what was sent before the connection, and comes at once. */
  leftOut = 0;

  start(): void {
    this.#socket.resume();
    this.#sending = this.#send();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#sending;
    this.#socket.end();
    await once(this.#socket, 'close');
  }

  unseenSince(time: number): number {
    return [...this.#waiting.values()].filter((sentAt) => sentAt >= time).length;
  }

  async #send(): Promise<void> {
    const first = Date.now();
    while (!this.#stop.signal.aborted) {
      const due = Math.floor(((Date.now() - first) / 1000) * live);
      let lines = '';
      for (; this.sent < due; this.sent++) {
        const i = this.sent % SERIES;
        const now = Date.now();
        // Its own among those of its series, also when several are sent at once after a pause.
        const time = now * 1000 + (Math.floor(this.sent / SERIES) % 1000);
        if (i % FOLLOWED === 0) this.#waiting.set(`lab/m${i}/live ${time}`, now);
        lines += `live,machine=m${i} value=${this.sent} ${time}000\n`;
      }
      if (lines !== '' && !this.#socket.write(lines)) await once(this.#socket, 'drain');
      await pause(TICK_MS);
    }
  }

  async follow(): Promise<WebSocket> {
    const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/api/v1/live`);
    const paths = new Map<number, string>();
    socket.addEventListener('message', ({ data }) => {
      const now = Date.now();
      const line = JSON.parse(String(data)) as {
        series: { id: number; path: string }[];
        points: [number, number][];
        dropped: number;
      };
      for (const { id, path } of line.series) paths.set(id, path);
      this.leftOut += line.dropped;
      for (const [id, time] of line.points) {
        const key = `${paths.get(id)} ${time}`;
        const sentAt = this.#waiting.get(key);
        if (sentAt === undefined) continue;
        this.#waiting.delete(key);
        this.#seen.push({ sentAt, ms: now - sentAt });
      }
    });
    await once(socket, 'open');
    const patterns = Array.from({ length: SERIES / FOLLOWED }, (_, i) => `lab/m${i * FOLLOWED}/live`);
    socket.send(JSON.stringify({ subscribe: patterns }));
    return socket;
  }

  /** Of samples that were sent within some time. */
  latency({ from, to }: { from: number; to: number }): Summary {
    const within = this.#seen.filter(({ sentAt }) => from <= sentAt && sentAt < to);
    return Latencies.of(within.map(({ ms }) => ms)).summary();
  }
}

/** What the agent's main thread does meanwhile. */
class Watch {
  readonly #p99 = new Latencies();
  readonly #timer: NodeJS.Timeout;
  readonly #cpu = agentCpu();
  readonly #began = performance.now();

  constructor() {
    this.#timer = setInterval(() => void this.#look(), WATCH_MS);
  }

  async #look(): Promise<void> {
    const text = await (await fetch(`${agent.statusUrl}/metrics`)).text();
    const p99 = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1];
    if (p99 !== undefined) this.#p99.add(Number(p99) * 1000);
  }

  stop(): Record<string, unknown> {
    clearInterval(this.#timer);
    const seconds = (performance.now() - this.#began) / 1000;
    const used = agentCpu().since(this.#cpu);
    const share = (cpuSeconds: number): number => Number((cpuSeconds / seconds).toFixed(2));
    return {
      // Of each second.
      mainDelayP99: this.#p99.summary(),
      cpuShare: share(used.total()),
      threads: Object.fromEntries([...used.threads].map(([name, cpuSeconds]) => [name, share(cpuSeconds)])),
    };
  }
}

function agentCpu(): CpuSeconds {
  return CpuSeconds.of([{ name: 'agent', pid: agent.pid }, ...childrenOf(agent.pid, 'agent')]);
}

console.log(JSON.stringify(await measure(), undefined, 2));
