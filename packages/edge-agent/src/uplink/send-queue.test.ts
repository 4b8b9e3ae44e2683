import { Lane, RangeSet } from '@sluis/protocol';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OutboxState, StoredSegment } from '../log/log.ts';
import type { RemoteOutbox } from './remote-outbox.ts';
import { type Room, SendQueue } from './send-queue.ts';

const free: Room = { data: true, backlog: true, joinBytes: 0 };
const lanes = Object.values(Lane);

/** What the queue needs of an outbox: segments of a thousand bytes, of which some sequences are missing. */
class Outbox {
  next: Record<Lane, number> = { [Lane.alarm]: 1, [Lane.data]: 1, [Lane.detail]: 1 };
  readonly acked: Record<Lane, RangeSet> = {
    [Lane.alarm]: new RangeSet(),
    [Lane.data]: new RangeSet(),
    [Lane.detail]: new RangeSet(),
  };

  state(): OutboxState {
    const held = lanes.map((lane) => ({ lane, first: 1, lowest: 1, next: this.next[lane] }));
    return { epoch: '', seriesCount: 0, lanes: held, positions: {}, positionsLost: false };
  }

  queue(apart: (lane: Lane, sequence: number) => boolean = () => false): SendQueue {
    const received = lanes.map((lane) => ({ lane, ranges: this.acked[lane].ranges, highestCrc: 0 }));
    const read: RemoteOutbox['read'] = async ({ lane, from, maxBytes }) =>
      this.waiting(lane)
        .filter((sequence) => sequence >= from)
        .slice(0, Math.floor(maxBytes / 1000))
        .map((sequence) => segment(lane, sequence));
    return new SendQueue({ outbox: { read } as RemoteOutbox, state: this.state(), received, isApart: apart });
  }

  /** Every seventh was never committed. */
  waiting(lane: Lane): number[] {
    return this.acked[lane]
      .missing({ from: 1, to: this.next[lane] })
      .flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))
      .filter((sequence) => sequence % 7 !== 0);
  }
}

function segment(lane: Lane, sequence: number): StoredSegment {
  return { lane, sequence, samples: 1, crc: 0, bytes: new Uint8Array(1000), seriesBound: 0 };
}

async function takeAll(queue: SendQueue, room = free): Promise<{ lane: Lane; sequences: number[] }[]> {
  const turns: { lane: Lane; sequences: number[] }[] = [];
  for (let turn = await queue.take(room); turn; turn = await queue.take(room))
    turns.push({ lane: turn.lane, sequences: turn.segments.map(({ sequence }) => sequence) });
  return turns;
}

const step = fc.oneof(
  fc.record({ do: fc.constant('append' as const), lane: fc.constantFrom(...lanes), count: fc.nat(300) }),
  fc.record({
    do: fc.constant('take' as const),
    room: fc.record({ data: fc.boolean(), backlog: fc.boolean(), joinBytes: fc.constantFrom(0, 5000, 100_000) }),
    count: fc.nat(50),
  }),
  fc.record({ do: fc.constantFrom('reconnect' as const, 'look' as const) }),
);

test('over any number of connections, everything that is held goes once in each, joined only with its neighbours', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const outbox = new Outbox();
      const sent = {
        [Lane.alarm]: new Set<number>(),
        [Lane.data]: new Set<number>(),
        [Lane.detail]: new Set<number>(),
      };
      let queue = outbox.queue();
      const take = async (room: Room): Promise<boolean> => {
        const turn = await queue.take(room);
        if (!turn) return false;
        const { lane } = turn;
        if (!room.data) expect(lane).toBe(Lane.alarm);
        for (const [i, { sequence }] of turn.segments.entries()) {
          expect(sequence).toBe(turn.segments[0].sequence + i);
          expect(sent[lane].has(sequence)).toBe(false);
          sent[lane].add(sequence);
          outbox.acked[lane].add({ from: sequence, to: sequence + 1 });
        }
        return true;
      };
      for (const one of steps) {
        if (one.do === 'append') {
          outbox.next[one.lane] += one.count;
          queue.refill();
        } else if (one.do === 'take') {
          for (let i = 0; i < one.count; i++) await take(one.room);
        } else if (one.do === 'look') {
          queue.grown(outbox.state());
        } else {
          queue = outbox.queue();
        }
      }
      while (await take(free));
      for (const lane of lanes) expect(outbox.waiting(lane)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('lanes go in order of priority: alarms, data with its backlog, detail', async () => {
  const outbox = new Outbox();
  outbox.next = { [Lane.alarm]: 4, [Lane.data]: 200, [Lane.detail]: 4 };
  const turns = await takeAll(outbox.queue());
  const order = turns.map(({ lane }) => lane);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(new Set(order).size).toBe(3);
});

test('where no data may go, alarms do; what waits in a lane keeps those below it waiting', async () => {
  const outbox = new Outbox();
  outbox.next = { [Lane.alarm]: 4, [Lane.data]: 200, [Lane.detail]: 4 };
  const queue = outbox.queue();
  expect((await takeAll(queue, { ...free, data: false })).map(({ lane }) => lane)).toEqual([1, 1, 1]);
  // The backlog has no room, and nothing is live.
  expect(await takeAll(queue, { ...free, backlog: false })).toEqual([]);
});

test('what is appended goes before the backlog, which has a fifth', async () => {
  const outbox = new Outbox();
  outbox.next[Lane.data] = 1000;
  const queue = outbox.queue();
  await queue.take(free);
  outbox.next[Lane.data] += 60;
  queue.refill();
  const turns = (await takeAll(queue)).slice(0, 60).map(({ sequences: [sequence] }) => sequence);
  expect(turns[0]).toBe(1000);
  expect(turns.filter((sequence) => sequence < 1000).length).toBeGreaterThanOrEqual(10);
  expect(turns.filter((sequence) => sequence >= 1000).length).toBeGreaterThanOrEqual(45);
});

test('a segment that is to go apart is joined with none', async () => {
  const outbox = new Outbox();
  outbox.next[Lane.data] = 101;
  const turns = await takeAll(
    outbox.queue((_, sequence) => sequence === 3),
    { ...free, joinBytes: 100_000 },
  );
  expect(turns.slice(0, 3).map(({ sequences }) => sequences)).toEqual([[1, 2], [3], [4, 5, 6]]);
});
