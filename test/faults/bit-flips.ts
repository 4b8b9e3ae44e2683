import { closeSync, fstatSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../e2e/random.ts';
import type { Fault } from './fault.ts';
import { LoadedSite } from './loaded-site.ts';
import { outcomeOf, roundsOf } from './outcome.ts';

const ROUNDS = 40;
const MOST_FLIPS = 3;
const [EARLIEST_MS, LATEST_MS] = [20, 1500];

export const bitFlips: Fault = {
  name: 'bit-flips',
  about: 'random bits flipped in any file of the data folder of agent or hub, while it is killed and while it runs',
  seconds: 200,
  async run({ folder, seed, share, progress }) {
    await using site = await LoadedSite.start({ folder, seed });
    const { random } = site;
    const total = roundsOf(ROUNDS, share);
    for (let round = 1; round <= total; round++) {
      const [who, data] = random.next() < 0.5 ? (['agent', site.agentData] as const) : (['hub', site.hubData] as const);
      await pause(random.whole(EARLIEST_MS, LATEST_MS));
      const isRunning = random.next() < 0.5;
      if (!isRunning) await site[who].kill();
      const flipped = Array.from({ length: random.whole(1, MOST_FLIPS + 1) }, () => flipIn(data, random));
      if (!isRunning) await site[who].start();
      const said = `${who} ${isRunning ? 'running' : 'killed'}: ${flipped.join(', ')}`;
      await site.passes(said);
      progress(`${round} of ${total}: ${said}`);
    }
    const settled = await site.settle();
    return outcomeOf(total, settled);
  },
};

/** Flips one bit of one file, and tells which. */
function flipIn(folder: string, random: Random): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'ballast')
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
  for (;;) {
    const path = files[random.whole(0, files.length)];
    const file = openSync(path, 'r+');
    try {
      const { size } = fstatSync(file);
      if (size === 0) continue;
      const at = random.whole(0, size);
      const byte = new Uint8Array(1);
      readSync(file, byte, 0, 1, at);
      byte[0] ^= 1 << random.whole(0, 8);
      writeSync(file, byte, 0, 1, at);
      return `${path.slice(folder.length + 1)} at ${at}`;
    } finally {
      closeSync(file);
    }
  }
}
