import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { LoadedSite } from './loaded-site.ts';
import { median, outcomeOf, roundsOf } from './outcome.ts';

/** How far a clock is off, as libfaketime reads it. */
const JUMPS = ['+1h', '-1h', '+1d', '-1d', '+400d', '-400d'];
const RIGHT = '+0';
const ROUNDS = 12;
const [SHORTEST_MS, LONGEST_MS] = [1200, 3500];

export const clockJumps: Fault = {
  name: 'clock-jumps',
  about:
    "agent's or hub's clock jumps by an hour, a day or 400 days, forth and back, under load, sometimes over a restart; retention of 30 days at the hub",
  seconds: 80,
  missing: () => (library() === undefined ? 'libfaketime is not installed' : undefined),
  async run({ folder, seed, share, progress }) {
    const preload = library();
    if (preload === undefined) throw new Error('libfaketime is gone');
    const clocks = { agent: join(folder, 'agent-clock'), hub: join(folder, 'hub-clock') };
    const env = (file: string) => ({
      LD_PRELOAD: preload,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    });
    for (const file of Object.values(clocks)) writeFileSync(file, RIGHT);
    await using site = await LoadedSite.start({
      folder,
      seed,
      agentEnv: env(clocks.agent),
      hubEnv: env(clocks.hub),
      hubArguments: ['--keep', '**=30d'],
    });
    const { random } = site;
    const recovery: number[] = [];
    const total = roundsOf(ROUNDS, share);
    for (let round = 0; round < total; round++) {
      const who = random.next() < 0.5 ? 'agent' : 'hub';
      const jump = JUMPS[round % JUMPS.length];
      const isRestarted = random.next() < 0.25;
      writeFileSync(clocks[who], jump);
      if (isRestarted) {
        await site[who].kill();
        await site[who].start();
      }
      await pause(random.whole(SHORTEST_MS, LONGEST_MS));
      const said = `${who}'s clock at ${jump}${isRestarted ? ', restarted' : ''}`;
      recovery.push(await site.passes(said));
      writeFileSync(clocks[who], RIGHT);
      await pause(random.whole(SHORTEST_MS, LONGEST_MS));
      await site.passes(`${said}, and right again`);
      progress(`${round + 1} of ${total}: ${said}`);
    }
    const settled = await site.settle();
    return outcomeOf(
      2 * total,
      settled,
      `load passes ${median(recovery)} ms (median) after it is looked at with a wrong clock`,
    );
  },
};

function library(): string | undefined {
  const roots = ['/usr/lib', '/usr/local/lib', '/usr/lib64'];
  const folders = roots.flatMap((root) =>
    existsSync(root) ? [root, ...readdirSync(root).map((name) => join(root, name))] : [],
  );
  return folders.map((folder) => join(folder, 'faketime/libfaketimeMT.so.1')).find((file) => existsSync(file));
}
