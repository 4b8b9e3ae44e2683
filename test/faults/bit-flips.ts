import { setTimeout as pause } from 'node:timers/promises';
import { latestOf, sampleDifferences } from '../e2e/account.ts';
import { runToEnd } from '../e2e/processes.ts';
import type { Fault } from './fault.ts';
import { filesBelow, flipBit } from './flip-bit.ts';
import { LoadedSite } from './loaded-site.ts';
import { mustHaveStruck, outcomeOf, roundsOf } from './outcome.ts';

const ROUNDS = 25;
const MOST_FLIPS = 3;
const [EARLIEST_MS, LATEST_MS] = [20, 1500];
/** All but the ballast, which holds nothing, and Parquet files: a hub refuses answers from a damaged one until it is put back. */
const DATA = /^(?!ballast|.*\.parquet$).*$/;

export const bitFlips: Fault = {
  name: 'bit-flips',
  about:
    'random bits flipped in any file but Parquet of the data folder of agent or hub, while it is killed and while it runs',
  seconds: 120,
  mayShed: true,
  async run({ folder, seed, share, progress }) {
    await using site = await LoadedSite.start({ folder, seed });
    const { random } = site;
    const total = roundsOf(ROUNDS, share);
    for (let round = 1; round <= total; round++) {
      const [who, data] = random.next() < 0.5 ? (['agent', site.agentData] as const) : (['hub', site.hubData] as const);
      await pause(random.whole(EARLIEST_MS, LATEST_MS));
      const isKilled = random.next() < 0.5;
      if (isKilled) await site[who].kill();
      const flips = Array.from({ length: random.whole(1, MOST_FLIPS + 1) }, () =>
        flipBit(filesBelow(data, DATA), random),
      );
      // What runs reads little again: half of the time it has to, later.
      const isKilledLater = !isKilled && random.next() < 0.5;
      if (isKilledLater) await pause(random.whole(EARLIEST_MS, LATEST_MS));
      if (isKilledLater) await site[who].kill();
      if (isKilled || isKilledLater) await site[who].start();
      const where = flips.map(({ path, at }) => `${path.slice(data.length + 1)} at ${at}`);
      const said = `${who} ${isKilled ? 'killed' : 'running'}${isKilledLater ? ', killed later' : ''}: ${where.join(', ')}`;
      await site.passes(said);
      progress(`${round} of ${total}: ${said}`);
    }
    const settled = await site.settle();
    return outcomeOf(total, settled);
  },
};

const LOAD_MS = 8000;
const FILE_ROUNDS = 40;
/** Of so many flips one comes while the hub is down. */
const DOWN_SHARE = 0.25;

export const bitFlipsInFiles: Fault = {
  name: 'bit-flips-in-parquet',
  about:
    "a random bit flipped in one of the hub's Parquet files, all series queried, the bit flipped back: an answer is right or says which file is damaged",
  seconds: 80,
  async run({ folder, seed, share, progress }) {
    await using site = await LoadedSite.start({ folder, seed });
    const { random, api, hub } = site;
    await pause(LOAD_MS);
    const settled = await site.settle();
    const expected = latestOf(site.samples());
    await hub.stop();
    const { code, stderr } = await runToEnd('hub', ['store', 'compact', '--data', site.hubData]);
    if (code !== 0) throw new Error(`the store could not be compacted: ${stderr}`);
    await hub.start();

    let [refused, wrong, noticed] = [0, 0, 0];
    const total = roundsOf(FILE_ROUNDS, share);
    for (let round = 1; round <= total; round++) {
      const isDown = random.next() < DOWN_SHARE;
      if (isDown) await hub.stop();
      const { path, at, undo } = flipBit(filesBelow(site.hubData, /\.parquet$/), random);
      if (isDown) await hub.start();
      const before = refused;
      for (const [series, samples] of expected) {
        try {
          const { missing, wrong: others } = await sampleDifferences(api, series, samples);
          if (missing.length + others.length === 0) continue;
          wrong += missing.length + others.length;
          progress(`${path} at ${at}: ${series} lacks ${missing.length}, ${others[0]?.how ?? 'and is right else'}`);
        } catch (error) {
          if (!(error instanceof Error && error.message.includes('damaged-file'))) throw error;
          refused++;
        }
      }
      if (refused > before) noticed++;
      undo();
      if (isDown) await hub.stop();
      if (isDown) await hub.start();
    }
    mustHaveStruck(noticed, total);
    const after = { ...settled, double: settled.double + wrong };
    const note = `${refused} answers in ${noticed} of ${total} rounds refused with the name of the damaged file`;
    return outcomeOf(total, after, note);
  },
};
