import { readFileSync, writeFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Site } from './site.ts';
import { until } from './until.ts';

const SERIES = 'lab/m1/force';
const LINES = 500;
/** ns. */
const START = 1_700_000_000_000_000_000n;

/** Lines from number `from` on, a ms apart; the value tells the number. */
function lines(from: number): string {
  return Array.from(
    { length: LINES },
    (_, i) => `force,machine=m1 value=${from + i}.25 ${START + BigInt(from + i) * 1_000_000n}`,
  ).join('\n');
}

test('a data folder that is put back as it was while the hub went on gets a new epoch, and loses and doubles nothing new', async () => {
  await using site = await Site.start();
  const { agent, hub, api } = site;
  const data = join(site.folder, 'agent-data');
  const copy = join(site.folder, 'copy');

  expect((await site.write(lines(0))).status).toBe(204);
  await site.stored(SERIES, LINES);
  expect((await agent.stop()).code).toBe(0);
  await cp(data, copy, { recursive: true });

  await agent.start();
  expect((await site.write(lines(LINES))).status).toBe(204);
  await site.stored(SERIES, 2 * LINES);
  expect((await agent.stop()).code).toBe(0);
  const [before] = await api.agents();
  expect((await hub.stop()).code).toBe(0);

  // The copy comes back, and takes data in while the hub is away: under sequences that the hub has for other data.
  await rm(data, { recursive: true });
  await cp(copy, data, { recursive: true });
  await agent.start();
  expect((await site.write(lines(2 * LINES))).status).toBe(204);
  const logged = agent.logged().length;
  await hub.start();
  await site.stored(SERIES, 3 * LINES);

  const { time, value } = await api.numbers(SERIES);
  expect(time).toEqual(Array.from({ length: 3 * LINES }, (_, i) => Number(START / 1000n) + i * 1000));
  expect(value).toEqual(Array.from({ length: 3 * LINES }, (_, i) => i + 0.25));

  const said = await until('the agent says so', () =>
    agent
      .logged()
      .slice(logged)
      .find(({ msg }) => /new epoch/.test(msg)),
  );
  expect(said.level).toBeGreaterThanOrEqual(40);
  const epochs = () =>
    hub.logged().flatMap(({ epoch, agent: id }) => (id === 'press-1' && typeof epoch === 'string' ? [epoch] : []));
  await until('the hub has told of both epochs', () => new Set(epochs()).size === 2);

  // The hub's totals go on, and what is said to be missing is not what was written.
  const after = await until('the hub has acked the new lines', async () => {
    const [row] = await api.agents();
    return row.acked.samples >= before.acked.samples + LINES ? row : undefined;
  });
  expect(after.connected).toBe(true);

  // What comes now takes the usual way.
  expect((await site.write(lines(3 * LINES))).status).toBe(204);
  await site.stored(SERIES, 4 * LINES);
});

test('a data folder that is lost altogether starts a history of its own', async () => {
  await using site = await Site.start();
  const { agent } = site;
  expect((await site.write(lines(0))).status).toBe(204);
  await site.stored(SERIES, LINES);
  await agent.kill();
  await rm(join(site.folder, 'agent-data'), { recursive: true });
  await agent.start();
  expect((await site.write(lines(LINES))).status).toBe(204);
  await site.stored(SERIES, 2 * LINES);
});

test('a data folder that is lost with something to send leaves a gap that says how much', async () => {
  await using site = await Site.open();
  const { agent, api, hub } = site;
  // A limit at which nothing is sent keeps a backlog though the hub is there to be told of it.
  const config = readFileSync(site.config, 'utf8');
  const limited = config.replace(/^hub: \{(.*)\}$/m, 'hub: {$1, limit: 0B }');
  expect(limited).not.toBe(config);
  writeFileSync(site.config, limited);
  await Promise.all([hub.start(), agent.start()]);
  expect((await site.write(lines(0))).status).toBe(204);
  const { uplink } = await site.status(
    'the results wait',
    ({ outbox, uplink }) => outbox?.samples === LINES && uplink.held !== null,
  );
  expect(uplink).toMatchObject({ limit: 0, held: expect.stringMatching(/nothing but alarms/) });
  await until('the hub knows the backlog', async () => (await api.agents())[0].backlog.samples === LINES);
  await agent.kill();
  await rm(join(site.folder, 'agent-data'), { recursive: true });

  writeFileSync(site.config, config);
  await agent.start();
  expect((await site.write(lines(LINES))).status).toBe(204);
  await site.stored(SERIES, LINES);
  const [{ gaps }] = await api.agents();
  expect(gaps).toMatchObject([{ reason: 'outbox lost', samples: LINES, firstTime: null, lastTime: null }]);
  const said = () => hub.logged().filter(({ msg, level }) => level === 50 && /another outbox than before/.test(msg));
  await until('the hub says so', () => said().length > 0);
  expect(said()).toHaveLength(1);
});

test('a hub that is put back as it was gets again what agents still hold of what it had acked', async () => {
  await using site = await Site.start();
  const { agent, hub, api } = site;
  const data = join(site.folder, 'hub-data');
  const copy = join(site.folder, 'copy');
  expect((await site.write(lines(0))).status).toBe(204);
  await site.stored(SERIES, LINES);
  expect((await hub.stop()).code).toBe(0);
  await cp(data, copy, { recursive: true });

  await hub.start();
  expect((await site.write(lines(LINES))).status).toBe(204);
  await site.stored(SERIES, 2 * LINES);
  await agent.drained();
  expect((await hub.stop()).code).toBe(0);
  await rm(data, { recursive: true });
  await cp(copy, data, { recursive: true });

  expect((await site.write(`${lines(2 * LINES)}\nforce,machine=new value=1 ${START}`)).status).toBe(204);
  await hub.start();
  await site.stored('lab/new/force', 1);
  // The agent still holds what the hub had acked, and sends it again.
  await site.stored(SERIES, 3 * LINES);
  expect((await api.numbers(SERIES)).value).toEqual(Array.from({ length: 3 * LINES }, (_, i) => i + 0.25));
  const byAgent = () => agent.logged().filter(({ msg }) => /lacks what it had acked/.test(msg));
  const byHub = () => hub.logged().filter(({ msg }) => /this hub was put back to an earlier state/.test(msg));
  await until('both say so', () => byAgent().length > 0 && byHub().length > 0);
  expect([byAgent().length, byHub().length]).toEqual([1, 1]);
  expect((await api.agents())[0].gaps).toEqual([]);
  await agent.drained();
});
