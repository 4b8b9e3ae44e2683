import { Quality } from '@sluis/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Row, TestAgent } from '../../test/test-agent.ts';
import { type TemporaryStore, temporaryStore, until } from '../../test/temporary-store.ts';

let hub: TemporaryStore;
let agent: TestAgent;

beforeAll(async () => {
  // Full tables become files, so that charts are drawn from files and from what is hot.
  hub = await temporaryStore({ limits: { rowsPerTable: 2_000 } });
  agent = new TestAgent({ ingest: hub.ingest });
  await agent.open();
});

afterAll(() => hub[Symbol.asyncDispose]());

interface Chart {
  readonly from: number;
  readonly to: number;
  readonly form: string;
  readonly rows: [number, unknown, string][];
  readonly downsampled: boolean;
  readonly gaps: unknown[];
}

async function chart(query: string): Promise<Chart> {
  const response = await hub.get(`/api/v1/chart?${query}`);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return JSON.parse(text) as Chart;
}

async function send(rows: readonly Row[]): Promise<void> {
  expect(await agent.send(rows)).toBe('stored');
}

test('a spike of one sample is in the chart, whether in files or hot, late or repeated', async () => {
  const path = 'chart/m/spike';
  const rows = Array.from({ length: 3_000 }, (_, time): Row => ({ path, time, value: Math.sin(time / 100) }));
  for (const time of [700, 2_900]) rows[time] = { path, time, value: time };
  const late = rows.splice(1_000, 500);
  await send(rows);
  await until(() => hub.store.news.fileWork.get('written')?.times === 1);
  expect(await (await hub.get('/api/v1/store')).json()).toEqual({
    hot: { samples: 0, limit: hub.store.maxHotRows },
    files: {
      count: 1,
      samples: 2_500,
      bytes: hub.store.files.bytes,
      tiers: [{ tier: 0, groups: 1, files: 1, samples: 2_500, bytes: hub.store.files.bytes }],
    },
    work: { written: 1, merged: 0, expired: 0, 'size limit': 0 },
    troubles: [],
  });
  expect(await (await hub.get('/metrics')).text()).toContain('sluis_hub_tier_files{tier="0"} 1\n');
  await send(late);
  await send([{ path, time: 1_200, value: -50 }, ...rows.slice(0, 100)]);
  const found = await chart(`series=${path}&pixels=30`);
  expect(found).toMatchObject({ from: 0, to: 3_000, form: 'line', downsampled: true, gaps: [] });
  expect(found.rows.length).toBeLessThanOrEqual(120);
  const times = found.rows.map(([time]) => time);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(found.rows).toContainEqual([700, 700, 'good']);
  expect(found.rows).toContainEqual([2_900, 2_900, 'good']);
  expect(found.rows).toContainEqual([1_200, -50, 'good']);
  // With as many columns as samples nothing is left out, and between given edges neither.
  const all = await chart(`series=${path}&pixels=750`);
  expect(all.downsampled).toBe(false);
  expect(all.rows.map(([time]) => time)).toEqual(Array.from({ length: 3_000 }, (_, time) => time));
  expect(await chart(`series=${path}&pixels=30&from=100&to=200`)).toMatchObject({
    from: 100,
    to: 200,
    downsampled: false,
    rows: { length: 100 },
  });
});

test('what is no number has no height; types stay as they are', async () => {
  const path = 'chart/m/mixed';
  const values: Row['value'][] = [true, 9007199254740993n, 'text', NaN, 1];
  await send(values.map((value, time) => ({ path, time, value })));
  await send([{ path, time: 9, value: 1e9, quality: Quality.bad }]);
  expect((await chart(`series=${path}`)).rows).toEqual([
    [0, true, 'good'],
    [1, '9007199254740993', 'good'],
    [2, 'text', 'good'],
    [3, 'NaN', 'good'],
    [4, 1, 'good'],
    [9, 1e9, 'bad'],
  ]);
  // First, least (true is 1), greatest, last: not the bad one's value, though it is the last.
  expect((await chart(`series=${path}&pixels=1`)).rows.map(([time]) => time)).toEqual([0, 1, 9]);
});

test('of texts the latest changes come', async () => {
  const path = 'chart/m/state';
  const texts = [...Array<string>(20).fill('idle'), 'run', 'run', ...Array<string>(20).fill('fault'), 'idle'];
  await send(texts.map((value, time) => ({ path, time, value })));
  const { form, downsampled, rows } = await chart(`series=${path}&pixels=2`);
  expect({ form, downsampled }).toEqual({ form: 'changes', downsampled: true });
  expect(rows).toEqual([
    [0, 'idle', 'good'],
    [20, 'run', 'good'],
    [22, 'fault', 'good'],
    [42, 'idle', 'good'],
  ]);
  const fewer = await chart(`series=${path}&pixels=1&to=42`);
  expect(fewer.rows.map(([, text]) => text)).toEqual(['idle', 'run', 'fault']);
});

test('a series without samples in the time asked for is a chart without rows', async () => {
  const path = 'chart/m/short';
  await send([{ path, time: 5, value: 1 }]);
  expect(await chart(`series=${path}`)).toMatchObject({ from: 5, to: 6, rows: [[5, 1, 'good']] });
  expect(await chart(`series=${path}&from=10`)).toMatchObject({ from: 6, to: 6, rows: [] });
  expect(await chart(`series=${path}&to=2`)).toMatchObject({ from: 2, to: 2, rows: [] });
  expect(await chart(`series=${path}&from=4&to=4`)).toMatchObject({ from: 4, to: 4, rows: [] });
});

test('a chart says what is missing in its time', async () => {
  const path = 'chart/m/spike';
  const gap = { samples: 40, reason: 'quota' };
  await hub.ingest.report({
    agent: agent.agent,
    epoch: agent.epoch,
    backlogSamples: 0,
    backlogBytes: 0,
    now: 1,
    shed: [{ lane: 2, from: 500, to: 600, ...gap, firstTime: 100, lastTime: 200 }],
  });
  expect((await chart(`series=${path}`)).gaps).toEqual([{ from: 100, to: 200, ...gap, agent: 'press-1' }]);
  expect((await chart(`series=${path}&from=300`)).gaps).toEqual([]);
});
