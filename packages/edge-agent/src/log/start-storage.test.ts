import { Lane } from '@sluis/protocol';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { storageClient } from './client.ts';
import { CollectedLog, entry, inLane, segment, series, TemporaryFolder } from './fixtures.ts';
import { startStorage } from './start-storage.ts';
import { StorageError } from './storage-error.ts';

test('the logs behind a worker: bytes in stay the caller’s, errors keep their class, a second port works', async () => {
  using folder = new TemporaryFolder();
  const running = await startStorage({ directory: folder.path, log: new CollectedLog() });
  const { journal, outbox, snapshots, connect } = running.value;
  try {
    const first = entry(1);
    // A view into larger memory, as encoders hand out.
    const memory = new Uint8Array(100_000);
    memory.set(first.bytes, 500);
    const view = { ...first, bytes: memory.subarray(500, 500 + first.bytes.length) };
    expect(await journal.append({ entries: [view], definitions: series(1) })).toBe(1);
    expect(view.bytes).toEqual(first.bytes);
    const [read] = await journal.read({ after: 0, maxBytes: 1 });
    expect(read.bytes).toEqual(first.bytes);

    const undefinedId = journal.append({ entries: [entry(2, { series: [5] })], definitions: series(1) });
    await expect(undefinedId).rejects.toThrow(/series 5 is used but not defined/);

    const port = await connect();
    const other = storageClient(port);
    await other.outbox.commit({ segments: [inLane(Lane.data, segment(1))], definitions: series(1), positions: {} });
    expect(await outbox.read({ lane: Lane.data, from: 1, maxBytes: 1 })).toHaveLength(1);
    const { epoch } = await journal.state();
    await other.snapshots.save('s', { epoch, position: 1, bytes: segment(1).bytes });
    expect((await snapshots.load('s', { epoch, position: 1 }))?.bytes).toEqual(segment(1).bytes);

    const closed = once(port, 'close');
    await running.stop();
    await closed;
    await expect(other.journal.stats()).rejects.toMatchObject({ code: 'closed' });
    await expect(journal.stats()).rejects.toMatchObject({ code: 'closed' });
    expect(await running.ended).toBe('the storage worker was stopped');
  } finally {
    await running.stop();
  }

  const again = await startStorage({ directory: folder.path, log: new CollectedLog() });
  expect((await again.value.journal.state()).next).toBe(2);
  await again.stop();
});

test('a folder that cannot be used is a StorageError of the start', async () => {
  using folder = new TemporaryFolder();
  writeFileSync(join(folder.path, 'journal'), 'not a folder');
  const start = startStorage({ directory: folder.path, log: new CollectedLog() });
  await expect(start).rejects.toBeInstanceOf(StorageError);
  await expect(start).rejects.toMatchObject({ code: 'io', name: 'StorageError' });
});

test('a start that is aborted leaves no worker', async () => {
  using folder = new TemporaryFolder();
  const stop = new AbortController();
  const start = startStorage({ directory: folder.path, log: new CollectedLog() }, stop.signal);
  stop.abort();
  await expect(start).rejects.toMatchObject({ code: 'closed' });
  // Its files are free for the next one.
  const next = await startStorage({ directory: folder.path, log: new CollectedLog() });
  await next.stop();
});
