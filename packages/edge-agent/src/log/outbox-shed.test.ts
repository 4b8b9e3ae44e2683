import assert from 'node:assert/strict';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Lane } from '@sluis/protocol';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { inLane, KiB, openSmall, segment, series, TemporaryFolder } from './fixtures.ts';
import { LogFile } from './log-file.ts';
import type { OutboxLimits, Storage } from './storage.ts';

const everything = Number.MAX_SAFE_INTEGER;
const HOUR = 3_600_000_000;
const START = Date.UTC(2026, 0) * 1000;
const shedding: OutboxLimits = { quotaBytes: 1200 * KiB, fileBytes: 300 * KiB, whenFull: 'shed-oldest' };

/** The segment with a sequence: so many samples, and times that tell which one it is. */
function numbered(sequence: number) {
  return { ...segment(sequence), minTime: sequence * 10, maxTime: sequence * 10 + 5 };
}

function commit({ outbox }: Storage, from: number, count = 1, lane: Lane = Lane.data): void {
  for (let i = from; i < from + count; i++) {
    outbox.commit({ segments: [inLane(lane, numbered(i))], definitions: series(1), positions: {} });
  }
}

function waiting({ outbox }: Storage, lane: Lane = Lane.data): number[] {
  return outbox.read({ lane, from: 0, maxBytes: everything }).map(({ sequence }) => sequence);
}

function sumTo(last: number): number {
  return (last * (last + 1)) / 2;
}

describe('at its quota', () => {
  test('the oldest files go, and what they held is told with its times, also after a restart', () => {
    using folder = new TemporaryFolder();
    let shed: number;
    let told: unknown;
    {
      using storage = openSmall(folder.path, { outbox: shedding });
      commit(storage, 1, 100);
      shed = waiting(storage)[0] - 1;
      expect(shed).toBeGreaterThan(10);
      expect(waiting(storage)).toHaveLength(100 - shed);
      const { fileBytes, quotaBytes, ...stats } = storage.outbox.stats();
      expect(fileBytes).toBeLessThanOrEqual(quotaBytes);
      expect(stats).toMatchObject({
        segments: 100 - shed,
        samples: sumTo(100) - sumTo(shed),
        shed: { quota: { segments: shed, samples: sumTo(shed) }, age: { segments: 0 }, disk: { segments: 0 } },
      });
      const ranges = storage.outbox.givenUp();
      told = ranges;
      let next = 1;
      for (const { lane, sequences, samples, reason, times } of ranges) {
        expect({ lane, reason, from: sequences.from }).toEqual({ lane: Lane.data, reason: 'quota', from: next });
        expect(samples).toBe(sumTo(sequences.to - 1) - sumTo(sequences.from - 1));
        expect(times).toEqual({ first: sequences.from * 10, last: (sequences.to - 1) * 10 + 5 });
        next = sequences.to;
      }
      expect(next).toBe(shed + 1);
    }
    using storage = openSmall(folder.path, { outbox: shedding });
    expect(storage.outbox.givenUp()).toEqual(told);
    expect(storage.outbox.stats().shed.quota).toMatchObject({ segments: shed, samples: sumTo(shed) });
    // Nor is it forgotten in a new epoch: the hub may not have heard of it.
    storage.outbox.remint();
    expect(storage.outbox.givenUp()).toEqual(told);
    expect(storage.outbox.stats().shed.quota.segments).toBe(shed);
  });

  test('what was acked is not counted as shed, and lanes are told apart', () => {
    using folder = new TemporaryFolder();
    using storage = openSmall(folder.path, { outbox: shedding });
    commit(storage, 1, 2, Lane.alarm);
    commit(storage, 1, 5);
    storage.outbox.acknowledge(Lane.data, [{ from: 2, to: 5 }]);
    commit(storage, 6, 120);
    const alarms = storage.outbox.givenUp().filter(({ lane }) => lane === Lane.alarm);
    expect(alarms).toMatchObject([
      { lane: Lane.alarm, sequences: { from: 1, to: 3 }, samples: 3, reason: 'quota', times: { first: 10, last: 25 } },
    ]);
    const [first, second] = storage.outbox.givenUp().filter(({ lane }) => lane === Lane.data);
    expect(first).toMatchObject({ sequences: { from: 1, to: 2 }, samples: 1 });
    expect(second.sequences.from).toBe(5);
    expect(storage.outbox.stats().acked.segments).toBe(3);
  });

  test('nothing goes for a commit that would not fit in an empty outbox', () => {
    using folder = new TemporaryFolder();
    using storage = openSmall(folder.path, { outbox: shedding });
    commit(storage, 1, 10);
    const large = inLane(Lane.data, segment(1, { length: 1201 * KiB }));
    expect(() => storage.outbox.commit({ segments: [large], definitions: series(1), positions: {} })).toThrow(
      expect.objectContaining({ code: 'quota' }),
    );
    expect(waiting(storage)).toHaveLength(10);
  });

  test('ranges beyond what is told one by one become fewer, of the same sequences and samples', () => {
    using folder = new TemporaryFolder();
    using storage = openSmall(folder.path, { outbox: { quotaBytes: 64 * 1024 * KiB } });
    commit(storage, 1, 300);
    for (let i = 1; i <= 300; i++) storage.outbox.giveUp(Lane.data, { from: i, to: i + 1 });
    const told = storage.outbox.givenUp();
    expect(told).toHaveLength(256);
    expect(told[0]).toMatchObject({
      sequences: { from: 1, to: 46 },
      samples: sumTo(45),
      times: { first: 10, last: 455 },
    });
    expect(told.at(-1)).toMatchObject({ sequences: { from: 300, to: 301 } });
  });
});

