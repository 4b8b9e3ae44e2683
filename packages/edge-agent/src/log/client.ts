import { connect, type Port, type Remote, transfer } from '@sluis/runtime/rpc';
import type { Disk, Journal, Outbox, Snapshots } from './log.ts';
import { StorageError } from './storage-error.ts';

/** The logs as other threads use them: each call is one message and its answer, done in the order they are made. */
export interface StorageClient {
  readonly journal: Remote<Journal>;
  readonly outbox: Remote<Outbox>;
  readonly snapshots: Remote<Snapshots>;
  readonly disk: Remote<Disk>;
}

/**
 * The storage behind a port. Calls reject with {@link StorageError}, or with runtime's PortClosedError (whose code is
 * 'closed' too) when the storage ended before it answered. Bytes that are handed in stay the caller's, so that a commit
 * that failed can be repeated; bytes that are read are moved, not copied.
 */
export function storageClient(port: Port): StorageClient {
  const { journal, outbox, snapshots, disk } = connect<{
    journal: Journal;
    outbox: Outbox;
    snapshots: Snapshots;
    disk: Disk;
  }>(port, { errors: { StorageError } });
  return {
    journal: {
      state: () => journal.state(),
      append: ({ entries, ...rest }) => {
        const owned = entries.map(withOwnBytes);
        return journal.append(transfer({ entries: owned, ...rest }, buffersOf(owned)));
      },
      read: (options) => journal.read(options),
      release: (sequence) => journal.release(sequence),
      spare: (sequence) => journal.spare(sequence),
      shed: (request) => journal.shed(request),
      forsake: (request) => journal.forsake(request),
      losses: () => journal.losses(),
      stats: () => journal.stats(),
    },
    outbox: {
      state: () => outbox.state(),
      commit: ({ segments, definitions, positions }) => {
        const owned = segments.map(withOwnBytes);
        return outbox.commit(transfer({ segments: owned, definitions, positions }, buffersOf(owned)));
      },
      read: (options) => outbox.read(options),
      definitions: (ids) => outbox.definitions(ids),
      isOwn: (lane, sequence, crc) => outbox.isOwn(lane, sequence, crc),
      acknowledge: (lane, ranges) => outbox.acknowledge(lane, ranges),
      reconcile: (lane, ranges) => outbox.reconcile(lane, ranges),
      giveUp: (lane, sequences) => outbox.giveUp(lane, sequences),
      givenUp: () => outbox.givenUp(),
      remint: () => outbox.remint(),
      stats: () => outbox.stats(),
    },
    snapshots: {
      save: (stream, snapshot) => {
        const owned = withOwnBytes(snapshot);
        return snapshots.save(stream, transfer(owned, buffersOf([owned])));
      },
      load: (stream, at) => snapshots.load(stream, at),
    },
    disk: { state: () => disk.state() },
  };
}

/** A message would copy the whole memory that `bytes` may be a small part of: so copy the part, and move the copy. */
function withOwnBytes<T extends { readonly bytes: Uint8Array }>(
  item: T,
): T & { readonly bytes: Uint8Array<ArrayBuffer> } {
  return { ...item, bytes: new Uint8Array(item.bytes) };
}

/** The memory of each item's bytes, where the item owns all of it. */
export function buffersOf(items: readonly { readonly bytes: Uint8Array }[]): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (const { bytes } of items) {
    const { buffer } = bytes;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) buffers.push(buffer);
  }
  return buffers;
}
