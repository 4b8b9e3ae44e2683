import { once } from 'node:events';
import { readdirSync, watch } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { type Row, TestAgent } from '../../test/test-agent.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import {
  signalQueryProcess,
  silentLog,
  type TemporaryStore,
  temporaryStore,
  until,
} from '../../test/temporary-store.ts';

const path = 'lab/m/x';

/** Late, repeated and corrected rows: what a rebuild must come to the same winners for. */
const rows: Row[][] = [
  [1, 2, 3, 5].map((time) => ({ path, time, value: time })),
  [4, 2].map((time) => ({ path, time, value: time * 10, revision: time % 4 })),
  [2, 6].map((time) => ({ path, time, value: `text ${time}` })),
];

async function answers(hub: TemporaryStore): Promise<string[]> {
  const targets = [
    '/api/v1/series',
    `/api/v1/samples?series=${path}`,
    `/api/v1/aggregate?series=${path}&every=2us&fn=sum,last`,
    `/api/v1/chart?series=${path}&pixels=1`,
  ];
  return Promise.all(targets.map(async (target) => (await hub.get(target)).text()));
}

async function agentOf(hub: TemporaryStore): Promise<TestAgent> {
  const agent = new TestAgent({ ingest: hub.ingest });
  await agent.open();
  return agent;
}

async function killQueryProcess(hub: TemporaryStore): Promise<void> {
  const pid = await signalQueryProcess(hub);
  await until(() => hub.queries.pid !== pid && hub.queries.pid !== undefined);
}

test('a query process that is killed comes back with the same answers, and so does the hub after a restart', async () => {
  using folder = temporaryFolder();
  let before: string[];
  {
    await using hub = await temporaryStore({ directory: folder.path, limits: { rowsPerTable: 3 } });
    const agent = await agentOf(hub);
    for (const segment of rows) expect(await agent.send(segment)).toBe('stored');
    before = await answers(hub);
    expect(before[1]).toContain(
      '[[1,1,"good"],[2,20,"good"],[3,3,"good"],[4,40,"good"],[5,5,"good"],[6,"text 6","good"]]',
    );
    await killQueryProcess(hub);
    // Segments are taken while nobody answers queries.
    expect(await agent.send([{ path: 'lab/m/y', time: 1, value: 1 }])).toBe('stored');
    await until(async () => (await hub.get('/readyz')).status === 200);
    expect((await answers(hub)).slice(1)).toEqual(before.slice(1));
  }
  await using again = await temporaryStore({ directory: folder.path });
  expect((await answers(again)).slice(1)).toEqual(before.slice(1));
  expect(await (await again.get('/api/v1/series?match=lab/m/y')).json()).toMatchObject({ series: [{ samples: 1 }] });
});

test('a query says 503 while the process is away, and never less than what was acked before it', async () => {
  await using hub = await temporaryStore();
  const agent = await agentOf(hub);
  for (let time = 1; time <= 9; time++) {
    await agent.send([{ path, time, value: time }]);
    if (time % 4 === 0) await signalQueryProcess(hub);
    const found = await until(async () => {
      const response = await hub.get(`/api/v1/samples?series=${path}&format=csv`);
      const text = await response.text();
      if (response.status === 200) return text;
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).not.toBeNull();
      await until(() => hub.queries.pid);
      return undefined;
    });
    expect(found.trimEnd().split('\n')).toHaveLength(time + 1);
  }
});

/** Enough rows for a query that lasts. */
async function fill(hub: TemporaryStore, segments: number): Promise<void> {
  const agent = await agentOf(hub);
  const size = 50_000;
  for (let i = 0; i < segments; i++) {
    // Late throughout, so that each query sorts all.
    const start = (segments - i) * size;
    await agent.send(Array.from({ length: size }, (_, j) => ({ path, time: start + j, value: j })));
  }
  await until(() => hub.store.unloaded === 0);
}

test('a query that a client leaves unread is ended with it, and gives its place to others', async () => {
  await using hub = await temporaryStore({ limits: { concurrent: 1, waiting: 1 } });
  await fill(hub, 8);
  // More than all buffers between hold: while nobody reads, the query keeps its place.
  const left = request(`${hub.url}/api/v1/samples?series=${path}`).end();
  left.on('error', () => undefined);
  const [unread] = await once(left, 'response');
  unread.on('error', () => undefined);
  const waiting = hub.get(`/api/v1/samples?series=${path}&to=0`);
  const busy = await until(async () => {
    const response = await hub.get(`/api/v1/samples?series=${path}&to=0`);
    return response.status === 503 ? response : (await response.text(), undefined);
  });
  expect(await busy.json()).toMatchObject({ error: { code: 'busy' } });
  left.destroy();
  expect((await waiting).status).toBe(200);
});