describe('by age', () => {
  const keep = { ...shedding, keep: HOUR, whenFull: 'back-pressure' } as const;

  test('files go when the newest of them is too old, and one that fills slowly is ended in time', () => {
    using folder = new TemporaryFolder();
    let clock = START;
    using storage = openSmall(folder.path, { outbox: keep, now: () => clock });
    for (let i = 1; i <= 10; i++) {
      commit(storage, i);
      clock += HOUR / 5;
      storage.flush();
    }
    // The last hour, and what shares a file with it.
    expect(waiting(storage)).toEqual([5, 6, 7, 8, 9, 10]);
    expect(storage.outbox.stats().shed.age).toMatchObject({ segments: 4, samples: 10 });
    expect(new Set(storage.outbox.givenUp().map(({ reason }) => reason))).toEqual(new Set(['age']));
    clock += 2 * HOUR;
    storage.flush();
    expect(waiting(storage)).toEqual([]);
    expect(storage.outbox.stats()).toMatchObject({ segments: 0, shed: { age: { segments: 10 } } });
  });

  test('the last file does not go before another tells how far the outbox has come', () => {
    using folder = new TemporaryFolder();
    let clock = START;
    const options = { outbox: keep, now: () => clock };
    const known = ({ outbox }: Storage) => ({ ...outbox.state(), acked: outbox.stats().acked });
    let before: ReturnType<typeof known>;
    {
      using storage = openSmall(folder.path, options);
      const positions = { stream: { epoch: 'e', position: 1 } };
      storage.outbox.commit({ segments: [inLane(Lane.data, numbered(1))], definitions: series(1), positions });
      storage.outbox.acknowledge(Lane.data, [{ from: 1, to: 2 }]);
      storage.flush();
      clock += 2 * HOUR;
      storage.flush();
      before = known(storage);
      expect(before).toMatchObject({ positions, acked: { segments: 1 } });
      expect(before.lanes.find(({ lane }) => lane === Lane.data)).toMatchObject({ lowest: 2, next: 2 });
    }
    using storage = openSmall(folder.path, options);
    expect(known(storage)).toEqual(before);
  });

  test('nothing is old because a clock was set for the first time', () => {
    using folder = new TemporaryFolder();
    let clock = 0;
    using storage = openSmall(folder.path, { outbox: keep, now: () => clock });
    commit(storage, 1, 3);
    clock = START;
    storage.flush();
    expect(waiting(storage)).toEqual([1, 2, 3]);
  });
});

