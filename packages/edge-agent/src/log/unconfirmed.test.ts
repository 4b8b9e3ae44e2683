import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lane } from '@sluis/protocol';
import { describe, expect, test } from 'vitest';
import { inLane, KiB, openSmall, segment, series, TemporaryFolder } from './fixtures.ts';
import type { Storage } from './storage.ts';
import { Unconfirmed } from './unconfirmed.ts';

const shedding = { quotaBytes: 1200 * KiB, fileBytes: 300 * KiB, whenFull: 'shed-oldest' } as const;
const own = (sequence: number): number => segment(sequence).crc;
const others = 7;

function commit({ outbox }: Storage, from: number, count: number): void {
  for (let i = from; i < from + count; i++)
    outbox.commit({ segments: [inLane(Lane.data, segment(i))], definitions: series(1), positions: {} });
}

function lowest({ outbox }: Storage): number {
  return outbox.state().lanes.find(({ lane }) => lane === Lane.data)?.lowest ?? 0;
}

describe('what was shed before it was acked is told from what another history has there', () => {
  test('also after a restart, and in a new epoch', () => {
    using folder = new TemporaryFolder();
    let first: number;
    {
      using storage = openSmall(folder.path, { outbox: shedding });
      commit(storage, 1, 100);
      first = lowest(storage);
      expect(first).toBeGreaterThan(10);
    }
    using storage = openSmall(folder.path, { outbox: shedding });
    const { outbox } = storage;
    const check = (): void => {
      for (const sequence of [1, 5, first - 1, first, 100]) {
        expect(outbox.isOwn(Lane.data, sequence, own(sequence))).toBe(true);
        expect(outbox.isOwn(Lane.data, sequence, others)).toBe(false);
      }
    };
    check();
    outbox.remint();
    check();
  });

  test('until the hub is known to have what came after it', () => {
    using folder = new TemporaryFolder();
    using storage = openSmall(folder.path, { outbox: shedding });
    const { outbox } = storage;
    commit(storage, 1, 100);
    // It was under way as it was shed.
    outbox.acknowledge(Lane.data, [{ from: 5, to: 6 }]);
    expect(outbox.isOwn(Lane.data, 5, others)).toBe(true);
    expect(outbox.isOwn(Lane.data, 6, others)).toBe(false);
    expect(outbox.isOwn(Lane.data, 6, own(6))).toBe(true);
  });

  test('but nothing counts as of another that was acked and is gone', () => {
    using folder = new TemporaryFolder();
    {
      using storage = openSmall(folder.path, { outbox: shedding });
      commit(storage, 1, 100);
      storage.outbox.acknowledge(Lane.data, [{ from: 1, to: 101 }]);
    }
    using storage = openSmall(folder.path, { outbox: shedding });
    // Without a CRC nothing tells: so it is too in a folder of a version that kept none of what was shed.
    expect(storage.outbox.isOwn(Lane.data, 3, others)).toBe(true);
  });
});

test('a number that was burned is no segment of this history', () => {
  using folder = new TemporaryFolder();
  using storage = openSmall(folder.path);
  commit(storage, 1, 1);
  const broken = { ...inLane(Lane.data, segment(2)), samples: Number.NaN };
  expect(() => storage.outbox.commit({ segments: [broken], definitions: series(1), positions: {} })).toThrow(
    /write to/,
  );
  commit(storage, 3, 1);
  expect(storage.outbox.isOwn(Lane.data, 2, own(2))).toBe(false);
  expect(storage.outbox.isOwn(Lane.data, 3, own(3))).toBe(true);
});

test('what a damaged file held counts as of another history, unless it had been acked', () => {
  const large = { ...shedding, quotaBytes: 64 * 1024 * KiB };
  using folder = new TemporaryFolder();
  {
    using storage = openSmall(folder.path, { outbox: large });
    commit(storage, 1, 100);
    // The first is not acked, so that its file is held.
    storage.outbox.acknowledge(Lane.data, [{ from: 2, to: 4 }]);
  }
  writeFileSync(join(folder.path, 'outbox', '0000000001.db'), 'nothing of it');
  using storage = openSmall(folder.path, { outbox: large });
  const lost = lowest(storage) - 1;
  expect(lost).toBeGreaterThan(4);
  expect(storage.outbox.isOwn(Lane.data, 3, own(3))).toBe(true);
  // The last before a file that is held is known by that file.
  expect(storage.outbox.isOwn(Lane.data, lost, own(lost))).toBe(true);
  expect(storage.outbox.isOwn(Lane.data, lost - 1, own(lost - 1))).toBe(false);
});

test('of more than is kept, the lowest can be compared, and no other is taken for its own', () => {
  const unconfirmed = new Unconfirmed();
  const many = 10_000;
  const crcs = new Map(Array.from({ length: many }, (_, i) => [i + 1, i * 17]));
  unconfirmed.add({ from: 1, to: many + 1 }, crcs);
  const recorded = new Unconfirmed(unconfirmed.recorded);
  for (const one of [unconfirmed, recorded]) {
    expect(one.room).toBe(0);
    expect([one.crc(1), one.crc(8192), one.crc(8193)]).toEqual([0, 8191 * 17, undefined]);
    expect([one.isUnknown(8192), one.isUnknown(8193), one.isUnknown(many), one.isUnknown(many + 1)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(JSON.stringify(one.recorded).length).toBeLessThan(50_000);
  }
  expect(recorded.confirm(9_000)).toBe(true);
  expect(recorded.recorded).toMatchObject({ sequences: [], crcs: '', unknown: { from: 9_000, to: many + 1 } });
  expect(recorded.confirm(many + 1)).toBe(true);
  recorded.add({ from: 1, to: many + 1 }, crcs);
  expect(recorded.recorded).toMatchObject({ sequences: [], unknown: null });
  expect(recorded.confirm(many + 1)).toBe(false);
});