test('a query beyond its time limit is stopped and told how to ask for less', async () => {
  await using hub = await temporaryStore({ limits: { timeMs: 40 } });
  await fill(hub, 8);
  const query = `/api/v1/aggregate?series=${path}&every=1us&fn=stddev,sum,first,last`;
  const response = await until(async () => {
    const found = await hub.get(query);
    return found.status === 503 ? found : (await found.text(), undefined);
  });
  expect(await response.json()).toMatchObject({ error: { code: 'time-limit', hint: expect.stringContaining('from') } });
});

test('a query process that hangs is ended and started again: what is stored goes on', async () => {
  const log = silentLog();
  const errors = vi.spyOn(log, 'error');
  await using hub = await temporaryStore({ limits: { loadMs: 1_000 }, log });
  const agent = await agentOf(hub);
  expect(await agent.send([{ path, time: 1, value: 1 }])).toBe('stored');
  await until(() => hub.store.unloaded === 0);
  const pid = await signalQueryProcess(hub, 'SIGSTOP');
  expect(await agent.send([{ path, time: 2, value: 2 }])).toBe('stored');
  await until(() => hub.queries.pid !== pid && hub.queries.pid !== undefined);
  expect(await (await hub.get(`/api/v1/samples?series=${path}&format=csv`)).text()).toBe(
    'time,value,quality\n1,1,good\n2,2,good\n',
  );
  expect(errors).toHaveBeenCalledWith({ loadMs: 1_000 }, expect.stringContaining('does not load'));
});

test('samples of series that the hub does not keep are dropped, counted and said; the others are answered', async () => {
  using folder = temporaryFolder();
  const log = silentLog();
  const errors = vi.spyOn(log, 'error');
  const limits = { series: 1 };
  const samples = [path, 'lab/m/y', 'a\0b', 'lab/m/y'].map((name, time) => ({ path: name, time, value: time }));
  const isCounted = async (hub: TemporaryStore, times: number): Promise<void> => {
    const [{ acked, dropped }] = await hub.store.agents();
    expect(acked.samples).toBe(4 * times);
    expect(dropped).toEqual({ 'series limit': 2 * times, 'invalid series': times });
    const metrics = await (await hub.get('/metrics')).text();
    expect(metrics).toContain(`sluis_hub_dropped_samples_total{agent="press-1",reason="series limit"} ${2 * times}\n`);
    expect(await (await hub.get(`/api/v1/samples?series=${path}&format=csv`)).text()).toBe(
      'time,value,quality\n0,0,good\n',
    );
    expect((await hub.get('/api/v1/samples?series=lab/m/y')).status).toBe(404);
  };
  {
    await using hub = await temporaryStore({ directory: folder.path, limits, log });
    const agent = await agentOf(hub);
    expect(await agent.send(samples)).toBe('stored');
    expect(await agent.send(samples)).toBe('stored');
    await isCounted(hub, 2);
    await killQueryProcess(hub);
    await isCounted(hub, 2);
  }
  await using hub = await temporaryStore({ directory: folder.path, limits, log: silentLog() });
  await isCounted(hub, 2);
  expect(errors.mock.calls.filter(([fields]) => 'agent' in (fields as object)).map(([fields]) => fields)).toEqual([
    { agent: 'press-1', reason: 'series limit', series: 'lab/m/y' },
    { agent: 'press-1', reason: 'invalid series', series: 'a\0b' },
  ]);
});

test.each([{ hotRows: 3 }, { hotBytes: 20 }])(
  'at the bound of hot samples senders wait, queries go on, and it is said: %o',
  async (limits) => {
    const log = silentLog();
    const warnings = vi.spyOn(log, 'warn');
    await using hub = await temporaryStore({ limits, log });
    const agent = await agentOf(hub);
    expect(hub.store.credit()).toBeGreaterThan(0);
    expect(await agent.send([1, 2, 3].map((time) => ({ path, time, value: 1 })))).toBe('stored');
    expect(hub.store.credit()).toBe(0);
    const refused = agent.send([{ path, time: 4, value: 1 }]);
    const first = await Promise.race([
      refused,
      until(async () => (await hub.get('/readyz')).status === 503).then(() => 'waits'),
    ]);
    expect(first).toBe('waits');
    expect(warnings).toHaveBeenCalledWith(
      expect.objectContaining({ hotRows: 3 }),
      'the store is full: agents keep what they have',
    );
    expect(await (await hub.get(`/api/v1/samples?series=${path}&format=csv`)).text()).toBe(
      'time,value,quality\n1,1,good\n2,1,good\n3,1,good\n',
    );
    expect(await (await hub.get('/metrics')).text()).toContain('sluis_hub_hot_samples 3');
    expect(await (await hub.get('/api/v1/store')).json()).toMatchObject({
      hot: { samples: 3 },
      troubles: [expect.stringContaining('agents wait')],
    });
  },
);

