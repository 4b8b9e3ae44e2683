import { BatchBuilder, encodeSegment, crc32c, Lane, MAX_PATH_BYTES } from '@sluis/protocol';
import { expect } from 'vitest';
import type { AgentSegment } from '../../src/store/ingest-store.ts';
import type { Row, TestAgent } from '../test-agent.ts';
import type { Case } from './describe-store.ts';
import { expectSamples } from './formats.ts';

const rowsOf = (path: string, ...times: number[]): Row[] => times.map((time) => ({ path, time, value: time / 4 }));

/** Segments of one sample each, whose time is their sequence. */
async function segmentsOf(agent: TestAgent, path: string, count: number): Promise<AgentSegment[]> {
  const segments: AgentSegment[] = [];
  for (let sequence = 0; sequence < count; sequence++) segments.push(await agent.segment(rowsOf(path, sequence)));
  return segments;
}

/** Several sequences in one segment, as an uplink joins them. */
async function joined(agent: TestAgent, path: string, from: number, to: number): Promise<AgentSegment> {
  const times = Array.from({ length: to - from }, (_, i) => from + i);
  return { ...(await agent.segment(rowsOf(path, ...times))), from, to };
}

const sizes = (segments: readonly AgentSegment[]): number =>
  segments.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);

export const ingestCases: readonly Case[] = [
  {
    name: 'segments in any order, and again in any order, are stored once',
    async given(bench) {
      const agent = await bench.agent();
      const path = bench.path('a');
      const segments = await segmentsOf(agent, path, 7);
      const outcomes: unknown[] = [];
      for (const i of [3, 0, 5, 3, 1, 0, 6, 2, 6, 4, 1]) outcomes.push(await bench.ingest.store(segments[i]));
      const [stored, repeat] = ['stored', 'repeat'];
      expect(outcomes).toEqual([
        stored,
        stored,
        stored,
        repeat,
        stored,
        repeat,
        stored,
        stored,
        repeat,
        stored,
        repeat,
      ]);
      return async () => {
        const { received, knownSeries, lost } = await agent.open();
        expect(received).toEqual([{ lane: Lane.data, ranges: [{ from: 0, to: 7 }], highestCrc: segments[6].crc }]);
        expect([knownSeries, lost]).toEqual([1, undefined]);
        for (const i of [6, 0, 3, 1, 5, 2, 4]) expect(await bench.ingest.store(segments[i])).toBe('repeat');
        expect((await bench.agentRow()).acked).toEqual({ samples: 7, segments: 7, bytes: sizes(segments) });
        await expectSamples(bench, path, rowsOf(path, 0, 1, 2, 3, 4, 5, 6));
      };
    },
  },
  {
    name: 'what is missing in between is not received, and can still come',
    async given(bench) {
      const agent = await bench.agent();
      const path = bench.path('a');
      const segments = await segmentsOf(agent, path, 9);
      for (const i of [0, 1, 4, 8]) expect(await bench.ingest.store(segments[i])).toBe('stored');
      const ranges = [
        { from: 0, to: 2 },
        { from: 4, to: 5 },
        { from: 8, to: 9 },
      ];
      return async () => {
        const { received } = await agent.open();
        expect(received).toEqual([{ lane: Lane.data, ranges, highestCrc: segments[8].crc }]);
        await expectSamples(bench, path, rowsOf(path, 0, 1, 4, 8));
      };
    },
  },
  {
    name: 'joined segments are one range; of one of which a part is here nothing is stored',
    async given(bench) {
      const agent = await bench.agent();
      const path = bench.path('a');
      const three = await joined(agent, path, 2, 5);
      expect(await bench.ingest.store(three)).toBe('stored');
      const parts = await Promise.all(
        [
          [0, 3],
          [4, 6],
          [1, 6],
        ].map(([from, to]) => joined(agent, path, from, to)),
      );
      const refused = async (): Promise<void> => {
        for (const part of parts) expect(await bench.ingest.store(part)).toMatchObject({ refused: 'conflict' });
      };
      await refused();
      return async () => {
        await refused();
        expect(await bench.ingest.store(await joined(agent, path, 3, 4))).toBe('repeat');
        const { received } = await agent.open();
        expect(received[0].ranges).toEqual([{ from: 2, to: 5 }]);
        expect((await bench.agentRow()).acked).toEqual({ samples: 3, segments: 1, bytes: three.bytes.byteLength });
        await expectSamples(bench, path, rowsOf(path, 2, 3, 4));
      };
    },
  },
  {
    name: 'another segment in the place of the highest is a conflict, not a repeat',
    async given(bench) {
      const agent = await bench.agent();
      const path = bench.path('a');
      const [first, highest, other] = await segmentsOf(agent, path, 3);
      for (const segment of [first, highest]) expect(await bench.ingest.store(segment)).toBe('stored');
      return async () => {
        const outcome = await bench.ingest.store({ ...other, from: highest.from, to: highest.to });
        expect(outcome).toEqual({ refused: 'conflict', message: expect.stringMatching(/./) });
        expect(await bench.ingest.store(highest)).toBe('repeat');
        await expectSamples(bench, path, rowsOf(path, 0, 1));
      };
    },
  },
  {
    name: 'what is damaged, contradicts itself or is of a later build is refused by its reason and leaves no trace',
    async given(bench) {
      const agent = await bench.agent();
      const path = bench.path('a');
      const [good] = await segmentsOf(agent, path, 1);
      const flipped = good.bytes.slice();
      flipped[flipped.length >> 1] ^= 1;
      const later = good.bytes.slice();
      later[0]++;
      new DataView(later.buffer).setUint32(later.length - 4, crc32c(later.subarray(0, -4)), true);
      const bad = {
        checksum: [{ bytes: flipped }, { crc: good.crc ^ 1 }],
        malformed: [{ bytes: good.bytes.slice(0, 3) }, { samples: 2 }, { seriesBound: 0 }],
        'undefined-series': [{ seriesBound: 2 }],
        version: [{ bytes: later }],
      };
      return async () => {
        for (const [refused, changes] of Object.entries(bad)) {
          for (const change of changes) {
            const outcome = await bench.ingest.store({ ...good, ...change });
            expect(outcome).toEqual({ refused, message: expect.stringMatching(/./) });
          }
        }
        expect((await agent.open()).received).toEqual([]);
        expect((await bench.agentRow()).acked).toEqual({ samples: 0, segments: 0, bytes: 0 });
        await expectSamples(bench, path, []);
      };
    },
  },
  {
    name: 'definitions are a dense prefix: repeats are harmless, one left out or changed is refused',
    async given(bench) {
      const { agent, epoch, ...sender } = await bench.agent();
      const define = (first: number, ...names: string[]) => {
        const series = names.map((name) => ({ path: bench.path(name), unit: 'bar' }));
        return bench.ingest.define({ agent, epoch, first, series });
      };
      expect(await define(0, 'a')).toEqual({ knownSeries: 1 });
      expect(await define(0, 'a', 'b')).toEqual({ knownSeries: 2 });
      expect(sender.site).toBe('lab');
      return async () => {
        expect(await define(0, 'a', 'b')).toEqual({ knownSeries: 2 });
        expect(await define(1, 'b')).toEqual({ knownSeries: 2 });
        expect(await define(2)).toEqual({ knownSeries: 2 });
        expect(await define(3, 'd')).toEqual({ refused: 'gap', message: expect.stringMatching(/./) });
        expect(await define(1, 'c')).toEqual({ refused: 'conflict', message: expect.stringMatching(/./) });
        const nothing = { type: null, unit: 'bar', first: null, last: null, samples: 0 };
        expect(await bench.series('**')).toEqual(['a', 'b'].map((name) => ({ path: bench.path(name), ...nothing })));
      };
    },
  },
  {
    name: 'lanes and epochs have sequences and series ids of their own',
    async given(bench) {
      const [path, other] = [bench.path('a'), bench.path('b')];
      const first = await bench.agent();
      const data = await first.segment(rowsOf(path, 10));
      const alarm = { ...(await first.segment(rowsOf(path, 20))), lane: Lane.alarm, from: 0, to: 1 };
      const second = await bench.agent();
      const fresh = await second.segment(rowsOf(other, 30));
      const segments = [data, alarm, fresh];
      for (const segment of segments) expect(await bench.ingest.store(segment)).toBe('stored');
      return async () => {
        for (const segment of segments) expect(await bench.ingest.store(segment)).toBe('repeat');
        const { received } = await first.open();
        const ranges = [{ from: 0, to: 1 }];
        expect(received.toSorted((a, b) => a.lane - b.lane)).toEqual([
          { lane: Lane.alarm, ranges, highestCrc: alarm.crc },
          { lane: Lane.data, ranges, highestCrc: data.crc },
        ]);
        expect((await second.open()).received).toEqual([{ lane: Lane.data, ranges, highestCrc: fresh.crc }]);
        await expectSamples(bench, path, rowsOf(path, 10, 20));
        await expectSamples(bench, other, rowsOf(other, 30));
      };
    },
  },
  {
    name: 'what many agents store at once is all there once it is acknowledged',
    async given(bench) {
      const ids = Array.from({ length: 6 }, (_, i) => `m${i}`);
      const times = Array.from({ length: 25 }, (_, i) => i);
      await Promise.all(
        ids.map(async (id) => {
          const agent = await bench.agent({ id });
          const segments = await segmentsOf(agent, bench.path(id), times.length);
          const outcomes = await Promise.all(segments.map((segment) => bench.ingest.store(segment)));
          expect(new Set(outcomes)).toEqual(new Set(['stored']));
        }),
      );
      return async () => {
        const found = await bench.series('*');
        expect(found.map(({ path, samples }) => [path, samples])).toEqual(ids.map((id) => [bench.path(id), 25]));
        await expectSamples(bench, bench.path('m3'), rowsOf(bench.path('m3'), ...times));
      };
    },
  },
  {
    name: 'a segment whose sender gave up before its turn is not stored',
    async given(bench) {
      const agent = await bench.agent();
      const path = bench.path('a');
      const [segment] = await segmentsOf(agent, path, 1);
      const reason = new Error('the sender is gone');
      await expect(bench.ingest.store(segment, AbortSignal.abort(reason))).rejects.toBe(reason);
      return async () => {
        expect((await agent.open()).received).toEqual([]);
        await expectSamples(bench, path, []);
      };
    },
  },
  {
    name: 'a segment without samples is received',
    async given(bench) {
      const agent = await bench.agent();
      const path = bench.path('a');
      const [segment] = await segmentsOf(agent, path, 1);
      const { bytes, crc } = encodeSegment(new BatchBuilder().take(), { effort: 'fast' });
      const empty = { ...segment, samples: 0, bytes, crc, from: 1, to: 2 };
      expect(await bench.ingest.store(empty)).toBe('stored');
      return async () => {
        expect(await bench.ingest.store(empty)).toBe('repeat');
        expect((await agent.open()).received[0].ranges).toEqual([{ from: 1, to: 2 }]);
        await expectSamples(bench, path, []);
      };
    },
  },
  {
    name: 'what an agent no longer holds and what it gave up are gaps, told with the samples; what came after all is none',
    async given(bench) {
      const agent = await bench.agent();
      const path = bench.path('a');
      const segments = await segmentsOf(agent, path, 12);
      for (const i of [0, 1, 10]) expect(await bench.ingest.store(segments[i])).toBe('stored');
      const lanes = [{ lane: Lane.data, first: 0, lowest: 6, next: 12 }];
      await agent.open(lanes);
      const shed = [
        { lane: Lane.data, from: 3, to: 5, samples: 20, reason: 'quota', firstTime: 3, lastTime: 4 },
        { lane: Lane.data, from: 8, to: 10, samples: 7, reason: 'age', firstTime: 8, lastTime: 9 },
      ];
      const { agent: id, epoch } = agent;
      const report = () =>
        bench.ingest.report({ agent: id, epoch, backlogSamples: 5, backlogBytes: 50, shed, now: 2_000 });
      await report();
      // Received wins, whether it comes before or after it is said to be lost.
      expect(await bench.ingest.store(segments[5])).toBe('stored');
      const own = { epoch, lane: 'data' };
      const unknown = { samples: null, reason: 'missing', firstTime: null, lastTime: null };
      const gaps = [
        { ...own, from: 2, to: 3, ...unknown },
        { ...own, from: 3, to: 5, samples: 20, reason: 'quota', firstTime: 3, lastTime: 4 },
        { ...own, from: 8, to: 10, samples: 7, reason: 'age', firstTime: 8, lastTime: 9 },
      ];
      const ofSeries = gaps.map(({ samples, reason, firstTime, lastTime }) => {
        return { from: firstTime, to: lastTime, samples, reason, agent: id };
      });
      return async () => {
        await report();
        await agent.open(lanes);
        const row = await bench.agentRow();
        expect(row.gaps).toEqual(gaps);
        expect([row.backlog, row.lastSeen >= 1]).toEqual([{ samples: 5, bytes: 50 }, true]);
        const said = async (from: number, to: number) => {
          const found = (await bench.json('samples', { series: path, from, to })) as { gaps: unknown[] };
          return new Set(found.gaps);
        };
        const [missing, quota, age] = ofSeries;
        expect(await said(0, 100)).toEqual(new Set([missing, quota, age]));
        expect(await said(4, 8)).toEqual(new Set([missing, quota]));
        expect(await said(5, 9)).toEqual(new Set([missing, age]));
        expect((await bench.json('samples', { series: path })) as object).toMatchObject({
          rows: [0, 1, 5, 10].map((time) => [time, time / 4, 'good']),
        });
      };
    },
  },
  {
    name: 'an agent that was never heard of before has no history; who comes with another outbox has lost the one before',
    async given(bench) {
      const path = bench.path('a');
      const hello = { agent: bench.path('lost'), site: 'lab', software: 'test', lanes: [], now: 1, instance: 'one' };
      const [before, after] = ['e'.repeat(32), 'f'.repeat(32)];
      expect(await bench.ingest.open({ ...hello, epoch: before })).toEqual({ received: [], knownSeries: 0 });
      const report = { agent: hello.agent, epoch: before, backlogSamples: 9, backlogBytes: 90, shed: [], now: 2 };
      await bench.ingest.report(report);
      const answer = await bench.ingest.open({ ...hello, epoch: after });
      expect(answer).toEqual({ received: [], knownSeries: 0, lost: { epoch: before, samples: 9 } });
      return async () => {
        const response = await bench.get('agents');
        const { agents } = (await response.json()) as { agents: { id: string; gaps: object[] }[] };
        const found = agents.find(({ id }) => id === hello.agent);
        expect(found?.gaps).toEqual([expect.objectContaining({ epoch: before, samples: 9, reason: 'outbox lost' })]);
        expect((await bench.get('samples', { series: path })).status).toBe(404);
      };
    },
  },
  {
    name: 'agents of several sites keep their own totals; a path is one series whoever sends it',
    async given(bench) {
      const path = bench.path('a');
      const [north, south] = [
        await bench.agent({ id: 'n', site: 'north' }),
        await bench.agent({ id: 's', site: 'south' }),
      ];
      expect(await north.send(rowsOf(path, 1, 3))).toBe('stored');
      expect(await south.send(rowsOf(path, 2))).toBe('stored');
      await bench.ingest.connected(north.agent, true, 3_000);
      await bench.ingest.connected(north.agent, false, 4_000);
      return async () => {
        expect(await bench.agentRow('n')).toMatchObject({ site: 'north', acked: { samples: 2 }, connected: false });
        expect(await bench.agentRow('s')).toMatchObject({ site: 'south', acked: { samples: 1, segments: 1 } });
        expect((await bench.agentRow('n')).lastSeen).toBe(4_000);
        await expectSamples(bench, path, rowsOf(path, 1, 2, 3));
        expect(await bench.series('**')).toHaveLength(1);
      };
    },
  },
  {
    name: 'a path that cannot be kept takes no other series with it: its samples are counted as dropped',
    async given(bench) {
      const agent = await bench.agent();
      const [good, long] = [bench.path('good'), bench.path('x'.repeat(MAX_PATH_BYTES))];
      const rows = [...rowsOf(good, 1, 2), ...rowsOf(long, 1, 2, 3), ...rowsOf(bench.path('a\0b'), 1)];
      expect(await agent.send(rows)).toBe('stored');
      return async () => {
        const { acked, dropped } = await bench.agentRow();
        expect([acked.samples, dropped]).toEqual([6, { 'invalid series': 4 }]);
        expect((await bench.series('**')).map(({ path, samples }) => [path, samples])).toEqual([[good, 2]]);
      };
    },
  },
];
