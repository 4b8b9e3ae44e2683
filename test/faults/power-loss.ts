import { setTimeout as pause } from 'node:timers/promises';
import { ext4Missing, Ext4Disk } from './disks.ts';
import type { Fault } from './fault.ts';
import { LoadedSite } from './loaded-site.ts';
import { median, outcomeOf, roundsOf } from './outcome.ts';

const [EARLIEST_MS, LATEST_MS] = [20, 1500];
const ROUNDS = 25;
const DISK = '512M';

export const powerLoss: Fault = {
  name: 'power-loss',
  about:
    'ext4 of agent, hub or both shut down under load without flushing its journal, program killed, mounted again (journal replay), started',
  seconds: 125,
  missing: ext4Missing,
  async run({ folder, seed, share, progress }) {
    await using site = await LoadedSite.open({ folder, seed });
    using agentDisk = new Ext4Disk(site.agentData, DISK);
    using hubDisk = new Ext4Disk(site.hubData, DISK);
    await using _mayUnmount = site.programs();
    await site.begin();
    const { random } = site;
    const agent = { name: 'agent', program: site.agent, disk: agentDisk };
    const hub = { name: 'hub', program: site.hub, disk: hubDisk };
    const recovery: number[] = [];
    const total = roundsOf(ROUNDS, share);
    for (let round = 1; round <= total; round++) {
      const victims = [[agent], [hub], [agent, hub]][random.whole(0, 3)];
      await pause(random.whole(EARLIEST_MS, LATEST_MS));
      for (const { disk } of victims) disk.cutPower();
      await Promise.all(victims.map(({ program }) => program.kill()));
      // What the hub's query process has open goes a moment after the hub.
      for (const { disk } of victims) await disk.powerOn();
      const began = performance.now();
      await Promise.all(victims.map(({ program }) => program.start()));
      await site.passes(`power cut ${round}`);
      recovery.push(performance.now() - began);
      if (round % 5 === 0) progress(`${round} of ${total}, ${site.acknowledged} samples acknowledged`);
    }
    const settled = await site.settle();
    return outcomeOf(total, settled, `load passes again ${median(recovery)} ms (median) after the start`);
  },
};
