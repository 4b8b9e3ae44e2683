import { describeError } from '@sluis/plugin-sdk';
import { noRows } from '@sluis/protocol';
import { inOrderOfTime } from './folder.ts';
import { FollowedFile } from './followed-file.ts';
import type { FollowerOptions } from './follower.ts';
import { PartBuffer } from './read-at.ts';

/** Files that are followed at once or known from before, those that were renamed, and those that are away, included. */
export const MAX_FILES = 1024;
/** Files that were renamed and read to their end, and are known for the case that they are appended to or renamed back. */
const MAX_DONE = 64;
/** Files that stay open, so that one that is removed can be read to its end. */
const MAX_OPEN = 64;
/** A file that was renamed or removed and has not changed for so long is whole: what stands there without a line end is a line. */
export const SETTLED_US = 5_000_000;

/** The files that a follower knows, by inode, and what is wrong with them. */
export class KnownFiles {
  readonly buffer: PartBuffer;
  readonly #options: FollowerOptions;
  readonly #files = new Map<string, FollowedFile>();
  /** What is wrong, by inode or what was to be done: shown until it is right. */
  readonly faults = new Map<string, string>();

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.buffer = new PartBuffer(options.partBytes);
  }

  /** Takes over what an earlier life has read. */
  resume(): void {
    const { context } = this.#options;
    for (const [inode, cursor] of context.cursors) {
      const file = FollowedFile.resume(cursor, this.#fileOptions(inode));
      if (file) this.add(file);
      else context.log.error({ inode, cursor }, 'a cursor cannot be read: the file is read from its beginning');
    }
  }

  get all(): FollowedFile[] {
    return [...this.#files.values()];
  }

  get(inode: string): FollowedFile | undefined {
    return this.#files.get(inode);
  }

  has(inode: string): boolean {
    return this.#files.has(inode);
  }

  /** A file of which nothing was read; it is known once it is added. */
  create(inode: string, name: string): FollowedFile {
    return new FollowedFile({ ...this.#fileOptions(inode), name });
  }

  add(file: FollowedFile): void {
    this.#files.set(file.inode, file);
  }

  /** Another file has taken over what was read of this one, and its cursor is the caller's to remove. */
  async replace(before: FollowedFile, file: FollowedFile): Promise<void> {
    await before.close();
    this.#files.delete(before.inode);
    this.add(file);
  }

  async forget(file: FollowedFile): Promise<void> {
    const { name, offset } = file;
    const { context, writes } = this.#options;
    if (file.isAway) {
      context.log.warn(
        { file: name, offset },
        `${name} was not there for long, and others need its place: if it comes back it is read from its beginning`,
      );
    } else if (file.path === undefined && (!file.isOpen || file.unread > 0)) {
      const told = `${name} is gone: what was written to it after byte ${offset} is not read`;
      context.log.warn({ file: name, offset }, told);
    }
    await file.close();
    this.#files.delete(file.inode);
    this.faults.delete(file.inode);
    writes.write(noRows, { cursor: { [file.inode]: null } });
  }

  /** If there are as many files as may be, forgets one that was read to its end: what is away last, the oldest first. */
  async makeRoom(): Promise<boolean> {
    if (this.#files.size < MAX_FILES) return true;
    const [oldest] = this.all
      .filter((file) => !file.isCurrent && file.unread <= 0)
      .sort((a, b) => Number(a.isAway) - Number(b.isAway) || inOrderOfTime(a.lastChange ?? 0n, b.lastChange ?? 0n));
    if (oldest) await this.forget(oldest);
    return oldest !== undefined;
  }

  /** Closes and forgets what needs no more attention. `keepsUnread`: what can be read from nowhere else stays open. */
  async letGo({ keepsUnread }: { keepsUnread: boolean }): Promise<void> {
    const now = this.#options.context.now();
    let open = 0;
    let done = 0;
    for (const file of this.all.sort((a, b) => b.changedAt - a.changedAt)) {
      if (keepsUnread && file.isOpen && file.path === undefined && file.unread > 0) continue;
      const isDone = !file.isCurrent && now - file.changedAt >= SETTLED_US;
      const isRead = isDone && file.path !== undefined && file.unread <= 0;
      if (file.goneSince !== undefined) {
        if (isDone && now - file.goneSince >= SETTLED_US) await this.forget(file);
        else if (file.isOpen && ++open > MAX_OPEN) await file.close();
      } else if (isRead && ++done > MAX_DONE) await this.forget(file);
      else if (file.isOpen && (isDone || ++open > MAX_OPEN)) await file.close();
    }
  }

  /** What a file's fault keeps from being done is shown, and tried again with the next look; others go on. */
  async attempt<T>(file: FollowedFile, work: () => Promise<T>): Promise<T | undefined> {
    try {
      this.faults.delete(file.inode);
      return await work();
    } catch (error) {
      this.faults.set(file.inode, `cannot read ${file.path ?? file.name}: ${describeError(error)}`);
      return undefined;
    }
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await file.close();
  }

  #fileOptions(inode: string) {
    const { createReader, context } = this.#options;
    const tooLong = (example: string) => context.reject('length', 1, example);
    return { inode, buffer: this.buffer, createReader, tooLong };
  }
}