/** Less than the minute after which an answer that nobody reads is ended anyway. */
const STOP_MS = 30_000;

test('a clean stop waits neither for running queries nor for live connections', async () => {
  const hub = await temporaryStore();
  await fill(hub, 4);
  const running = request(`${hub.url}/api/v1/samples?series=${path}`).end();
  running.on('error', () => undefined);
  const [answer] = await once(running, 'response');
  answer.on('error', () => undefined);
  const began = performance.now();
  await hub[Symbol.asyncDispose]();
  expect(performance.now() - began).toBeLessThan(STOP_MS);
});

test('answers are in order, whole and never less than before while rows come late and tables are compressed', async () => {
  await using hub = await temporaryStore({ limits: { rowsPerTable: 4_000 } });
  const truth = new Map<string, Map<number, number>>();
  const written = new AbortController();

  async function write(writer: number): Promise<void> {
    const agent = new TestAgent({ ingest: hub.ingest, agent: `press-${writer}`, epoch: String(writer).repeat(32) });
    await agent.open();
    for (let part = 0; part < 60; part++) {
      const segmentRows: Row[] = [];
      for (const kind of ['ordered', 'late']) {
        const name = `${writer}/${kind}`;
        const values = truth.get(name) ?? new Map<number, number>();
        truth.set(name, values);
        const start = kind === 'late' && part % 3 === 2 ? (part - 2) * 100 + 50 : part * 100;
        for (let time = start; time < start + 100; time++) {
          segmentRows.push({ path: name, time, value: part });
          values.set(time, part);
        }
      }
      expect(await agent.send(segmentRows)).toBe('stored');
    }
  }

  async function read(reader: number): Promise<void> {
    const counts = new Map<string, number>();
    for (let turn = 0; !written.signal.aborted; turn++) {
      const name = `${1 + (turn % 2)}/${turn % 3 === 0 ? 'late' : 'ordered'}`;
      const csv = await hub.get(`/api/v1/samples?series=${name}&format=csv`);
      if (csv.status === 404) continue;
      const times = (await csv.text())
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => Number.parseInt(line, 10));
      expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
      const { series } = (await (await hub.get('/api/v1/series')).json()) as {
        series: { path: string; samples: number }[];
      };
      for (const { path: counted, samples } of series) {
        expect(samples, `${counted} for reader ${reader}`).toBeGreaterThanOrEqual(counts.get(counted) ?? 0);
        counts.set(counted, samples);
      }
    }
  }

  const readers = [1, 2, 3, 4].map(read);
  await Promise.all([1, 2].map(write));
  written.abort();
  await Promise.all(readers);
  for (const [name, values] of truth) {
    const csv = await (await hub.get(`/api/v1/samples?series=${name}&format=csv`)).text();
    const expected = [...values].sort(([a], [b]) => a - b).map(([time, value]) => `${time},${value},good`);
    expect(csv.trimEnd().split('\n').slice(1)).toEqual(expected);
  }
  expect(hub.queries.restarts).toBe(0);
});

test('a client that goes away while its Parquet file is written ends that, and leaves no file', async () => {
  using folder = temporaryFolder();
  await using hub = await temporaryStore({ directory: folder.path, limits: { concurrent: 1, waiting: 0 } });
  await fill(hub, 8);
  const temporary = join(folder.path, 'query-temporary');
  const files = (): string[] => readdirSync(temporary).filter((name) => name.endsWith('.parquet'));
  const begun = Promise.withResolvers<void>();
  const watcher = watch(temporary, (_, name) => name?.endsWith('.parquet') && begun.resolve());
  const left = request(`${hub.url}/api/v1/samples?series=${path}&format=parquet`).end();
  left.on('error', () => undefined);
  await begun.promise;
  watcher.close();
  left.destroy();
  await until(async () => (await hub.get(`/api/v1/chart?series=${path}&pixels=1`)).status === 200);
  expect(files()).toEqual([]);
});
