import { expect } from 'vitest';
import type { Row } from '../test-agent.ts';
import { until } from '../temporary-store.ts';
import type { Bench } from './bench.ts';
import type { Case } from './describe-store.ts';
import { expectSamples } from './formats.ts';

const SEGMENT = 50_000;
const SEGMENTS = 8;

/** So many samples that an answer is larger than all buffers on its way, late throughout. */
async function fill(bench: Bench, path: string, segments: number): Promise<void> {
  const agent = await bench.agent();
  for (let i = segments - 1; i >= 0; i--) {
    const rows = Array.from({ length: SEGMENT }, (_, j): Row => ({ path, time: i * SEGMENT + j, value: j }));
    expect(await agent.send(rows)).toBe('stored');
  }
}

/** The error of an answer that is refused for now. */
async function refusal(response: Response): Promise<{ code: string; hint: string }> {
  expect(response.status).toBe(503);
  const { error } = (await response.json()) as { error: { code: string; message: string; hint: string } };
  expect(error.message).not.toBe('');
  return error;
}

export const limitCases: readonly Case[] = [
  {
    name: 'series beyond the limit are dropped and counted; those that are known go on, whoever sends them',
    limits: { series: 2 },
    async given(bench) {
      const paths = ['a', 'b', 'c', 'd'].map((name) => bench.path(name));
      const rows = (time: number, ...some: number[]): Row[] => some.map((i) => ({ path: paths[i], time, value: time }));
      const [first, second] = [await bench.agent(), await bench.agent({ id: '2' })];
      expect(await first.send(rows(1, 0, 2))).toBe('stored');
      expect(await second.send(rows(2, 3, 0, 1, 2))).toBe('stored');
      expect(await first.send(rows(3, 1, 0, 2))).toBe('stored');
      return async () => {
        expect((await bench.agentRow()).dropped).toEqual({ 'series limit': 1 });
        expect((await bench.agentRow('2')).dropped).toEqual({ 'series limit': 2 });
        const kept = await bench.series('**');
        expect(kept.map(({ path, samples }) => [path, samples])).toEqual([
          [paths[0], 3],
          [paths[2], 3],
        ]);
        await expectSamples(bench, paths[2], [...rows(1, 2), ...rows(2, 2), ...rows(3, 2)]);
        expect((await bench.get('samples', { series: paths[1] })).status).toBe(404);
        expect((await bench.get('samples', { series: paths[3] })).status).toBe(404);
      };
    },
  },
  {
    name: 'a query that its reader leaves gives its place to others; who finds no place is told to come again',
    limits: { concurrent: 1, waiting: 1 },
    async given(bench) {
      const path = bench.path('a');
      await fill(bench, path, SEGMENTS);
      return async () => {
        const leave = new AbortController();
        // It keeps its place from when its answer begins until someone has read it, or nobody will.
        const unread = await bench.get('samples', { series: path }, leave.signal);
        expect(unread.status).toBe(200);
        const asking = Array.from({ length: 2 }, () => bench.get('samples', { series: path, to: 0 }));
        const busy = await Promise.race(asking);
        expect(Number(busy.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(await refusal(busy)).toMatchObject({ code: 'busy', hint: expect.stringMatching(/./) });
        leave.abort();
        const answers = await Promise.all(asking);
        expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 503]);
        const counted = await bench.json('aggregate', { series: path, every: '1s', fn: 'count' });
        expect(counted).toMatchObject({ rows: [[0, SEGMENTS * SEGMENT]] });
      };
    },
  },
  {
    name: 'a query that takes too long is ended and told how to ask for less; segments are stored as ever',
    limits: { timeMs: 1 },
    async given(bench) {
      const path = bench.path('a');
      await fill(bench, path, 2);
      return async () => {
        const agent = await bench.agent();
        const tooMuch = { series: path, every: '1us', fn: 'stddev,sum,first,last' };
        // What waits until all is loaded meets its limit there.
        const error = await until(async () => {
          const said = await refusal(await bench.get('aggregate', tooMuch));
          return said.code === 'time-limit' ? said : undefined;
        });
        expect(error.hint).toContain('from');
        expect(await agent.send([{ path, time: 0, value: 1 }])).toBe('stored');
        await until(async () => (await bench.get('samples', { series: bench.path('b') })).status === 404);
      };
    },
  },
];
