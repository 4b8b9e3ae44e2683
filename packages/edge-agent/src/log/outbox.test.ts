import { closeSync, copyFileSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32c, Lane } from '@sluis/protocol';
import { describe, expect, test } from 'vitest';
import { CollectedLog, inLane, KiB, openSmall, segment, series, TemporaryFolder } from './fixtures.ts';
import type { GivenUp } from './log.ts';
import { LogFile } from './log-file.ts';
import type { Storage } from './storage.ts';

const everything = Number.MAX_SAFE_INTEGER;

function commit({ outbox }: Storage, from: number, count: number): void {
  for (let i = from; i < from + count; i++) {
    const segments = [inLane(Lane.data, segment(i))];
    outbox.commit({ segments, definitions: series(1), positions: { stream: { epoch: 'e', position: i } } });
  }
}

function waiting({ outbox }: Storage): number[] {
  return outbox.read({ lane: Lane.data, from: 0, maxBytes: everything }).map(({ sequence }) => sequence);
}

function files(folder: string): string[] {
  return readdirSync(join(folder, 'outbox')).filter((name) => name.endsWith('.db'));
}

test('positions and totals are known after all was acked, retired and reopened', () => {
  using folder = new TemporaryFolder();
  {
    using storage = openSmall(folder.path);
    commit(storage, 1, 10);
    storage.outbox.acknowledge(Lane.data, [{ from: 1, to: 11 }]);
    expect(files(folder.path)).toHaveLength(1);
  }
  using storage = openSmall(folder.path);
  expect(storage.outbox.state().positions).toEqual({ stream: { epoch: 'e', position: 10 } });
  expect(storage.outbox.stats().acked).toMatchObject({ segments: 10, samples: 55 });
  expect(storage.outbox.stats()).toMatchObject({ segments: 0, oldest: null, newest: null });
  expect(storage.outbox.crc(Lane.data, 10)).toBe(segment(10).crc);
  expect(storage.outbox.crc(Lane.data, 1)).toBeUndefined();
});

test('the state says how many series there are; what they are is asked for by range', () => {
  using folder = new TemporaryFolder();
  using storage = openSmall(folder.path);
  storage.outbox.commit({ segments: [], definitions: series(5000), positions: {} });
  expect(storage.outbox.state().seriesCount).toBe(5000);
  expect(JSON.stringify(storage.outbox.state()).length).toBeLessThan(1000);
  expect(storage.outbox.definitions({ from: 4998, to: 5000 })).toEqual(series(5000).series.slice(4998));
});

test('an id whose definition went with its file names no series again: another is given', () => {
  using folder = new TemporaryFolder();
  const define = ({ outbox }: Storage, first: number, path: string, used: number, length?: number) =>
    outbox.commit({
      segments: [inLane(Lane.data, segment(1, { length, series: [used] }))],
      definitions: { first, series: [{ path, unit: '' }] },
      positions: {},
    });
  {
    using storage = openSmall(folder.path);
    define(storage, 0, 'plant/seldom', 0, 160 * KiB);
    define(storage, 1, 'plant/often', 1);
    storage.outbox.acknowledge(Lane.data, [{ from: 1, to: 3 }]);
  }
  using storage = openSmall(folder.path);
  const known = () => storage.outbox.definitions({ from: 0, to: 9 }).map(({ path }) => path);
  expect(known()).toEqual(['', 'plant/often']);
  // A hub that was told the id without a path is not told it again.
  expect(() => define(storage, 0, 'plant/seldom', 0)).toThrow("series 0 is '' and cannot become 'plant/seldom'");
  expect(() => define(storage, 2, 'plant/seldom', 0)).toThrow('series 0 is used but not defined');
  define(storage, 2, 'plant/seldom', 2);
  expect(known()).toEqual(['', 'plant/often', 'plant/seldom']);
});

test('at its quota a commit with segments is refused, and taken again once something is acked', () => {
  using folder = new TemporaryFolder();
  using storage = openSmall(folder.path, { outbox: { quotaBytes: 600 * KiB } });
  let committed = 0;
  const fill = () => {
    for (;;) commit(storage, ++committed, 1);
  };
  expect(fill).toThrow(expect.objectContaining({ name: 'StorageError', code: 'quota' }));
  expect(waiting(storage)).toHaveLength(committed - 1);
  storage.outbox.commit({ segments: [], definitions: series(1), positions: { other: { epoch: 'e', position: 1 } } });
  storage.outbox.acknowledge(Lane.data, [{ from: 1, to: committed }]);
  commit(storage, committed, 1);
  expect(waiting(storage)).toEqual([committed]);
});

