import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { straceMissing } from '../crash-points.ts';
import type { Exit, Program } from '../e2e/processes.ts';
import type { Fault } from './fault.ts';
import { Injection } from './injection.ts';
import { LoadedSite } from './loaded-site.ts';
import { outcomeOf, quantile, roundsOf } from './outcome.ts';

/** By which each sync, or each write, is late. */
const DELAYS = [
  { calls: 'fsync,fdatasync', ms: 200 },
  { calls: 'fsync,fdatasync', ms: 2000 },
  { calls: 'fsync,fdatasync,pwrite64', ms: 50 },
];
const ROUNDS = 6;
const SLOWEST_MS = Math.max(...DELAYS.map(({ ms }) => ms));
const SLOW_MS = 8000;
const ASK_EVERY_MS = 50;
/** An answer that takes longer counts as that long. */
const MOST_MS = 30_000;

export const slowDisk: Fault = {
  name: 'slow-disk',
  about:
    'each fsync of agent or hub takes 200 ms or 2 s longer, or each fsync and write 50 ms; /status and /readyz are asked meanwhile, and it is told to stop',
  seconds: 90,
  missing: straceMissing,
  async run({ folder, seed, share, progress }) {
    await using site = await LoadedSite.start({ folder, seed });
    /** How programs ended that were told to stop meanwhile. */
    const stops: string[] = [];
    const latencies = { agent: [] as number[], hub: [] as number[] };
    const total = roundsOf(ROUNDS, share);
    let struck = 0;
    for (let round = 0; round < total; round++) {
      const { calls, ms } = DELAYS[Math.floor(round / 2) % DELAYS.length];
      const program = round % 2 === 0 ? site.agent : site.hub;
      const what = `${calls}:delay_exit=${ms * 1000}`;
      const injection = await Injection.start({
        pids: [program.pid, ...program.children()],
        what,
        log: join(folder, 'delayed'),
      });
      const url = program === site.agent ? `${site.agent.statusUrl}/status` : `${site.hub.url}/readyz`;
      const asked = await askFor(SLOW_MS, url);
      latencies[program === site.agent ? 'agent' : 'hub'].push(...asked);
      if (ms === SLOWEST_MS) {
        stops.push(`${program === site.agent ? 'agent' : 'hub'} ${inWords(await stopped(program))}`);
      }
      const delayed = await injection.end();
      if (delayed > 0) struck++;
      if (!program.running) await program.start();
      await site.passes('the disk is fast again');
      const p99 = Math.round(quantile(asked, 0.99));
      progress(
        `${program === site.agent ? 'agent' : 'hub'}, ${what}: ${delayed} calls delayed, p99 of ${asked.length} answers ${p99} ms`,
      );
    }
    const settled = await site.settle();
    const p99 = (values: readonly number[]) => `${Math.round(quantile(values, 0.99))} ms`;
    const answers = `p99 meanwhile, under strace: agent's /status ${p99(latencies.agent)}, hub's /readyz ${p99(latencies.hub)}`;
    return outcomeOf(struck, settled, answers, ...stops.map((stop) => `told to stop, ${stop}`));
  },
};

/** Told to stop while each sync takes long. It ends by itself, in order or, after the time that it gives itself, as it is. */
async function stopped(program: Program): Promise<Exit> {
  const exit = await program.stop();
  if (exit.signal === 'SIGKILL') {
    throw new Error(`it did not end within ${exit.afterMs} ms:\n${program.stderr.slice(-3000)}`);
  }
  return exit;
}

function inWords({ code, signal, afterMs }: Exit): string {
  const ms = `after ${Math.round(afterMs)} ms`;
  if (signal === null) return `ended ${code === 0 ? 'in order ' : ''}with exit code ${code} ${ms}`;
  return `did not end in order in the time that it gives itself, and ended itself by ${signal} ${ms}`;
}

/** How long answers took, in ms. */
async function askFor(ms: number, url: string): Promise<number[]> {
  const took: number[] = [];
  const end = performance.now() + ms;
  while (performance.now() < end) {
    const began = performance.now();
    await fetch(url, { signal: AbortSignal.timeout(MOST_MS) })
      .then((response) => response.arrayBuffer())
      .catch((error: unknown) => {
        if (!(error instanceof DOMException && error.name === 'TimeoutError')) throw error;
      });
    took.push(performance.now() - began);
    await pause(ASK_EVERY_MS);
  }
  return took;
}
