import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Lane } from '@sluis/protocol';
import { afterAll, expect, test } from 'vitest';
import { CollectedLog, entry, inLane, KiB, openSmall, segment, series, TemporaryFolder } from './fixtures.ts';
import { errorCode, StorageError } from './storage-error.ts';
import type { Storage } from './storage.ts';

/*
 * A disk that is really full: a small file system in memory, which only root may mount.
 */

const everything = Number.MAX_SAFE_INTEGER;
const disk = new TemporaryFolder();
const refused = mount(disk.path);
afterAll(() => {
  if (refused === undefined) execFileSync('umount', ['--lazy', disk.path]);
  disk[Symbol.dispose]();
});
if (refused !== undefined && process.env.CI === 'true') throw new Error(refused);
if (refused !== undefined) console.warn(`a full disk is not tried: ${refused}`);

test.skipIf(refused !== undefined)(
  'a full disk loses nothing, refuses no start, and is over when there is space',
  () => {
    const directory = join(disk.path, 'data');
    const log = new CollectedLog();
    const open = () => openSmall(directory, { log, journal: { quotaBytes: 64 * 1024 * KiB } });
    const kept = { entries: [] as number[], segments: [] as number[] };
    let storage = open();

    const append = (index: number) => {
      const sequence = storage.journal.append({ entries: [entry(index)], definitions: series(1) });
      kept.entries.push(sequence);
    };
    const commit = (index: number) => {
      const segments = [inLane(Lane.data, segment(index))];
      const positions = { stream: { epoch: 'e', position: index } };
      kept.segments.push(...storage.outbox.commit({ segments, definitions: series(1), positions }));
    };
    const expectAll = () => {
      expect(entries(storage)).toEqual(kept.entries);
      expect(segments(storage)).toEqual(kept.segments);
      expect(storage.outbox.state().positions.stream.position).toBe(kept.segments.length);
    };

    append(1);
    commit(1);
    // A few commits fit in what SQLite has already allocated; then every one is refused, in both logs.
    const filler = fill(disk.path);
    refusedAfterAFew(() => append(kept.entries.length + 1));
    refusedAfterAFew(() => commit(kept.segments.length + 1));
    expectAll();

    // A restart needs no space; a close in order may have given some back.
    storage[Symbol.dispose]();
    storage = open();
    expectAll();
    refusedAfterAFew(() => append(kept.entries.length + 1));
    expect(storage.ballast.state).toEqual({ full: true, since: 0 });

    // What the hub acks is given back without any space to record it.
    const { fileBytes } = storage.outbox.stats();
    storage.outbox.acknowledge(Lane.data, [{ from: 1, to: everything }]);
    expect(storage.outbox.stats().segments).toBe(0);
    expect(storage.outbox.stats().fileBytes).toBeLessThanOrEqual(fileBytes);

    rmSync(filler);
    storage.flush();
    expect(storage.ballast.state).toEqual({ full: false, since: null });
    append(kept.entries.length + 1);
    kept.segments = [];
    const { acked } = storage.outbox.stats();
    storage.outbox.commit({ segments: [inLane(Lane.data, segment(1))], definitions: series(1), positions: {} });
    expect(segments(storage)).toHaveLength(1);
    const state = { entries: entries(storage), segments: segments(storage) };
    storage[Symbol.dispose]();

    storage = open();
    expect({ entries: entries(storage), segments: segments(storage) }).toEqual(state);
    expect(state.entries).toEqual(kept.entries);
    expect(storage.outbox.stats().acked).toEqual(acked);
    storage[Symbol.dispose]();
  },
);

test.skipIf(refused !== undefined)(
  'what is too long for the space that is left is refused, and what is shorter is taken',
  () => {
    using storage = openSmall(join(disk.path, 'other'), { journal: { quotaBytes: 64 * 1024 * KiB } });
    const append = (length: number) =>
      storage.journal.append({ entries: [entry(1, { length })], definitions: series(1) });
    append(KiB);
    const commit = (length: number) => {
      const segments = [inLane(Lane.data, segment(1, { length }))];
      storage.outbox.commit({ segments, definitions: series(1), positions: {} });
    };
    commit(KiB);
    const filler = fill(disk.path);
    // More than the ballast asks for, and less than is to be written.
    truncateSync(filler, statSync(filler).size - 600 * KiB);
    expect(() => append(1000 * KiB)).toThrow(expect.objectContaining({ code: 'full' }));
    expect(() => commit(1000 * KiB)).toThrow(expect.objectContaining({ code: 'full' }));
    append(KiB);
    commit(KiB);
    rmSync(filler);
  },
);

