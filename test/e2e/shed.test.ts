import { expect, test } from 'vitest';
import { plainFlow, type Ports, Site } from './site.ts';
import { until } from './until.ts';

const SERIES = 'lab/noise';
/** µs. */
const START = 1_700_000_000_000_000;
const PER_WRITE = 5_000;
const WRITES = 40;

test('what an agent sheds while its hub is away is counted exactly, by the agent, in the list of agents, and in answers', async () => {
  await using site = await Site.open({
    flow: (ports) => `outbox: { quota: 1MiB, whenFull: shed-oldest }\n${plainFlow(ports)}`,
  });
  const { agent, api, hub } = site;
  await agent.start();
  for (let n = 0; n < WRITES; n++) await write(site, n);
  await site.status('all is through the streams', ({ streams }) =>
    Object.values(streams).every(({ lag }) => lag === 0),
  );
  await hub.start();
  await agent.drained();
  const { shed } = await agent.status();
  expect(shed.quota).toBeGreaterThan(0);

  const gaps = await until('the hub lists all that was shed', async () => {
    const [row] = await api.agents();
    const listed = row.gaps.filter(({ reason }) => reason === 'quota');
    return listed.reduce((sum, { samples }) => sum + (samples ?? 0), 0) === shed.quota ? listed : undefined;
  });
  const { rows, gaps: said } = await api.samples(SERIES);
  expect(rows.length + shed.quota).toBe(PER_WRITE * WRITES);
  expect(said).toEqual(
    gaps.map(({ firstTime: from, lastTime: to, samples, reason }) => ({
      from,
      to,
      samples,
      reason,
      agent: 'press-1',
    })),
  );
  // The oldest went, and the gap ends where the rows begin.
  expect(gaps[0].firstTime).toBe(START);
  expect(gaps.at(-1)?.lastTime).toBe(Number(rows[0][0]) - 1000);
  const later = await api.samples(SERIES, { from: String(rows[0][0]) });
  expect(later.gaps).toEqual([]);
});

test('what the journal sheds before streams have seen it is counted exactly at the hub too, once, also after both started again', async () => {
  // The outbox holds up the streams, so that the journal comes to its hard quota.
  await using site = await Site.open({ flow: sheddingSource });
  const { agent, api, hub } = site;
  await agent.start();
  let written = 0;
  const sheds = async () => ((await agent.status()).shed.quota ?? 0) > 0;
  while (!(await sheds())) await write(site, written++);
  for (const more = written + 5; written < more;) await write(site, written++);
  await site.status('the agent says what keeps its streams', ({ problems, streams }) => {
    return problems.some((problem) => problem.includes('the hub has not acked')) && streams.raw.state === 'waiting';
  });
  // What was shed is the agent's to remember.
  await agent.kill();
  await agent.start();
  const before = await agent.status();
  await hub.start();
  await agent.drained();
  const { shed } = await agent.status();
  expect(shed).toEqual(before.shed);

  const listed = () =>
    until('the hub lists all that was shed', async () => {
      const [{ gaps }] = await api.agents();
      const total = gaps.reduce((sum, { samples }) => sum + (samples ?? 0), 0);
      return total === shed.quota ? gaps : undefined;
    });
  const gaps = await listed();
  for (const gap of gaps) expect(gap).toMatchObject({ lane: 'journal', source: 'http', reason: 'quota' });
  const { rows, gaps: said } = await api.samples(SERIES);
  expect(rows.length + shed.quota).toBe(PER_WRITE * written);
  expect(said).toEqual(
    gaps
      .map(({ firstTime: from, lastTime: to, samples, reason }) => {
        return { from, to, samples, reason, agent: 'press-1', source: 'http' };
      })
      .sort((a, b) => Number(a.from) - Number(b.from)),
  );
  // All that is missing lies within the times that are told.
  const present = new Set(rows.map(([time]) => time));
  for (let time = START; time < START + PER_WRITE * written * 1000; time += 1000) {
    const told = gaps.some(({ firstTime, lastTime }) => Number(firstTime) <= time && time <= Number(lastTime));
    if (!present.has(time) && !told) expect.fail(`the sample of ${time} is missing, and in no gap`);
  }
  await Promise.all([agent.stop(), hub.stop()]);
  await Promise.all([agent.start(), hub.start()]);
  await site.status('the agent is connected again', ({ uplink }) => uplink.state === 'connected');
  expect(await listed()).toEqual(gaps);
});

function sheddingSource({ lines }: Ports): string {
  return `
journal: { quota: 1MiB, hardQuota: 2MiB }
outbox: { quota: 1MiB }
sources:
  http: { type: line-protocol, http: 127.0.0.1:${lines}, whenFull: shed-oldest }
streams:
  raw: { from: http }
`;
}

/** The n-th body, of values that do not compress, so that small logs are soon full. */
async function write(site: Site, n: number): Promise<void> {
  const lines = Array.from({ length: PER_WRITE }, (_, i) => {
    const index = n * PER_WRITE + i;
    return `noise value=${Math.sin(index) * Math.E} ${START + index * 1000}000`;
  });
  expect((await site.write(lines.join('\n'))).status).toBe(204);
}