test('a commit that fails moves no position and burns its sequences', () => {
  using folder = new TemporaryFolder();
  using storage = openSmall(folder.path);
  commit(storage, 1, 1);
  const broken = { ...inLane(Lane.data, segment(2)), samples: Number.NaN };
  const attempt = () =>
    storage.outbox.commit({
      segments: [inLane(Lane.data, segment(1)), broken],
      definitions: series(1),
      positions: { stream: { epoch: 'e', position: 2 } },
    });
  expect(attempt).toThrow(expect.objectContaining({ name: 'StorageError' }));
  expect(storage.outbox.state().positions.stream.position).toBe(1);
  commit(storage, 2, 1);
  expect(waiting(storage)).toEqual([1, 3]);
  // The hub is told, or it would take for missing what never was.
  const burned = { lane: Lane.data, sequences: { from: 2, to: 3 }, samples: 0, reason: 'burned', times: null };
  expect(storage.outbox.givenUp()).toMatchObject([burned]);
  storage.outbox.acknowledge(Lane.data, [{ from: 1, to: 4 }]);
  expect(storage.outbox.stats()).toMatchObject({ segments: 0, acked: { segments: 2 } });
});

test('what a hub that was put back has no more is waiting again, and counts once in all', () => {
  using folder = new TemporaryFolder();
  using storage = openSmall(folder.path);
  // The first is not acked: what comes after it is held.
  commit(storage, 1, 5);
  storage.outbox.acknowledge(Lane.data, [{ from: 2, to: 5 }]);
  expect(storage.outbox.reconcile(Lane.data, [{ from: 2, to: 3 }])).toBe(2);
  expect(waiting(storage)).toEqual([1, 3, 4, 5]);
  expect(storage.outbox.stats()).toMatchObject({ segments: 4, acked: { segments: 3 } });
  expect(storage.outbox.reconcile(Lane.data, [{ from: 1, to: 6 }])).toBe(0);
  expect(storage.outbox.stats()).toMatchObject({ segments: 0, samples: 0, acked: { segments: 5 } });
});

test('acks that were not recorded are lost in a kill, and taken again', () => {
  using folder = new TemporaryFolder();
  let clock = 0;
  using storage = openSmall(folder.path, { now: () => clock });
  commit(storage, 1, 1);
  storage.outbox.acknowledge(Lane.data, [{ from: 1, to: 2 }]);
  const recorded = () => recordedAcks(folder.path);
  expect(recorded()).toEqual([]);
  clock = 2_000_000;
  storage.outbox.flush();
  expect(recorded()).toEqual([{ from: 1, to: 2 }]);
});

test('a record of before refused segments were counted is taken over', () => {
  using folder = new TemporaryFolder();
  {
    using storage = openSmall(folder.path);
    commit(storage, 1, 2);
  }
  const file = LogFile.open(join(folder.path, 'outbox', '0000000001.db'));
  const lanes = Object.values(Lane).map((lane) => ({ lane, done: [], counted: [], damaged: [] }));
  const none = { samples: 0, segments: 0, bytes: 0 };
  const json = JSON.stringify({ acked: none, damaged: none, lanes });
  file.statement('UPDATE progress SET json = ?, crc = ?').run(json, crc32c(Buffer.from(json)));
  file.close();
  using storage = openSmall(folder.path);
  expect(storage.outbox.stats()).toMatchObject({ segments: 2, refused: none });
  storage.outbox.giveUp(Lane.data, { from: 1, to: 2 });
  expect(storage.outbox.stats()).toMatchObject({ segments: 1, refused: { segments: 1 } });
});

/** What a kill now would leave. */
function recordedAcks(folder: string): unknown {
  using copy = new TemporaryFolder();
  for (const name of readdirSync(join(folder, 'outbox')))
    copyFileSync(join(folder, 'outbox', name), join(copy.path, name));
  const file = LogFile.open(join(copy.path, '0000000001.db'));
  const json = file.statement('SELECT json FROM progress').pluck().get() as string;
  file.close();
  const progress = JSON.parse(json) as { lanes: { lane: Lane; done: unknown }[] };
  return progress.lanes.find(({ lane }) => lane === Lane.data)?.done;
}

