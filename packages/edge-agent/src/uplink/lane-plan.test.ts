import { RangeSet } from '@sluis/protocol';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LanePlan, MAX_HOLES } from './lane-plan.ts';

/** An agent's lane and a hub, over any number of connections; sends one sequence at a time, as a plan says. */
class Line {
  readonly received = new RangeSet();
  readonly sent: { part: string; sequence: number }[] = [];
  next = 1;
  plan: LanePlan;

  constructor() {
    this.plan = this.#connected();
  }

  append(count: number): void {
    this.next += count;
  }

  look(): void {
    this.plan.grown(this.next);
  }

  reconnect(): void {
    this.sent.length = 0;
    this.plan = this.#connected();
  }

  send(part: 'live' | 'backlog'): boolean {
    const sequence = part === 'live' ? this.plan.live : this.plan.backlog?.from;
    if (sequence === undefined || sequence >= this.next) return false;
    this.plan.passed(part, sequence + 1);
    this.sent.push({ part, sequence });
    this.received.add({ from: sequence, to: sequence + 1 });
    return true;
  }

  drain(): void {
    while (this.send('live') || this.send('backlog'));
  }

  get holes(): number {
    return this.received.missing({ from: 1, to: (this.received.highest ?? 0) + 1 }).length;
  }

  #connected(): LanePlan {
    return new LanePlan({ lowest: 1, next: this.next, received: this.received.ranges, jumps: true });
  }
}

const step = fc.oneof(
  fc.record({ do: fc.constant('append' as const), count: fc.oneof(fc.nat(10), fc.nat(1000)) }),
  fc.record({ do: fc.constantFrom('look' as const, 'reconnect' as const) }),
  fc.record({ do: fc.constantFrom('live' as const, 'backlog' as const), count: fc.nat(200) }),
);

test('whatever comes between, a connection sends each sequence once, each part in order, with a bounded number of holes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const line = new Line();
      for (const { do: action, ...rest } of steps) {
        const count = 'count' in rest ? rest.count : 1;
        const before = line.holes;
        if (action === 'append') line.append(count);
        else if (action === 'look') line.look();
        else if (action === 'reconnect') line.reconnect();
        else {
          for (let i = 0; i < count; i++) line.send(action);
          // A jump opens one hole when the first live one behind it arrives.
          expect(line.holes).toBeLessThanOrEqual(action === 'live' ? before + 1 : before);
        }
        expect(line.holes).toBeLessThanOrEqual(MAX_HOLES);
        for (const part of ['live', 'backlog']) {
          const order = line.sent.filter((one) => one.part === part).map(({ sequence }) => sequence);
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
        expect(new Set(line.sent.map(({ sequence }) => sequence)).size).toBe(line.sent.length);
      }
      line.drain();
      expect(line.received.ranges).toEqual(line.next === 1 ? [] : [{ from: 1, to: line.next }]);
    }),
    { numRuns: 300 },
  );
});

test('after an outage the live cursor is at the head, and what was missed is backlog', () => {
  const plan = new LanePlan({ lowest: 1, next: 1001, received: [{ from: 1, to: 101 }], jumps: true });
  expect(plan.live).toBe(1001);
  expect(plan.backlog).toEqual({ from: 101, to: 1001 });
});

test('a short outage leaves no hole, also while a long one is made up for', () => {
  const received = [
    { from: 1, to: 101 },
    { from: 1001, to: 1051 },
  ];
  const plan = new LanePlan({ lowest: 1, next: 1060, received, jumps: true });
  expect(plan.live).toBe(1051);
  expect(plan.backlog).toEqual({ from: 101, to: 1001 });
  expect(plan.holes).toBe(1);
});

test('with as many holes as there may be the oldest is closed before anything live is sent', () => {
  const line = new Line();
  for (let outage = 0; outage < 2 * MAX_HOLES; outage++) {
    line.append(1000);
    line.reconnect();
    line.append(1);
    line.send('live');
  }
  expect(line.holes).toBe(MAX_HOLES);
  line.append(1000);
  line.look();
  expect(line.plan.live).toBeUndefined();
  const { from, to } = line.plan.backlog ?? { from: 0, to: 0 };
  for (let sequence = from; sequence < to; sequence++) expect(line.send('backlog')).toBe(true);
  expect(line.plan.live).toBe(line.next);
});

test('a lane that does not jump goes in order', () => {
  const plan = new LanePlan({ lowest: 1, next: 1001, received: [{ from: 50, to: 60 }], jumps: false });
  expect(plan.live).toBeUndefined();
  plan.passed('backlog', 50);
  expect(plan.live).toBe(60);
});
