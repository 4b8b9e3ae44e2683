import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { plainFlow, type Ports, Site } from './site.ts';
import { until } from './until.ts';

/*
 * At its limits the agent refuses new input, in words and counted, and keeps its promises about what it took.
 */

/** A text that a line of 64 KiB, the default, has room for. */
const TEXT_BYTES = 48 << 10;
const START = 1_700_000_000_000_000n;

test('with the hub away and all room used up, input is refused; when the hub comes, all that was acknowledged is there', async () => {
  const quotas = `
journal: { quota: 1MiB, hardQuota: 2MiB }
outbox: { quota: 1MiB }
`;
  await using site = await Site.open({ flow: (ports) => plainFlow(ports) + quotas });
  const { agent, hub, api } = site;
  await agent.start();
  const linesPerBody = 5_000;
  const acknowledged: number[] = [];
  const refused = await until(
    'input is refused',
    async () => {
      const body = acknowledged.length;
      const response = await site.write(noisyLines(body, linesPerBody));
      if (response.status === 204) acknowledged.push(body);
      else
        return {
          status: response.status,
          retryAfter: response.headers.get('retry-after'),
          text: await response.text(),
        };
      return undefined;
    },
    { withinMs: 40_000 },
  );
  expect(refused.status).toBe(429);
  expect(Number(refused.retryAfter)).toBeGreaterThan(0);
  expect(refused.text).toMatch(/journal/);
  expect(acknowledged.length).toBeGreaterThan(2);
  const { journal, outbox } = await agent.status();
  expect(journal?.bytes).toBeLessThan(4 << 20);
  expect(outbox?.bytes).toBeLessThan(4 << 20);

  // Refused input stays refused, and a restart changes nothing.
  await agent.kill();
  await agent.start();
  await hub.start();
  await until(
    'input is taken again',
    async () => (await site.write(noisyLines(acknowledged.length, linesPerBody))).status === 204,
  );
  acknowledged.push(acknowledged.length);
  for (let i = 0; i < acknowledged.length; i++) await site.stored(`lab/m${i}/noise`, linesPerBody);
  const { shed } = await agent.status();
  expect(shed).toEqual({});
  expect((await api.agents())[0].gaps).toEqual([]);
});

test('more text at once than a message or a segment holds reaches the hub, and the rest goes on', async () => {
  await using site = await Site.start({ flow: plainFlow });
  const bodies = Array.from({ length: 80 }, (_, body) =>
    Array.from({ length: 6 }, (_, i) => {
      const text = randomBytes(TEXT_BYTES * 0.75).toString('base64');
      return `log,machine=m${body} text="${text}" ${START + BigInt(i)}000`;
    }).join('\n'),
  );
  const answers = await Promise.all(bodies.map((body) => site.write(body)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
  await until('all texts are in the store', async () => {
    const texts = await site.api.series('lab/*/log/text');
    return texts.length === bodies.length && texts.every(({ samples }) => samples === 6);
  });
  expect((await site.write(`after value=1 ${START}000`)).status).toBe(204);
  await site.stored('lab/after', 1);
});

/** Lines of one series whose values take all their bits. */
function noisyLines(body: number, count: number): string {
  return Array.from(
    { length: count },
    (_, i) => `noise,machine=m${body} value=${Math.random()} ${START + BigInt(i) * 1000n}000`,
  ).join('\n');
}

test('series beyond the limit are refused and counted; known ones go on, also over a restart', async () => {
  await using site = await Site.start({ flow: (ports: Ports) => `${plainFlow(ports)}\nlimits: { series: 3 }\n` });
  const line = (tag: string, time: number) => `a,m=${tag} value=1 ${START + BigInt(time)}000`;
  const response = await site.write(['one', 'two', 'three', 'four', 'one', 'five'].map(line).join('\n'));
  expect(response.status).toBe(400);
  const answer = await response.text();
  expect(answer).toMatch(/"line":4/);
  expect(answer).toMatch(/"line":6/);
  expect(answer).toMatch(/limit/);
  await site.stored('lab/one/a', 2);
  expect((await site.agent.status()).sources.http.rejected).toBe(2);
  await site.agent.kill();
  await site.agent.start();
  expect((await site.write(line('two', 100))).status).toBe(204);
  expect((await site.write(line('six', 100))).status).toBe(400);
  await site.stored('lab/two/a', 2);
  expect((await site.api.series()).map(({ path }) => path).sort()).toEqual(['lab/one/a', 'lab/three/a', 'lab/two/a']);
});

test('the clock of one machine is wrong: its samples are stored and close no window', async () => {
  await using site = await Site.start({
    flow: ({ lines }) => `
sources: { http: { type: line-protocol, http: 127.0.0.1:${lines} } }
streams:
  raw: { from: http }
  sec: { from: http, steps: [ { window: { every: 1s, aggregate: [count, sum] } } ] }
  late: { from: http, steps: [ { window: { every: 1s, lateness: 5s, aggregate: [count] } } ] }
  idle: { from: http, steps: [ { window: { every: 1s, idle: 2s, aggregate: [count] } } ] }
`,
  });
  const { api } = site;
  const now = Math.floor(Date.now() / 1000);
  const write = async (seconds: number, value: number) => {
    expect(
      (await site.write(`a,m=x value=${value} ${Math.round(seconds * 1000)}`, { query: '?precision=ms' })).status,
    ).toBe(204);
  };
  const base = now - 100;
  await write(base + 0.1, 1);
  await write(base + 0.2, 2);
  await write(now + 3 * 86_400, 1000);
  await site.stored('lab/x/a', 3);
  await write(base + 0.3, 4);
  // It closes by a sample of its own; then a late one and a correction revise it.
  await write(base + 1.5, 8);
  const windows = async (stream: string, aggregate: string) =>
    (await api.samples(`lab/x/a/${stream}/${aggregate}`)).rows.map(([time, value]) => [
      Number(time) / 1e6 - base,
      value,
    ]);
  await until('the window is closed', async () => (await api.series('lab/x/a/sec/sum')).length > 0 || undefined);
  expect(await windows('sec', 'sum')).toEqual([[0, 7]]);
  await write(base + 0.4, 16);
  await write(base + 0.1, 32);
  await until('the window is revised', async () => (await windows('sec', 'sum'))[0][1] === 54);
  expect(await windows('sec', 'count')).toEqual([[0, 4]]);
  // With lateness it is still open; idle, it closes by the agent's ticks.
  expect(await api.series('lab/x/a/late/*')).toEqual([]);
  await until('the idle series has closed its windows', async () => (await windows('idle', 'count')).length === 2);
  expect(await windows('idle', 'count')).toEqual([
    [0, 4],
    [1, 1],
  ]);
  await write(base + 6.1, 1);
  await until('lateness has passed for the first window', async () => (await windows('late', 'count')).length === 1);
  expect(await windows('late', 'count')).toEqual([[0, 4]]);
});