describe('files of another version', () => {
  test('of format 1 are read, and told without times', () => {
    using folder = new TemporaryFolder();
    {
      using storage = openSmall(folder.path, { outbox: shedding });
      commit(storage, 1, 5);
      storage.journal.append({ entries: [], definitions: series(1) });
    }
    const file = LogFile.open(join(folder.path, 'outbox', '0000000001.db'));
    for (const lane of Object.values(Lane)) {
      file.execute(
        `ALTER TABLE segment${lane} DROP COLUMN first_time; ALTER TABLE segment${lane} DROP COLUMN last_time`,
      );
    }
    file.execute('PRAGMA user_version = 1');
    file.close();
    using storage = openSmall(folder.path, { outbox: shedding });
    expect(waiting(storage)).toEqual([1, 2, 3, 4, 5]);
    commit(storage, 6, 100);
    expect(waiting(storage).at(-1)).toBe(105);
    const [first, second] = storage.outbox.givenUp();
    expect(first).toMatchObject({
      lane: Lane.data,
      sequences: { from: 1, to: 6 },
      samples: 15,
      reason: 'quota',
      times: null,
    });
    expect(second.times?.first).toBe(60);
  });

  test('of a later format are refused, in words', () => {
    using folder = new TemporaryFolder();
    {
      using storage = openSmall(folder.path);
      commit(storage, 1);
    }
    const file = LogFile.open(join(folder.path, 'outbox', '0000000001.db'));
    file.execute('PRAGMA user_version = 99');
    file.close();
    expect(() => openSmall(folder.path)).toThrow('has format 99, and this version reads 1 to 3: use the version that');
    expect(readdirSync(join(folder.path, 'outbox'))).toContain('0000000001.db');
  });
});

/*
 * Kills: what a copy of the folder holds is what a kill at that time leaves. An unlink that fails leaves what a kill
 * between the record and the unlink does.
 */
const operation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('commit' as const), count: fc.integer({ min: 1, max: 12 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('acknowledge' as const), back: fc.nat(60), count: fc.nat(20) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill before an unlink' as const) }) },
);

test('every segment is held, acked or shed, once, wherever the agent is killed', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 25, size: 'max' }), (operations) => {
      using folders = new DisposableStack();
      let clock = START;
      let folder = folders.use(new TemporaryFolder());
      const open = () => openSmall(folder.path, { now: () => clock, outbox: shedding });
      let storage = open();
      let committed = 0;
      const kill = () => {
        const before = storage;
        const copy = folders.use(new TemporaryFolder());
        cpSync(folder.path, copy.path, { recursive: true });
        before[Symbol.dispose]();
        folder = copy;
        storage = open();
      };
      try {
        for (const operation of operations) {
          clock += 400_000;
          switch (operation.do) {
            case 'commit':
              commit(storage, committed + 1, operation.count);
              committed += operation.count;
              break;
            case 'acknowledge': {
              const from = Math.max(1, committed - operation.back);
              storage.outbox.acknowledge(Lane.data, [{ from, to: from + operation.count }]);
              break;
            }
            case 'flush':
              storage.flush();
              break;
            case 'kill':
              kill();
              break;
            case 'kill before an unlink':
              committed = commitUntilUnlink(storage, committed);
              kill();
          }
          account(storage, committed);
        }
      } finally {
        storage[Symbol.dispose]();
      }
    }),
    { numRuns: 12 },
  );
});

/** Commits until a file would be unlinked, which fails. */
function commitUntilUnlink(storage: Storage, committed: number): number {
  const unlink = vi.spyOn(LogFile, 'remove').mockImplementation(() => {
    throw Object.assign(new Error('the disk refused'), { code: 'EIO' });
  });
  try {
    for (let next = committed + 1; ; next++) {
      try {
        commit(storage, next);
      } catch {
        return next - 1;
      }
    }
  } finally {
    unlink.mockRestore();
  }
}

