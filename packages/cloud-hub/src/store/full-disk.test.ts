import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { TestAgent } from '../../test/test-agent.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { startStore } from '../start-store.ts';
import { silentLog, temporaryStore, until } from '../../test/temporary-store.ts';
import { type AgentSegment, StoreUnavailableError } from './ingest-store.ts';

/*
 * A hub whose disk fills up while it runs: a file system in memory, which only root may mount.
 */

const MIB = 1 << 20;
const refused = mountable();
if (refused !== undefined && process.env.CI === 'true') throw new Error(refused);
if (refused !== undefined) console.warn(`a disk that fills up is not tried: ${refused}`);

test.skipIf(refused !== undefined)(
  'on a full disk acks stop and it is said; with space both ingest and files go on by themselves',
  async () => {
    using folder = temporaryFolder();
    using disk = mount(join(folder.path, 'data'), 160);
    const log = silentLog();
    const said = vi.spyOn(log, 'error');
    const warned = vi.spyOn(log, 'warn');
    await using hub = await temporaryStore({ directory: disk.path, limits: { rowsPerTable: 1_000 }, log });
    const agent = new TestAgent({ ingest: hub.ingest });
    await agent.open();
    let time = 0;
    const next = (rows: number) =>
      agent.segment(Array.from({ length: rows }, () => ({ path: 'lab/a', time: time++, value: Math.random() })));

    // Too little for a file, enough for SQLite.
    disk.fill(32 * MIB);
    for (let i = 0; i < 3; i++) expect(await hub.ingest.store(await next(1_000))).toBe('stored');
    await until(() => hub.store.news.compactionFailures > 0);
    expect(hub.store.hotRows).toBe(3_000);
    expect(warned.mock.calls.at(0)?.[0]).toMatchObject({ reason: expect.stringContaining('MiB are free') as string });
    expect((await hub.get('/readyz')).status).toBe(200);

    disk.fill(0);
    const pending: AgentSegment[] = [];
    await until(async () => {
      const segment = await next(10_000);
      pending.push(segment);
      try {
        await hub.ingest.store(segment);
        return false;
      } catch (error) {
        expect(error).toBeInstanceOf(StoreUnavailableError);
        return true;
      }
    });
    await until(() => hub.store.diskFull);
    expect(said.mock.calls.map(([, text]) => text)).toContain(
      'the disk is full: agents keep what they have until there is space',
    );
    const refusal = await hub.get('/readyz');
    expect(refusal.status).toBe(503);
    expect(await refusal.text()).toContain('is full: agents wait until there is space');
    expect(await (await hub.get('/metrics')).text()).toMatch(/^sluis_hub_disk_full 1$/m);
    expect(hub.store.credit()).toBe(0);

    disk.empty();
    await until(() => !hub.store.diskFull);
    for (const segment of pending) expect(['stored', 'repeat']).toContain(await hub.ingest.store(segment));
    await until(() => hub.store.hotRows < 1_000);
    expect((await hub.get('/readyz')).status).toBe(200);
    const csv = await (await hub.get('/api/v1/samples?series=lab/a&format=csv')).text();
    const times = csv.trimEnd().split('\n').slice(1);
    expect(times.map((line) => Number(line.split(',')[0]))).toEqual(Array.from({ length: time }, (_, i) => i));
    expect(readdirSync(join(disk.path, 'samples')).filter((name) => name.startsWith('tmp-'))).toEqual([]);
  },
);

test.skipIf(refused !== undefined)(
  'a disk that the hub itself has filled needs no hand where less is to be kept',
  async () => {
    using folder = temporaryFolder();
    using disk = mount(join(folder.path, 'data'), 144);
    const limits = { rowsPerTable: 4_000, ballastBytes: 4 * MIB };
    let time = 0;
    // Texts that nothing makes smaller, some 1.2 MiB.
    const rows = () =>
      Array.from({ length: 1_000 }, () => {
        return { path: 'lab/a', time: time++, value: randomBytes(1_024).toString('latin1') };
      });
    {
      await using hub = await temporaryStore({ directory: disk.path, limits });
      const agent = new TestAgent({ ingest: hub.ingest });
      await agent.open();
      for (let i = 0; i < 12; i++) await agent.send(rows());
      await until(() => hub.store.hotRows === 0);
      // Not all of it is in files when the disk is full, and no table.
      for (let i = 0; i < 3; i++) await agent.send(rows());
      disk.fill(0);
      const more = await agent.segment(rows());
      for (let from = more.from; !hub.store.diskFull; from++) {
        const stopped = new AbortController();
        const stored = hub.ingest
          .store({ ...more, from, to: from + 1, live: true }, stopped.signal)
          .catch(() => 'refused');
        await Promise.race([stored, until(() => hub.store.diskFull)]);
        stopped.abort();
      }
      expect(hub.store.files.bytes).toBeGreaterThan(12 * MIB);
    }
    await using hub = await startStore({
      directory: disk.path,
      log: silentLog(),
      limits: { memoryMiB: 512, threads: 2, ...limits, maxBytes: 4 * MIB },
    });
    await until(() => !hub.store.diskFull && hub.store.files.bytes <= 4 * MIB);
    const again = new TestAgent({ ingest: hub.ingest, epoch: '2'.repeat(32) });
    await again.open();
    expect(await again.send(rows())).toBe('stored');
    expect(readdirSync(disk.path)).toContain('ballast');
  },
);

/** A disk of its own at `path`, which it makes. */
function mount(path: string, sizeMiB: number) {
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', path], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const filler = join(path, 'filler');
  return {
    path,
    /** Leaves no more than `spare` bytes. */
    fill(spare: number): void {
      const { bavail, bsize } = statfsSync(path);
      const file = openSync(filler, 'a');
      writeSync(file, new Uint8Array(Math.max(0, bavail * bsize - spare)));
      closeSync(file);
    },
    empty: () => rmSync(filler),
    [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', path]),
  };
}

/** Undefined if a disk can be mounted, otherwise why not. */
function mountable(): string | undefined {
  using folder = temporaryFolder();
  try {
    using _disk = mount(join(folder.path, 'disk'), 1);
    return undefined;
  } catch (error) {
    return `mounting a file system needs root: ${error instanceof Error ? error.message.trim() : String(error)}`;
  }
}
