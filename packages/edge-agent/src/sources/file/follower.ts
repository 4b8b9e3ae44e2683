import { describeError, type SourceContext } from '@sluis/plugin-sdk';
import type { BatchBuilder } from '@sluis/protocol';
import { FileReading } from './file-reading.ts';
import type { InOrder } from './in-order.ts';
import { KnownFiles } from './known-files.ts';
import { Looking } from './looking.ts';
import type { RecordFile, RecordReader } from './record-reader.ts';

export interface FollowerOptions {
  readonly context: SourceContext<unknown>;
  /** Absolute; `*` in its last part stands for any characters. */
  readonly path: string;
  readonly writes: InOrder;
  /** A last line without an end is taken once its file has not changed for so many µs; otherwise it waits. */
  readonly lastLine?: number | undefined;
  /** Where readers add their rows. */
  readonly rows: BatchBuilder;
  createReader(file: RecordFile): RecordReader;
  /** Bytes that are read at once, for tests. */
  readonly partBytes?: number | undefined;
}

/**
 * Follows files that are appended to, renamed, emptied, exchanged and removed.
 *
 * A file is known by its inode and by a fingerprint of what was read of it (its first bytes and those before the place that
 * was reached), checked whenever it has changed and at each start. From that it follows what happened:
 *
 * - the path has another inode, and the one before is elsewhere in the folder: it was renamed, and is read to its end.
 * - the one before is nowhere: it was removed. It is read to its end if it was open, as it is while it is followed. But if
 *   the new file begins with what was read (a copy that grew, or an editor's), reading goes on in there.
 * - beside the new one are files that nobody has looked at, whose names begin as its does, written to since what was read
 *   before: they came and were renamed between two looks, or while the agent was away. They are read before it.
 * - the same inode no longer holds what was read: it was emptied and written anew. If another file of the folder begins with
 *   what was read, that is a copy made before: it is read to its end first. Then the file is read from its beginning.
 *
 * - neither the one before nor the folder where it was is there, as when a disk is not mounted: it is away, and known until it
 *   is back. Only what is absent from its own folder for a while is removed.
 *
 * What was read and where reading goes on commit together, by the file's inode, so that a kill at any moment neither loses
 * nor doubles a line. Every change of these is written before anything is read that depends on it.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #files: KnownFiles;
  readonly #looking: Looking;
  readonly #reading: FileReading;
  #resumed = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#files = new KnownFiles(options);
    this.#looking = new Looking(options, this.#files);
    this.#reading = new FileReading(options, this.#files);
  }

  /** Files that each look looks at. */
  get size(): number {
    return this.#files.all.filter((file) => !file.isAway).length;
  }

  get folder(): string {
    return this.#looking.pattern.folder;
  }

  /** Tells the folder that was looked at last from others at its path. */
  get folderId(): string | undefined {
    return this.#looking.folderId;
  }

  /** Tells `/status` how things stand. */
  showState(): void {
    const { context, path, writes } = this.#options;
    const { found, pattern } = this.#looking;
    const fault = writes.refusal ?? this.#files.faults.values().next().value;
    if (fault !== undefined) context.state('degraded', fault);
    else if (found > 0) {
      context.state('running', pattern.isPattern ? `follows ${found} files: ${path}` : `follows ${path}`);
    } else context.state('waiting', `for ${path}`);
  }

  /** Looks at the files and reads what is new in them. True if there is more to read at once. */
  async poll(stop: AbortSignal): Promise<boolean> {
    const { faults } = this.#files;
    let isMore = false;
    try {
      if (!this.#resumed) this.#files.resume();
      this.#resumed = true;
      await this.#looking.lookAround();
      const { more, heldUp } = await this.#reading.readAll(stop);
      isMore = more;
      await this.#files.letGo({ keepsUnread: heldUp });
      faults.delete('look');
    } catch (error) {
      faults.set('look', `cannot look for ${this.#options.path}: ${describeError(error)}`);
    }
    this.showState();
    return isMore && !stop.aborted;
  }

  async close(): Promise<void> {
    await this.#files.close();
  }
}
