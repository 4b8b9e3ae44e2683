import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { straceMissing } from '../crash-points.ts';
import type { Program } from '../e2e/processes.ts';
import type { Fault } from './fault.ts';
import { Injection } from './injection.ts';
import { LoadedSite } from './loaded-site.ts';
import { opensBelow } from './opens-below.ts';
import { median, mustHaveStruck, outcomeOf, roundsOf } from './outcome.ts';

/** How long (ms) calls fail. */
const [SHORTEST_MS, LONGEST_MS] = [200, 2500];
/** Until one has failed: then, or so much later, it ends. */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 50;
/** After which a program that has ended is started again. */
const RESTART_MS = 100;

export const eioSync = ioErrors({
  name: 'eio-fsync',
  about:
    'fsync and fdatasync of agent or hub fail with EIO: all of them for a while, or each n-th while the load must go on passing',
  calls: 'fsync,fdatasync',
  interval: [15, 50],
  rounds: 20,
  seconds: 90,
});

export const eioWrite = ioErrors({
  name: 'eio-write',
  about:
    'pwrite64 of agent or hub, by which all is written to the data folder, fails with EIO: all of them for a while, or each n-th while the load must go on passing',
  calls: 'pwrite64',
  interval: [40, 150],
  rounds: 20,
  seconds: 90,
});

export const eioRead = ioErrors({
  name: 'eio-read',
  about:
    'pread64 of agent or hub, by which the data folder is read, fails with EIO: all of them for a while, or each n-th while the load must go on passing',
  calls: 'pread64',
  // A start reads a whole WAL, of 1000 frames and some: a thread that fails at each is started again for ever.
  interval: [1500, 3000],
  isRestarted: true,
  rounds: 20,
  seconds: 110,
});

export const eioNames = ioErrors({
  name: 'eio-names',
  about:
    'rename, unlink and ftruncate of agent or hub fail with EIO: all of them for a while, or each n-th while the load must go on passing',
  calls: 'rename,unlink,ftruncate',
  // A file that is installed takes two renames, one that is merged two unlinks.
  interval: [3, 12],
  rounds: 16,
  seconds: 90,
});

interface IoErrors extends Pick<Fault, 'name' | 'about' | 'seconds'> {
  readonly calls: string;
  readonly rounds: number;
  /** Of so many calls of a thread one fails, where it must go on meanwhile: a part that is started again for it must get further. */
  readonly interval: readonly [from: number, to: number];
  /** Files are read at a start; later most is in memory. */
  readonly isRestarted?: boolean;
}

function ioErrors({ calls, rounds, interval, isRestarted = false, ...fault }: IoErrors): Fault {
  return {
    ...fault,
    missing: straceMissing,
    async run({ folder, seed, share, progress }) {
      await using site = await LoadedSite.start({ folder, seed });
      const { random } = site;
      const recovery: number[] = [];
      let [struck, failed, restarts] = [0, 0, 0];
      const total = roundsOf(rounds, share);
      for (let round = 1; round <= total; round++) {
        const program = random.next() < 0.5 ? site.agent : site.hub;
        const isEachOfMany = random.next() < 0.4;
        const n = random.whole(...interval);
        const when = isEachOfMany ? `${n}+${n}` : `${random.whole(1, 4)}+1`;
        const what = `${calls}:error=EIO:when=${when}`;
        const said = `${program === site.agent ? 'agent' : 'hub'}, ${what}`;
        const log = join(folder, 'injected');
        if (isRestarted) {
          await program.kill();
          await spawnUpToData(program, program === site.agent ? site.agentData : site.hubData);
        }
        const injection = await Injection.start({ pids: [program.pid, ...program.children()], what, log });
        if (isRestarted) program.signal('SIGCONT');
        using _supervising = supervise(program, () => restarts++);
        await pause(random.whole(SHORTEST_MS, LONGEST_MS));
        const patience = performance.now() + PATIENCE_MS;
        while (injection.count() === 0 && performance.now() < patience) await pause(LOOK_EVERY_MS);
        if (isEachOfMany) await site.passes(`${said}, which goes on`);
        const count = await injection.end();
        failed += count;
        if (count > 0) struck++;
        const ended = performance.now();
        await site.passes(said);
        recovery.push(performance.now() - ended);
        progress(
          `${round} of ${total}: ${said}: ${count} calls failed, passes ${Math.round(recovery.at(-1) ?? 0)} ms later`,
        );
      }
      const settled = await site.settle();
      mustHaveStruck(struck, total);
      return outcomeOf(
        struck,
        settled,
        `${failed} calls failed in ${struck} of ${total} rounds, ${restarts} times the program ended and was started again`,
        `load passes again ${median(recovery)} ms (median) after the last of a round`,
      );
    },
  };
}

/** Starts a program again that has ended, as whatever runs a service does. */
function supervise(program: Program, restarted: () => void): Disposable {
  const looking = setInterval(() => {
    if (program.running) return;
    restarted();
    program.spawn();
  }, RESTART_MS);
  return { [Symbol.dispose]: () => clearInterval(looking) };
}

/** Starts it and stops it (SIGSTOP) as it comes to its data: the reads before are those of the system's loader. */
async function spawnUpToData(program: Program, data: string): Promise<void> {
  program.spawn();
  while (program.running && !opensBelow(program.pid, data)) await pause(1);
  program.signal('SIGSTOP');
}