test.skipIf(refused !== undefined)(
  'a snapshot takes nothing of what is kept for a full disk, and the newest stays',
  () => {
    const directory = join(disk.path, 'snapshots');
    using storage = openSmall(directory, { journal: { quotaBytes: 64 * 1024 * KiB } });
    const { snapshots, ballast } = storage;
    const epoch = '0123456789abcdef0123456789abcdef';
    const save = (position: number, length = 50 * KiB) => {
      snapshots.save('a', { epoch, position, bytes: new Uint8Array(length) });
    };
    const newest = () => snapshots.load('a', { epoch, position: everything })?.position;
    save(1);
    save(2);
    const filler = fill(disk.path);
    // In the place of the older one.
    save(3);
    expect(newest()).toBe(3);
    expect(() => save(4, 200 * KiB)).toThrow(expect.objectContaining({ code: 'full' }));
    expect(newest()).toBe(3);
    // The logs still have what is kept for them.
    expect(ballast.state).toEqual({ full: false, since: null });
    expect(statSync(join(directory, 'ballast')).size).toBe(64 * KiB);
    ballast.letGo();
    expect(() => save(5)).toThrow(expect.objectContaining({ code: 'full' }));
    // It lets the journal give back space: a little is for it.
    save(5, 4 * KiB);
    rmSync(filler);
    save(6);
    expect(newest()).toBe(6);
  },
);

test.skipIf(refused !== undefined)(
  'on a full disk the journal goes on in the place of results that may be shed',
  () => {
    using storage = openSmall(join(disk.path, 'shedding'), {
      journal: { quotaBytes: 64 * 1024 * KiB },
      outbox: { quotaBytes: 4096 * KiB, fileBytes: 150 * KiB, whenFull: 'shed-oldest' },
      ballastBytes: 512 * KiB,
    });
    for (let i = 1; i <= 40; i++) {
      storage.outbox.commit({ segments: [inLane(Lane.data, segment(i))], definitions: series(1), positions: {} });
    }
    const filler = fill(disk.path);
    for (let i = 1; i <= 20; i++) storage.journal.append({ entries: [entry(i)], definitions: series(1) });
    expect(entries(storage)).toHaveLength(20);
    const { shed } = storage.outbox.stats();
    expect(shed.disk.segments).toBeGreaterThan(0);
    rmSync(filler);
  },
);

function entries({ journal }: Storage): number[] {
  return journal.read({ after: 0, maxBytes: everything }).map(({ sequence }) => sequence);
}

function segments({ outbox }: Storage): number[] {
  return outbox.read({ lane: Lane.data, from: 0, maxBytes: everything }).map(({ sequence }) => sequence);
}

function refusedAfterAFew(attempt: () => void): void {
  for (let i = 0; i < 20; i++) {
    try {
      attempt();
    } catch (error) {
      expect(error).toBeInstanceOf(StorageError);
      expect(error).toMatchObject({ code: 'full' });
      expect(attempt).toThrow(expect.objectContaining({ code: 'full' }));
      return;
    }
  }
  throw new Error('a full disk took everything');
}

/** Takes all space that is left. */
function fill(folder: string): string {
  const path = join(folder, 'filler');
  const handle = openSync(path, 'w');
  const block = new Uint8Array(4 * KiB);
  try {
    for (;;) writeSync(handle, block);
  } catch (error) {
    if (errorCode(error) !== 'ENOSPC') throw error;
  } finally {
    closeSync(handle);
  }
  return path;
}

/** Undefined if it worked, otherwise why not. */
function mount(folder: string): string | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: ['ignore', 'ignore', 'pipe'] });
    return undefined;
  } catch (error) {
    return `mounting a small file system needs root: ${error instanceof Error ? error.message.trim() : String(error)}`;
  }
}