describe('a new epoch', () => {
  test('sends again all that is held, and counts no ack twice', () => {
    using folder = new TemporaryFolder();
    using storage = openSmall(folder.path);
    commit(storage, 1, 3);
    storage.outbox.acknowledge(Lane.data, [{ from: 2, to: 3 }]);
    const { epoch } = storage.outbox.state();
    const reminted = storage.outbox.remint();
    expect(reminted.epoch).not.toBe(epoch);
    expect(waiting(storage)).toEqual([1, 2, 3]);
    storage.outbox.acknowledge(Lane.data, [{ from: 1, to: 4 }]);
    expect(storage.outbox.stats()).toMatchObject({ segments: 0, acked: { segments: 3 } });
  });

  test('begins when the newest file is lost, with the positions before it', () => {
    using folder = new TemporaryFolder();
    let epoch: string;
    {
      using storage = openSmall(folder.path);
      commit(storage, 1, 10);
      ({ epoch } = storage.outbox.state());
    }
    damage(join(folder.path, 'outbox', files(folder.path).at(-1) ?? ''));
    const log = new CollectedLog();
    using storage = openSmall(folder.path, { log });
    const { positions, ...state } = storage.outbox.state();
    expect(state.epoch).not.toBe(epoch);
    expect(positions.stream.position).toBe(waiting(storage).length);
    commit(storage, positions.stream.position + 1, 1);
    expect(waiting(storage)).toEqual(Array.from({ length: positions.stream.position + 1 }, (_, i) => i + 1));
    expect(log.reports.length).toBeGreaterThan(0);
  });
});

describe('positions', () => {
  test('are lost with the newest file, until some are committed: a stream without one is then not new', () => {
    using folder = new TemporaryFolder();
    {
      using storage = openSmall(folder.path);
      expect(storage.outbox.state().positionsLost).toBe(false);
      commit(storage, 1, 2);
    }
    damage(join(folder.path, 'outbox', files(folder.path)[0]));
    const log = new CollectedLog();
    {
      using storage = openSmall(folder.path, { log });
      expect(storage.outbox.state()).toMatchObject({ positions: {}, positionsLost: true });
      // Neither does a restart make the stream new, nor one after something else was written.
      storage.outbox.commit({ segments: [], definitions: series(1), positions: {} });
    }
    expect(log.reports.map(({ message }) => message)).toContainEqual(expect.stringContaining('segments of the outbox'));
    {
      using storage = openSmall(folder.path);
      expect(storage.outbox.state()).toMatchObject({ positions: {}, positionsLost: true });
      commit(storage, 3, 1);
      expect(storage.outbox.state().positionsLost).toBe(false);
    }
    using storage = openSmall(folder.path);
    expect(storage.outbox.state()).toMatchObject({ positions: { stream: { position: 3 } }, positionsLost: false });
  });

  test('are lost with the whole outbox: saved states of streams tell that there were some', () => {
    using folder = new TemporaryFolder();
    const open = (log = new CollectedLog()) => openSmall(folder.path, { log });
    const positions = { stream: { epoch: 'e', position: 1 } };
    const isLost = ({ outbox }: Storage) => outbox.state().positionsLost;
    {
      using storage = open();
      expect(isLost(storage)).toBe(false);
      storage.snapshots.save('stream', { epoch: '0'.repeat(32), position: 1, bytes: new Uint8Array(1) });
      storage.outbox.commit({ segments: [], definitions: series(0), positions });
    }
    rmSync(join(folder.path, 'outbox'), { recursive: true });
    const log = new CollectedLog();
    {
      using storage = open(log);
      expect(isLost(storage)).toBe(true);
      expect(log.reports.map(({ message }) => message)).toEqual([expect.stringMatching(/^the outbox is gone/)]);
      storage.outbox.commit({ segments: [], definitions: series(0), positions });
      expect(isLost(storage)).toBe(false);
    }
    using storage = open();
    expect(isLost(storage)).toBe(false);
  });

  test('may be lost where an older file has others', () => {
    using folder = new TemporaryFolder();
    {
      using storage = openSmall(folder.path);
      commit(storage, 1, 20);
      const positions = { late: { epoch: 'e', position: 20 } };
      storage.outbox.commit({ segments: [], definitions: series(1), positions });
    }
    damage(join(folder.path, 'outbox', files(folder.path).at(-1) ?? ''));
    using storage = openSmall(folder.path);
    const { positions, positionsLost } = storage.outbox.state();
    expect(Object.keys(positions)).toEqual(['stream']);
    expect(positionsLost).toBe(true);
  });
});

