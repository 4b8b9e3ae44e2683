import { inOrderOfTime } from './folder.ts';
import type { FollowedFile } from './followed-file.ts';
import type { FollowerOptions } from './follower.ts';
import { type KnownFiles, SETTLED_US } from './known-files.ts';
import { tellUnread } from './rotated.ts';

/** Of one file so much is read before others have their turn. */
const TURN_BYTES = 8 << 20;

/** Reads what is new in the files that are known, and hands it over together with how far it was read. */
export class FileReading {
  readonly #options: FollowerOptions;
  readonly #files: KnownFiles;
  /** Cursors of what was read and is not handed over yet, by inode. */
  readonly #gathered = new Map<string, string>();
  #gatheredRows = 0;
  #gatheredBytes = 0;
  #heldUp = false;

  constructor(options: FollowerOptions, files: KnownFiles) {
    this.#options = options;
    this.#files = files;
  }

  /** `more`: there is more to read at once. `heldUp`: there was more to read than the journal has room for. */
  async readAll(stop: AbortSignal): Promise<{ more: boolean; heldUp: boolean }> {
    this.#heldUp = false;
    /** Names of which an earlier file is not read to its end. */
    const behind = new Set<string>();
    for (const file of this.#inTurn()) {
      if (stop.aborted) break;
      if (!behind.has(file.name) && (await this.#read(file, stop))) behind.add(file.name);
    }
    const more = behind.size > 0;
    this.#writeGathered({ awaited: more });
    return { more, heldUp: this.#heldUp };
  }

  /** Files that were renamed or removed come first, so that what was written earlier is read earlier. */
  #inTurn(): FollowedFile[] {
    const files = this.#files.all.sort((a, b) => {
      if (a.name !== b.name) return a.name < b.name ? -1 : 1;
      return inOrderOfTime(a.modified, b.modified);
    });
    return [...files.filter(({ isCurrent }) => !isCurrent), ...files.filter(({ isCurrent }) => isCurrent)];
  }

  /** Reads what is new in a file; true if there is more than its turn allows. */
  async #read(file: FollowedFile, stop: AbortSignal): Promise<boolean> {
    if (file.unread <= 0 || (file.path === undefined && !file.isOpen)) return false;
    const read = await this.#files.attempt(file, () => this.#readTurn(file, stop));
    // Rows whose part was not read to its end come again with it.
    if (read === undefined) this.#options.rows.truncate(this.#gatheredRows);
    return read ?? false;
  }

  async #readTurn(file: FollowedFile, stop: AbortSignal): Promise<boolean> {
    const { context, lastLine = Infinity } = this.#options;
    // To what is away there may be written where it is now.
    const mayGrow = file.isCurrent || file.isAway;
    const whole = context.now() - file.changedAt >= (mayGrow ? lastLine : Math.min(lastLine, SETTLED_US));
    const until = file.offset + TURN_BYTES;
    while (!stop.aborted && (await this.#hasRoom())) {
      const from = file.offset;
      const part = await file.readPart(whole);
      if (part.kind === 'fault') await this.#refuse(file, part.reason);
      if (part.kind !== 'read') return false;
      this.#gather(file, file.offset - from);
      if (!part.more) return false;
      if (file.offset >= until) return true;
    }
    return false;
  }

  async #refuse(file: FollowedFile, reason: string): Promise<void> {
    const path = file.path ?? file.name;
    if (file.isFound) {
      tellUnread(this.#options.context, path, reason);
      await this.#files.forget(file);
    } else this.#files.faults.set(file.inode, `cannot read ${path}: ${reason}`);
  }

  /** While the journal takes nothing no more is read, but looking goes on: a file that comes and is renamed meanwhile is seen. */
  async #hasRoom(): Promise<boolean> {
    const hasRoom = this.#gathered.size > 0 || (await this.#options.writes.room());
    this.#heldUp ||= !hasRoom;
    return hasRoom;
  }

  /** What one look reads of all files is one write, unless it is much: small ones share a commit that nobody hurries. */
  #gather(file: FollowedFile, bytes: number): void {
    this.#gathered.set(file.inode, file.cursor);
    this.#gatheredRows = this.#options.rows.length;
    this.#gatheredBytes += bytes;
    if (this.#gatheredBytes >= this.#files.buffer.partBytes) this.#writeGathered({ awaited: true });
  }

  #writeGathered({ awaited }: { awaited: boolean }): void {
    const { writes, rows } = this.#options;
    if (this.#gathered.size > 0) writes.write(rows.take(), { awaited, cursor: Object.fromEntries(this.#gathered) });
    this.#gathered.clear();
    this.#gatheredRows = 0;
    this.#gatheredBytes = 0;
  }
}
