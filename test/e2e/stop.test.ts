import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { expect, test } from 'vitest';
import { Machine, postLines, Sent, streamLines } from './load.ts';
import { Random } from './random.ts';
import { Site } from './site.ts';
import { until } from './until.ts';

const SERIES = ['lab/m1/force', 'lab/m2/force'];

test('SIGTERM under load: agent and hub end in order, and what was acknowledged is there', async () => {
  await using site = await Site.start();
  const { hub, agent, api, ports } = site;
  const random = new Random(1);
  const start = 1_700_000_000_000_000;
  const [one, two] = SERIES.map((series) => new Machine({ series, random, start, step: 1000 }));
  const sent = new Sent();
  const load = new AbortController();
  const url = `http://127.0.0.1:${ports.lines}`;
  const sending = Promise.all([
    postLines({ url, sent, samplesPerBody: 200, restMs: 5, next: () => one.next() }, load.signal),
    streamLines({ port: ports.tcp, linesPerWrite: 50, restMs: 5, next: () => two.next() }, load.signal),
  ]);
  await until('the hub has samples of both', async () => {
    const rows = await api.series();
    return SERIES.every((series) => rows.some(({ path, samples }) => path === series && samples > 1000));
  });

  // The agent, while it is written to.
  const agentExit = await agent.stop();
  expect(agentExit).toMatchObject({ code: 0, signal: null });
  const faults = agent.logged().filter(({ level }) => level >= 50);
  expect(faults, 'an orderly stop is no fault').toEqual([]);
  await agent.start();

  // The hub, while it is written to and read from, also by clients that do not go away.
  const idle = new Agent({ keepAlive: true });
  const open = request(`${hub.url}/api/v1/series`, { agent: idle });
  open.end();
  const [answer] = (await once(open, 'response')) as [NodeJS.ReadableStream];
  answer.resume();
  const hubExit = await hub.stop();
  idle.destroy();
  expect(hubExit).toMatchObject({ code: 0, signal: null });
  console.log(
    `the agent ended after ${Math.round(agentExit.afterMs)} ms, the hub after ${Math.round(hubExit.afterMs)} ms`,
  );
  await hub.start();

  load.abort();
  await sending;
  await site.stored(SERIES[0], new Set(sent.acknowledged.map(({ time }) => time)).size);
});

test('SIGINT does the same, also before there is a hub, a hub while it starts, and one signal more changes nothing', async () => {
  await using site = await Site.open();
  const { hub, agent } = site;
  await agent.start();
  agent.signal('SIGINT');
  const agentExit = await agent.ended();
  expect(agentExit).toMatchObject({ code: 0, signal: null });

  hub.spawn();
  await until('the hub has taken its folder', () => hub.children().length > 0 || hub.stderr.includes('the hub runs'));
  hub.signal('SIGTERM');
  expect(await hub.ended()).toMatchObject({ code: 0, signal: null });
});

test('a hub that is killed takes its query process with it', async () => {
  await using site = await Site.open();
  const { hub } = site;
  await hub.start();
  const children = hub.children();
  expect(children.length).toBeGreaterThan(0);
  await hub.kill();
  await until('its processes have ended', () => children.every((pid) => !isAlive(pid)));
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