test('what the hub refuses is counted as that, told, and not sent again, after a restart and in a new epoch', () => {
  using folder = new TemporaryFolder();
  const refused = { samples: 5, segments: 2 };
  const times = { first: 0, last: 0 };
  const given: GivenUp[] = [];
  {
    using storage = openSmall(folder.path);
    const { epoch } = storage.outbox.state();
    given.push({ lane: Lane.data, sequences: { from: 2, to: 4 }, samples: 5, reason: 'refused', times, epoch });
    commit(storage, 1, 5);
    storage.outbox.acknowledge(Lane.data, [{ from: 1, to: 2 }]);
    storage.outbox.giveUp(Lane.data, { from: 1, to: 4 });
    storage.outbox.giveUp(Lane.data, { from: 1, to: 4 });
    expect(waiting(storage)).toEqual([4, 5]);
    expect(storage.outbox.stats()).toMatchObject({ segments: 2, samples: 9, refused, acked: { segments: 1 } });
    expect(storage.outbox.givenUp()).toEqual(given);
    // Also when its file has gone before the hub could be told.
    storage.outbox.acknowledge(Lane.data, [{ from: 4, to: 5 }]);
    expect(storage.outbox.state().lanes[1].lowest).toBe(5);
    expect(storage.outbox.givenUp()).toEqual(given);
  }
  using storage = openSmall(folder.path);
  expect(storage.outbox.givenUp()).toEqual(given);
  commit(storage, 6, 1);
  storage.outbox.giveUp(Lane.data, { from: 6, to: 7 });
  const { epoch } = storage.outbox.state();
  given.push({ lane: Lane.data, sequences: { from: 6, to: 7 }, samples: 6, reason: 'refused', times, epoch });
  storage.outbox.remint();
  expect(waiting(storage)).toEqual([5]);
  const more = { samples: 11, segments: 3 };
  expect(storage.outbox.stats()).toMatchObject({ refused: more, damaged: { segments: 0 } });
  // The hub may not have heard of them before.
  expect(storage.outbox.givenUp()).toEqual(given);
  storage.outbox.acknowledge(Lane.data, [{ from: 1, to: 7 }]);
  expect(storage.outbox.stats()).toMatchObject({ segments: 0, refused: more });
});

describe('damage', () => {
  test('of a segment is reported, counted and closes its sequence', () => {
    using folder = new TemporaryFolder();
    {
      using storage = openSmall(folder.path);
      commit(storage, 1, 3);
    }
    const file = LogFile.open(join(folder.path, 'outbox', '0000000001.db'));
    file.execute('UPDATE segment2 SET bytes = zeroblob(9004) WHERE sequence = 2');
    file.close();
    {
      using storage = openSmall(folder.path);
      expect(waiting(storage)).toEqual([1, 3]);
      expect(storage.outbox.stats()).toMatchObject({ segments: 2, damaged: { segments: 1, samples: 2 } });
      storage.outbox.acknowledge(Lane.data, [{ from: 1, to: 4 }]);
      expect(storage.outbox.stats()).toMatchObject({ segments: 0, acked: { segments: 2 } });
    }
    using storage = openSmall(folder.path);
    expect(storage.outbox.stats()).toMatchObject({ segments: 0, acked: { segments: 2 }, damaged: { segments: 1 } });
  });

  test('of a file in the middle is told by its neighbours and counted once', () => {
    using folder = new TemporaryFolder();
    {
      using storage = openSmall(folder.path);
      commit(storage, 1, 12);
    }
    damage(join(folder.path, 'outbox', files(folder.path)[1]));
    let lost = 0;
    for (let start = 0; start < 2; start++) {
      using storage = openSmall(folder.path);
      lost = 12 - waiting(storage).length;
      expect(lost).toBeGreaterThan(0);
      expect(storage.outbox.stats()).toMatchObject({ segments: 12 - lost, damaged: { segments: lost } });
    }
    using storage = openSmall(folder.path);
    storage.outbox.acknowledge(Lane.data, [{ from: 1, to: 13 }]);
    expect(storage.outbox.stats()).toMatchObject({ segments: 0, acked: { segments: 12 - lost } });
    expect(files(folder.path)).toHaveLength(1);
  });
});

function damage(path: string): void {
  const handle = openSync(path, 'r+');
  writeSync(handle, 'DAMAGED', 0);
  closeSync(handle);
}
