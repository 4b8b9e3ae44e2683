import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault, FaultContext, Outcome } from './fault.ts';
import { ENDED as THREAD_ENDED } from '../e2e/files-thread-killer.ts';
import { until } from '../e2e/until.ts';
import { LoadedSite, type LoadedSiteOptions } from './loaded-site.ts';
import { median, outcomeOf, roundsOf } from './outcome.ts';

/** Before each kill the load has passed again, and then this long (ms). */
const [EARLIEST_MS, LATEST_MS] = [20, 900];
/** Of the query process. A busy machine is not a program that hangs. */
const RESTART = { withinMs: 120_000 };

export const killAgent = kill({
  name: 'kill-agent',
  about: 'SIGKILL of the agent at random moments under load, sometimes again while it starts',
  rounds: 70,
  seconds: 200,
  async strike({ agent, random }) {
    await agent.kill();
    if (random.next() < 0.2) {
      agent.spawn();
      await pause(random.whole(EARLIEST_MS, 2 * LATEST_MS));
      await agent.kill();
    }
    await agent.start();
  },
});

export const killHub = kill({
  name: 'kill-hub',
  about: 'SIGKILL of the hub at random moments under load, sometimes again while it starts',
  rounds: 60,
  seconds: 250,
  async strike({ hub, random }) {
    await hub.kill();
    if (random.next() < 0.2) {
      hub.spawn();
      await pause(random.whole(EARLIEST_MS, 2 * LATEST_MS));
      await hub.kill();
    }
    await hub.start();
  },
});

export const killQuery = kill({
  name: 'kill-query-process',
  about: "SIGKILL of the hub's query process at random moments under load",
  rounds: 40,
  seconds: 150,
  async strike({ hub, api }) {
    const asked = () => {
      const pids = hub.children();
      return pids.length > 0 && pids;
    };
    const running = await until('the hub has a query process', asked, RESTART);
    for (const pid of running) process.kill(pid, 'SIGKILL');
    // The load passes without it.
    await until('queries are answered', () => api.series().then(() => true), RESTART);
  },
});

/** Preloaded into what the hub starts. */
const filesThreadKiller = join(import.meta.dirname, '../e2e/files-thread-killer.ts');

export const killFiles = kill({
  name: 'kill-files-thread',
  about: "the hub's thread that writes files ended some milliseconds after it got work, under load",
  rounds: 60,
  seconds: 90,
  options: { hubEnv: { NODE_OPTIONS: `--import=${filesThreadKiller}` } },
  async strike(site) {
    const { hub } = site;
    const { length } = hub.stderr;
    for (const pid of hub.children()) process.kill(pid, 'SIGUSR2');
    await until('the thread has ended', () => hub.stderr.includes(THREAD_ENDED, length), RESTART);
    // The load passes without it.
    const { written } = site.files;
    await until('files are written again', () => site.files.written > written, RESTART);
  },
  async note({ hub }) {
    return `${await failedFileJobs(hub.url)} jobs on files were cut off`;
  },
});

/** Since the hub started. */
async function failedFileJobs(hubUrl: string): Promise<number> {
  const metrics = await (await fetch(`${hubUrl}/metrics`)).text();
  return Number(/^sluis_hub_compactions_total\{outcome="failed"\} (\d+)$/m.exec(metrics)?.[1] ?? NaN);
}

export const killBoth = kill({
  name: 'kill-both',
  about: 'SIGKILL of agent and hub at once at random moments under load',
  rounds: 50,
  seconds: 150,
  async strike({ agent, hub }) {
    await Promise.all([agent.kill(), hub.kill()]);
    await Promise.all([agent.start(), hub.start()]);
  },
});

interface Kills extends Pick<Fault, 'name' | 'about' | 'seconds'> {
  readonly rounds: number;
  readonly options?: Pick<LoadedSiteOptions, 'hubEnv'>;
  strike(site: LoadedSite): Promise<void>;
  /** What else is worth telling in the end. */
  note?(site: LoadedSite): Promise<string>;
}

function kill({ name, about, rounds, seconds, options, strike, note }: Kills): Fault {
  return {
    name,
    about,
    seconds,
    async run({ folder, seed, share, progress }: FaultContext): Promise<Outcome> {
      await using site = await LoadedSite.start({ folder, seed, ...options });
      const recovery: number[] = [];
      const total = roundsOf(rounds, share);
      for (let round = 1; round <= total; round++) {
        await pause(site.random.whole(EARLIEST_MS, LATEST_MS));
        const struck = performance.now();
        await strike(site);
        await site.passes(`kill ${round}`);
        recovery.push(performance.now() - struck);
        if (round % 10 === 0) progress(`${round} of ${total}, ${site.acknowledged} samples acknowledged`);
      }
      const more = note ? [await note(site)] : [];
      const settled = await site.settle();
      return outcomeOf(total, settled, `load passes again ${median(recovery)} ms (median) after a kill`, ...more);
    },
  };
}
