import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Site } from './site.ts';
import { mountable, SmallDisk } from './small-disk.ts';
import { until } from './until.ts';

/*
 * Programs that begin on a full disk: a small file system in memory, which only root may mount.
 */

const KiB = 1024;

const refused = await mountable();
if (refused !== undefined && process.env.CI === 'true') throw new Error(refused);
if (refused !== undefined) console.warn(`a start on a full disk is not tried: ${refused}`);

// What streams save first does not fit, or what they commit first.
test.skipIf(refused !== undefined).for([0, 32])(
  'an agent whose first start finds %i KiB says what it waits for, ends when it is asked to, and goes on with space',
  async (spareKiB) => {
    await using site = await Site.open();
    const { agent } = site;
    using disk = new SmallDisk(join(site.folder, 'agent-data'));
    disk.fill(spareKiB * KiB);
    agent.spawn();
    await site.status('the agent says that the disk is full', ({ journal, problems }) => {
      return journal === null && problems.some((problem) => /the disk .*is full/.test(problem));
    });
    expect(await agent.stop()).toMatchObject({ code: 0, signal: null });
    agent.spawn();
    disk.empty();
    await agent.ready();
  },
);

test.skipIf(refused !== undefined)(
  'a hub whose first start finds a full disk says so, ends when it is asked to, and goes on with space',
  async () => {
    await using site = await Site.open();
    const { hub } = site;
    using disk = new SmallDisk(join(site.folder, 'hub-data'));
    disk.fill(0);
    hub.spawn();
    await until('the hub says that it cannot store', () => hub.stderr.includes('database or disk is full'));
    expect(await hub.stop()).toMatchObject({ code: 0, signal: null });

    hub.spawn();
    const refusal = await until(
      'the hub answers that it is not ready',
      async () => {
        const answer = await fetch(`${hub.url}/readyz`);
        return answer.ok ? undefined : await answer.text();
      },
      { diagnosis: () => hub.stderr.slice(-4000) },
    );
    expect(refusal).toContain('store worker is restarting');
    disk.empty();
    await until('the hub is ready', async () => (await fetch(`${hub.url}/readyz`)).ok);
    expect(await hub.stop()).toMatchObject({ code: 0, signal: null });
  },
);
