import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { TestAgent } from '../../test/test-agent.ts';
import { signalQueryProcess, type TemporaryStore, temporaryStore, until } from '../../test/temporary-store.ts';
import type { LiveLine } from './live-points.ts';

let hub: TemporaryStore;
let agent: TestAgent;

beforeAll(async () => {
  hub = await temporaryStore();
  agent = new TestAgent({ ingest: hub.ingest });
  await agent.open();
});

afterAll(() => hub[Symbol.asyncDispose]());

interface Seen {
  readonly socket: WebSocket;
  /** `path value quality` of each point that came. */
  readonly points: string[];
  dropped: number;
}

async function follow(subscribe: string | string[], options?: { headers: Record<string, string> }): Promise<Seen> {
  const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/api/v1/live`, options);
  const seen: Seen = { socket, points: [], dropped: 0 };
  const paths = new Map<number, string>();
  socket.on('message', (data) => {
    const line = JSON.parse(String(data)) as LiveLine;
    for (const { id, path } of line.series) paths.set(id, path);
    for (const [id, , value, quality] of line.points) seen.points.push(`${paths.get(id)} ${value} ${quality}`);
    seen.dropped += line.dropped;
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ subscribe }));
  return seen;
}

test('a follower gets the latest of its series, then each new point, and series that come later', async () => {
  await agent.send([1, 2].map((time) => ({ path: 'one/a/t', time, value: time })));
  await agent.send([{ path: 'one/a/p', time: 1, value: 9 }]);
  const seen = await follow('one/*/t');
  await until(() => seen.points.length === 1);
  await agent.send([
    { path: 'one/a/t', time: 3, value: 3, quality: 2 },
    { path: 'one/a/p', time: 2, value: 8 },
    { path: 'one/b/t', time: 1, value: 'text' },
  ]);
  await until(() => seen.points.length === 3);
  expect(seen.points).toEqual(['one/a/t 2 good', 'one/a/t 3 bad', 'one/b/t text good']);
});

test('a new subscription replaces the one before', async () => {
  await agent.send(['two/a', 'two/b', 'two/c'].map((path) => ({ path, time: 1, value: 1 })));
  const seen = await follow('two/a');
  await until(() => seen.points.includes('two/a 1 good'));
  seen.socket.send(JSON.stringify({ subscribe: ['two/b', 'two/c'] }));
  await until(() => seen.points.includes('two/c 1 good'));
  await agent.send(['two/a', 'two/b', 'two/c'].map((path) => ({ path, time: 2, value: 2 })));
  await until(() => seen.points.includes('two/c 2 good'));
  expect(seen.points).not.toContain('two/a 2 good');
});

test('of more points than a line carries, the latest comes and the rest is counted', async () => {
  const seen = await follow('three/a');
  await agent.send([{ path: 'three/a', time: 0, value: 0 }]);
  await until(() => seen.points.length === 1);
  await agent.send(Array.from({ length: 5_000 }, (_, i) => ({ path: 'three/a', time: i + 1, value: i + 1 })));
  await until(() => seen.points.at(-1) === 'three/a 5000 good');
  // The first one comes twice if the index had it when the follower came, and it was not published yet.
  expect(seen.points.length + seen.dropped).toBeOneOf([5_001, 5_002]);
  expect(seen.dropped).toBeGreaterThan(4_000);
});

test('followers outlive the query process', async () => {
  await agent.send([{ path: 'four/a', time: 1, value: 1 }]);
  const seen = await follow('four/**');
  await until(() => seen.points.length === 1);
  const pid = await signalQueryProcess(hub);
  await until(() => hub.queries.pid !== pid && hub.queries.pid !== undefined);
  await agent.send([{ path: 'four/a', time: 2, value: 2 }]);
  await until(() => seen.points.includes('four/a 2 good'));
});

test('what is no subscription ends the connection with a reason; other origins and paths are refused', async () => {
  const seen = await follow('five/a');
  seen.socket.send('{"subscribe": 1}');
  const [code, reason] = (await once(seen.socket, 'close')) as [number, Buffer];
  expect([code, String(reason)]).toEqual([1008, 'send {"subscribe": a pattern of paths or a list of them}']);
  await expect(follow('x', { headers: { origin: 'http://elsewhere.example' } })).rejects.toThrow('403');
  const own = await follow('x', { headers: { origin: hub.url } });
  own.socket.close();
  const other = new WebSocket(`${hub.url.replace('http', 'ws')}/api/v1/other`);
  await expect(once(other, 'open')).rejects.toThrow('404');
});
