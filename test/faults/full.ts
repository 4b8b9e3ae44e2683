import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { findProgram } from '../e2e/broker.ts';
import { type FillableDisk, mountable, SmallDisk } from '../e2e/small-disk.ts';
import { Ext4Disk, ext4Missing } from './disks.ts';
import type { Fault } from './fault.ts';
import { LoadedSite } from './loaded-site.ts';
import { median, outcomeOf, roundsOf } from './outcome.ts';

/** How long (ms) there is no space. */
const [SHORTEST_MS, LONGEST_MS] = [300, 4000];
/** What was let go is filled again so often, as others fill a disk. */
const REFILL_MS = 50;
const DISK = '128m';

export const enospc = full({
  name: 'enospc',
  kind: 'tmpfs',
  rounds: 16,
  seconds: 130,
  missing: mountable,
  disk: (path) => new SmallDisk(path, DISK),
});

export const enospcExt4 = full({
  name: 'enospc-ext4',
  kind: 'ext4 on a loop device',
  rounds: 6,
  seconds: 55,
  missing: ext4Missing,
  disk: (path) => new Ext4Disk(path, DISK),
});

interface FullDisk extends Pick<Fault, 'name' | 'seconds' | 'missing'> {
  readonly kind: string;
  readonly rounds: number;
  disk(path: string): FillableDisk & Disposable;
}

function full({ kind, rounds, disk: mount, ...fault }: FullDisk): Fault {
  return {
    ...fault,
    about: `somebody fills the disk (${kind}) of agent, hub or both under load and keeps it full, sometimes over a kill and a start, then frees it`,
    async run({ folder, seed, share, progress }) {
      await using site = await LoadedSite.open({ folder, seed });
      using agentDisk = mount(site.agentData);
      using hubDisk = mount(site.hubData);
      await using _mayUnmount = site.programs();
      await site.begin();
      const { random } = site;
      const agent = { name: 'agent', program: site.agent, disk: agentDisk };
      const hub = { name: 'hub', program: site.hub, disk: hubDisk };
      const recovery: number[] = [];
      const total = roundsOf(rounds, share);
      for (let round = 1; round <= total; round++) {
        const victims = [[agent], [hub], [agent, hub]][random.whole(0, 3)];
        const isKilled = random.next() < 0.3;
        const until = performance.now() + random.whole(SHORTEST_MS, LONGEST_MS);
        while (performance.now() < until) {
          for (const { disk } of victims) disk.fill(0);
          await pause(REFILL_MS);
        }
        if (isKilled) {
          for (const { program } of victims) {
            await program.kill();
            program.spawn();
          }
          await pause(random.whole(SHORTEST_MS, LONGEST_MS));
        }
        for (const { disk } of victims) disk.empty();
        recovery.push(await site.passes(`round ${round} with a full disk`));
        const who = victims.map(({ name }) => name).join(' and ');
        progress(
          `${round} of ${total}: ${who}${isKilled ? ', killed' : ''}: passes ${Math.round(recovery.at(-1) ?? 0)} ms later`,
        );
      }
      const settled = await site.settle();
      return outcomeOf(total, settled, `load passes again ${median(recovery)} ms (median) after there is space`);
    },
  };
}

const LIMITS = [0, 4 << 10, 64 << 10, 1 << 20];
const FSIZE_ROUNDS = 12;

export const fileSizeLimit: Fault = {
  name: 'file-size-limit',
  about: 'RLIMIT_FSIZE of agent, or of hub and its query process, set to 0 B to 1 MiB under load (EFBIG), then lifted',
  seconds: 70,
  missing: () => (findProgram('prlimit') === undefined ? 'prlimit (util-linux) is not installed' : undefined),
  async run({ folder, seed, share, progress }) {
    await using site = await LoadedSite.start({ folder, seed });
    const { random } = site;
    const recovery: number[] = [];
    const total = roundsOf(FSIZE_ROUNDS, share);
    for (let round = 1; round <= total; round++) {
      const program = random.next() < 0.5 ? site.agent : site.hub;
      const limit = LIMITS[random.whole(0, LIMITS.length)];
      limitFiles([program.pid, ...program.children()], String(limit));
      await pause(random.whole(SHORTEST_MS, LONGEST_MS));
      limitFiles([program.pid, ...program.children()], 'unlimited');
      const said = `${program === site.agent ? 'agent' : 'hub'} with files of at most ${limit} bytes`;
      recovery.push(await site.passes(said));
      progress(`${round} of ${total}: ${said}: passes ${Math.round(recovery.at(-1) ?? 0)} ms later`);
    }
    const settled = await site.settle();
    return outcomeOf(total, settled, `load passes again ${median(recovery)} ms (median) after the limit is lifted`);
  },
};

/** The soft limit alone, which anybody may lift again. */
function limitFiles(pids: readonly number[], limit: string): void {
  for (const pid of pids) execFileSync('prlimit', ['--pid', String(pid), `--fsize=${limit}:`], { stdio: 'ignore' });
}