function account(storage: Storage, committed: number): void {
  const { segments, samples, acked, shed } = storage.outbox.stats();
  assert.equal(segments + acked.segments + shed.quota.segments, committed, 'segments');
  assert.equal(samples + acked.samples + shed.quota.samples, sumTo(committed), 'samples');
  assert.equal(waiting(storage).length, segments);
  let told = 0;
  for (const { sequences, samples, times, reason } of storage.outbox.givenUp()) {
    assert.equal(reason, 'quota');
    // Less where some of it was acked after all.
    assert.ok(samples <= sumTo(sequences.to - 1) - sumTo(sequences.from - 1));
    assert.deepEqual(times, { first: sequences.from * 10, last: (sequences.to - 1) * 10 + 5 });
    told += samples;
  }
  assert.equal(told, shed.quota.samples);
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('commit' as const), count: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('send' as const), count: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('ack' as const), count: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reconnect' as const), count: fc.constant(0) }) },
);

test('with a hub that is connected, what was on its way when it was shed counts as acked, not as shed', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      using folder = new TemporaryFolder();
      using storage = openSmall(folder.path, { outbox: shedding });
      const { outbox } = storage;
      let last = 0;
      let next = 1;
      /** Sent and not acked; the hub has stored them. */
      let underWay: number[] = [];
      const atHub = new Set<number>();
      const ack = (sequences: readonly number[]) =>
        outbox.acknowledge(
          Lane.data,
          sequences.map((from) => ({ from, to: from + 1 })),
        );
      for (const { do: what, count } of steps) {
        if (what === 'commit') {
          commit(storage, last + 1, count);
          last += count;
        } else if (what === 'send') {
          const segments = outbox.read({ lane: Lane.data, from: next, maxBytes: count * 9 * KiB });
          for (const { sequence } of segments) {
            underWay.push(sequence);
            atHub.add(sequence);
            next = sequence + 1;
          }
        } else if (what === 'ack') {
          ack(underWay.slice(0, count));
          underWay = underWay.slice(count);
        } else {
          outbox.reconcile(
            Lane.data,
            [...atHub].map((from) => ({ from, to: from + 1 })),
          );
          underWay = [];
        }
      }
      ack(underWay);
      const { acked, shed, samples } = outbox.stats();
      const stored = [...atHub].reduce((sum, sequence) => sum + sequence, 0);
      assert.equal(acked.samples, stored);
      assert.equal(acked.segments, atHub.size);
      assert.equal(acked.samples + shed.quota.samples + samples, sumTo(last));
      let told = 0;
      for (const { sequences, samples } of outbox.givenUp()) {
        let lost = 0;
        for (let i = sequences.from; i < sequences.to; i++) lost += atHub.has(i) ? 0 : i;
        assert.equal(samples, lost);
        told += samples;
      }
      assert.equal(told, shed.quota.samples);
    }),
    { numRuns: 15 },
  );
});

test('of a range that is given up, what an earlier epoch had acked is counted once, also when all of it arrives again', () => {
  using folder = new TemporaryFolder();
  using storage = openSmall(folder.path);
  const { outbox } = storage;
  commit(storage, 1, 8);
  outbox.acknowledge(Lane.data, [{ from: 2, to: 4 }]);
  outbox.remint();
  expect(waiting(storage)).toHaveLength(8);
  outbox.giveUp(Lane.data, { from: 1, to: 9 });
  expect(outbox.stats()).toMatchObject({
    acked: { segments: 2, samples: 2 + 3 },
    refused: { segments: 6, samples: sumTo(8) - 2 - 3 },
  });
  outbox.acknowledge(Lane.data, [{ from: 1, to: 9 }]);
  expect(outbox.stats()).toMatchObject({ acked: { segments: 8, samples: sumTo(8) }, refused: { segments: 0 } });
});
