import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { type BatchBuilder, noRows } from '@sluis/protocol';
import type { SourceContext } from '@sluis/plugin-sdk';
import { describe } from '../backoff.ts';
import { type Entry, identify, list, listFiles, look, PathPattern } from './folder.ts';
import { FollowedFile, PartBuffer } from './followed-file.ts';
import type { InOrder } from './in-order.ts';
import type { RecordFile, RecordReader } from './record-reader.ts';
import { isCopy, isText, rotatedSince } from './rotated.ts';

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

/** Files that are followed at once or known from before, those that were renamed, and those that are away, included. */
const MAX_FILES = 1024;
/** Files that were renamed and read to their end, and are known for the case that they are appended to or renamed back. */
const MAX_DONE = 64;
/** Files that came and were renamed between two looks, or while the agent was away, and are read at once. */
const MAX_BETWEEN = 512;
/** Programs that give a file the time of another keep at least its milliseconds. */
const SAME_TIME_NS = 1_000_000n;
/** Files that stay open, so that one that is removed can be read to its end. */
const MAX_OPEN = 64;
/** A file that was renamed or removed and has not changed for so long is whole: what stands there without a line end is a line. */
const SETTLED_US = 5_000_000;
/** Of one file so much is read before others have their turn. */
const TURN_BYTES = 8 << 20;

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
  readonly #pattern: PathPattern;
  readonly #buffer: PartBuffer;
  /** By inode. */
  readonly #files = new Map<string, FollowedFile>();
  /** What is wrong, by inode or what was to be done: shown until it is right. */
  readonly #faults = new Map<string, string>();
  #resumed = false;
  #looked = false;
  /** The folder at the last look, undefined if there was none. */
  #folder: string | undefined;
  #found = 0;
  /** Cursors of what was read and is not handed over yet, by inode. */
  readonly #gathered = new Map<string, string>();
  #gatheredRows = 0;
  #gatheredBytes = 0;
  /** Of this look: there was more to read than room for it. */
  #heldUp = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#pattern = new PathPattern(options.path);
    this.#buffer = new PartBuffer(options.partBytes);
  }

  /** Files that each look looks at. */
  get size(): number {
    return [...this.#files.values()].filter((file) => !file.isAway).length;
  }

  get folder(): string {
    return this.#pattern.folder;
  }

  /** Tells the folder that was looked at last from others at its path. */
  get folderId(): string | undefined {
    return this.#folder;
  }

  /** Tells `/status` how things stand. */
  showState(): void {
    const { context, path, writes } = this.#options;
    const fault = writes.refusal ?? this.#faults.values().next().value;
    if (fault !== undefined) context.state('degraded', fault);
    else if (this.#found > 0) {
      context.state('running', this.#pattern.isPattern ? `follows ${this.#found} files: ${path}` : `follows ${path}`);
    } else context.state('waiting', `for ${path}`);
  }

  /** Looks at the files and reads what is new in them. True if there is more to read at once. */
  async poll(stop: AbortSignal): Promise<boolean> {
    let more = false;
    this.#heldUp = false;
    try {
      this.#resume();
      await this.#lookAround();
      /** Names of which an earlier file is not read to its end. */
      const behind = new Set<string>();
      for (const file of this.#inTurn()) {
        if (stop.aborted) break;
        if (behind.has(file.name) || !(await this.#read(file, stop))) continue;
        behind.add(file.name);
        more = true;
      }
      this.#writeGathered({ awaited: more });
      await this.#letGo();
      this.#faults.delete('look');
    } catch (error) {
      this.#faults.set('look', `cannot look for ${this.#options.path}: ${describe(error)}`);
    }
    this.showState();
    return more && !stop.aborted;
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await file.close();
  }

  /** Takes over what an earlier life has read. */
  #resume(): void {
    if (this.#resumed) return;
    this.#resumed = true;
    const { context } = this.#options;
    for (const [inode, cursor] of context.cursors) {
      const file = FollowedFile.resume(cursor, this.#fileOptions(inode));
      if (file) this.#files.set(inode, file);
      else context.log.error({ inode, cursor }, 'a cursor cannot be read: the file is read from its beginning');
    }
  }

  #fileOptions(inode: string) {
    const { createReader, context } = this.#options;
    const tooLong = (example: string) => context.reject('length', 1, example);
    return { inode, buffer: this.#buffer, createReader, tooLong };
  }

  // ── what there is ────────────────────────────────────────────────────────────────────────────────────────────────

  async #lookAround(): Promise<void> {
    const now = this.#options.context.now();
    const folder = await identify(this.folder);
    /** Another folder than at the last look, or the first look: what happened in it before nobody has seen. */
    const isOther = !this.#looked || folder !== this.#folder;
    const found = await this.#pattern.find();
    this.#found = found.length;
    const fresh: Entry[] = [];
    this.#faults.delete('limit');
    for (const file of this.#files.values()) file.isCurrent = false;
    for (const entry of found) {
      const file = this.#files.get(entry.inode);
      if (file) {
        file.isCurrent = true;
        file.see(entry, now);
      } else fresh.push(entry);
    }
    await this.#findMoved({ folder, isOther, now });
    /** Names that another file has now, or that none has. */
    const exchanged = new Set(fresh.map(({ path }) => basename(path)));
    for (const file of this.#files.values()) {
      if (await this.#checkContent(file, now)) exchanged.add(file.name);
    }
    // Of what happened while nobody looked only a place in the content that is there can say that nothing did.
    if (isOther && folder !== undefined) {
      const same = new Set(
        found.flatMap(({ inode, path }) => (this.#files.get(inode)?.offset ? [basename(path)] : [])),
      );
      for (const { name } of this.#files.values()) if (!same.has(name)) exchanged.add(name);
    }
    this.#looked = true;
    this.#folder = folder;
    for (const name of exchanged) await this.#findBetween(name, found, now);
    // A copy that was found meanwhile is no new file.
    for (const entry of fresh) if (!this.#files.has(entry.inode)) await this.#begin(entry, now);
    if (folder === undefined) return;
    for (const file of this.#files.values()) if (file.path !== undefined) file.folder = folder;
  }

  /**
   * Takes up the files that had a name between one that is known and the one that has it now. That they are to be read is
   * written before anything of them or of the one now is read: from then on their inodes are known, whatever is killed.
   */
  async #findBetween(name: string, found: readonly Entry[], now: number): Promise<void> {
    const before = [...this.#files.values()].filter((file) => file.name === name);
    const changes = before.flatMap(({ lastChange }) => (lastChange === undefined ? [] : [lastChange]));
    if (changes.length === 0) return;
    const since = changes.reduce((latest, change) => (change > latest ? change : latest));
    const current = found.find(({ path }) => basename(path) === name);
    const cursor: Record<string, string | null> = {};
    for (const entry of await rotatedSince(this.folder, name, since)) {
      if (this.#files.has(entry.inode) || found.some(({ inode }) => inode === entry.inode)) continue;
      const between = await this.#judge(entry, { before, current });
      if (between === 'known') continue;
      const isTooMany = Object.keys(cursor).length >= MAX_BETWEEN || !(await this.#makeRoom());
      if (typeof between === 'object' || isTooMany) {
        const reason = typeof between === 'object' ? between.fault : `there are more than ${MAX_BETWEEN} such files`;
        this.#tellUnread(entry.path, reason);
        continue;
      }
      const file = new FollowedFile({ ...this.#fileOptions(entry.inode), name });
      file.isFound = true;
      file.see(entry, now);
      this.#files.set(entry.inode, file);
      cursor[entry.inode] = file.cursor;
      this.#tell(`${basename(entry.path)} was ${name} before anybody looked at it: it is read`, entry.path);
    }
    if (Object.keys(cursor).length > 0) this.#options.writes.write(noRows, { awaited: true, cursor });
  }

  /** If a file is to be taken up: not what is read, or was, from another; nor what cannot be read. */
  async #judge(
    entry: Entry,
    { before, current }: { before: readonly FollowedFile[]; current: Entry | undefined },
  ): Promise<'new' | 'known' | { readonly fault: string }> {
    try {
      if (!(await isText(entry))) {
        // Programs that compress a file give the result its time.
        const isOf = ({ modified }: FollowedFile): boolean => abs(entry.modified - modified) <= SAME_TIME_NS;
        return before.some(isOf) ? 'known' : { fault: 'it is compressed, or no text' };
      }
      if (current && (await isCopy(entry, current))) return 'known';
      for (const file of before) {
        if (file.isTelling && entry.size >= file.offset && (await continues(file, entry))) return 'known';
      }
      return 'new';
    } catch (error) {
      return { fault: describe(error) };
    }
  }

  /** A file that came and was renamed before anybody looked at it, and that cannot be read. */
  #tellUnread(path: string, reason: string): void {
    const { context } = this.#options;
    context.reject('rotated unread', 1, `${path}: ${reason}`);
    context.log.warn(
      { path, reason },
      `${basename(path)} was rotated before it was looked at, and is not read: give it to a source of its own if it is wanted`,
    );
  }

  /** Looks for files that are not where they were. */
  async #findMoved({
    folder,
    isOther,
    now,
  }: {
    folder: string | undefined;
    isOther: boolean;
    now: number;
  }): Promise<void> {
    const missing: FollowedFile[] = [];
    for (const file of this.#files.values()) {
      if (file.isCurrent) continue;
      const entry = file.path === undefined ? undefined : await look(file.path);
      if (entry?.inode === file.inode) file.see(entry, now);
      else missing.push(file);
    }
    // What is known to be away is not looked for until there is another folder, for a look at all that is in one takes long.
    if (!missing.some((file) => isOther || file.path !== undefined || file.isOpen || file.folder === folder)) return;
    const { files, isWhole } = await list(this.folder);
    const there = new Map(files.map((entry) => [entry.inode, entry]));
    let away = 0;
    for (const file of missing) {
      const before = file.path;
      const entry = there.get(file.inode);
      if (entry) {
        file.see(entry, now);
        this.#tell(`${file.name} was renamed to ${basename(entry.path)}: it is read to its end`, entry.path);
      } else {
        file.path = undefined;
        file.goneSince = isWhole && file.folder === folder ? (file.goneSince ?? now) : undefined;
        await this.#attempt(file, () => file.seeOpen(now));
        if (file.isAway) away++;
        else if (before !== undefined)
          this.#tell(`${file.name} was removed: what is still open is read to its end`, before);
      }
    }
    if (isOther && away > 0) {
      const told = folder === undefined ? 'is not there' : 'is another folder than before';
      this.#tell(`${this.folder} ${told}: of ${away} files it is kept to where they were read`, this.folder);
    }
  }

  /** Starts anew with a file that no longer holds what was read of it: true if it is now at its beginning. */
  async #checkContent(file: FollowedFile, now: number): Promise<boolean> {
    if (file.path === undefined || (await this.#attempt(file, () => file.verify())) !== false) return false;
    const { path } = file;
    if (!file.isCurrent) {
      this.#tell(`${file.name} is gone: its inode is another file's now`, path);
      await this.#forget(file);
      return false;
    }
    const copy = file.offset > 0 ? await this.#copyOf(file) : undefined;
    if (copy) {
      const rest = file.continueAs(copy.inode);
      rest.see(copy, now);
      this.#files.set(copy.inode, rest);
      this.#tell(
        `${file.name} was emptied after it was copied to ${basename(copy.path)}, which is read to its end`,
        path,
      );
    } else this.#tellEmptied(file, path);
    await file.close();
    file.restart();
    const cursor = {
      [file.inode]: file.cursor,
      ...(copy && { [copy.inode]: this.#files.get(copy.inode)?.cursor ?? null }),
    };
    this.#options.writes.write(noRows, { awaited: true, cursor });
    return true;
  }

  #tellEmptied({ name, unreadBefore }: FollowedFile, path: string): void {
    const told = `${name} was emptied or exchanged: it is read from its beginning`;
    if (unreadBefore === 0) return this.#tell(told, path);
    const lost = `${unreadBefore} bytes that were not read yet are lost`;
    this.#options.context.reject('emptied unread', 1, `${path}: ${lost}`);
    this.#options.context.log.warn({ path }, `${told}; ${lost}: rotate it by renaming`);
  }

  /** A file of the folder that begins with what was read of `file`. */
  async #copyOf(file: FollowedFile): Promise<Entry | undefined> {
    for (const entry of await listFiles(this.folder)) {
      if (this.#files.has(entry.inode) || entry.size < file.offset) continue;
      if (await continues(file, entry)) return entry;
    }
    return undefined;
  }

  async #begin(entry: Entry, now: number): Promise<void> {
    const { context, writes } = this.#options;
    const name = basename(entry.path);
    // A file that was removed, and has the name of this one.
    const before = await this.#continuedIn(entry);
    let file: FollowedFile;
    if (before) {
      file = before.continueAs(entry.inode);
      await before.close();
      this.#files.delete(before.inode);
      this.#tell(`${name} was exchanged for a file that begins with what was read: reading goes on in it`, entry.path);
      writes.write(noRows, { awaited: true, cursor: { [before.inode]: null, [entry.inode]: file.cursor } });
    } else {
      if (!(await this.#makeRoom())) {
        this.#faults.set('limit', `more than ${MAX_FILES} files: ${entry.path} is not read`);
        return;
      }
      file = new FollowedFile({ ...this.#fileOptions(entry.inode), name });
      context.log.info({ path: entry.path }, `${name} is new: it is read from its beginning`);
    }
    file.isCurrent = true;
    file.see(entry, now);
    this.#files.set(entry.inode, file);
  }

  /** The file that is there no more, had the name of `entry`, and of which most was read that `entry` begins with. */
  async #continuedIn(entry: Entry): Promise<FollowedFile | undefined> {
    const name = basename(entry.path);
    const before = [...this.#files.values()]
      .filter((file) => file.path === undefined && file.name === name && file.offset > 0 && file.offset <= entry.size)
      .sort((a, b) => b.offset - a.offset);
    for (const file of before) if (await continues(file, entry)) return file;
    return undefined;
  }

  /** If there are as many files as may be, forgets one that was read to its end: what is away last, the oldest first. */
  async #makeRoom(): Promise<boolean> {
    if (this.#files.size < MAX_FILES) return true;
    const [oldest] = [...this.#files.values()]
      .filter((file) => !file.isCurrent && file.unread <= 0)
      .sort((a, b) => Number(a.isAway) - Number(b.isAway) || ascending(a.lastChange ?? 0n, b.lastChange ?? 0n));
    if (oldest) await this.#forget(oldest);
    return oldest !== undefined;
  }

  // ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Files that were renamed or removed come first, so that what was written earlier is read earlier. */
  #inTurn(): FollowedFile[] {
    const files = [...this.#files.values()].sort((a, b) => {
      if (a.name !== b.name) return a.name < b.name ? -1 : 1;
      return ascending(a.modified, b.modified);
    });
    return [...files.filter(({ isCurrent }) => !isCurrent), ...files.filter(({ isCurrent }) => isCurrent)];
  }

  /** Reads what is new in a file; true if there is more than its turn allows. */
  async #read(file: FollowedFile, stop: AbortSignal): Promise<boolean> {
    if (file.unread <= 0 || (file.path === undefined && !file.isOpen)) return false;
    const { context, lastLine = Infinity } = this.#options;
    // To what is away there may be written where it is now.
    const mayGrow = file.isCurrent || file.isAway;
    const whole = context.now() - file.changedAt >= (mayGrow ? lastLine : Math.min(lastLine, SETTLED_US));
    const until = file.offset + TURN_BYTES;
    const read = await this.#attempt(file, async () => {
      while (!stop.aborted && (await this.#hasRoom())) {
        const from = file.offset;
        const part = await file.readPart(whole);
        if (part.kind === 'fault' && file.isFound) {
          this.#tellUnread(file.path ?? file.name, part.reason);
          await this.#forget(file);
        } else if (part.kind === 'fault')
          this.#faults.set(file.inode, `cannot read ${file.path ?? file.name}: ${part.reason}`);
        if (part.kind !== 'read') return false;
        this.#gather(file, file.offset - from);
        if (!part.more) return false;
        if (file.offset >= until) return true;
      }
      return false;
    });
    return read ?? false;
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
    if (this.#gatheredBytes >= this.#buffer.partBytes) this.#writeGathered({ awaited: true });
  }

  #writeGathered({ awaited }: { awaited: boolean }): void {
    const { writes, rows } = this.#options;
    if (this.#gathered.size > 0) writes.write(rows.take(), { awaited, cursor: Object.fromEntries(this.#gathered) });
    this.#gathered.clear();
    this.#gatheredRows = 0;
    this.#gatheredBytes = 0;
  }

  /** Closes and forgets what needs no more attention. */
  async #letGo(): Promise<void> {
    const now = this.#options.context.now();
    let open = 0;
    let done = 0;
    for (const file of [...this.#files.values()].sort((a, b) => b.changedAt - a.changedAt)) {
      // What can be read from nowhere else stays open until the journal takes rows.
      if (this.#heldUp && file.isOpen && file.path === undefined && file.unread > 0) continue;
      const isDone = !file.isCurrent && now - file.changedAt >= SETTLED_US;
      const isRead = isDone && file.path !== undefined && file.unread <= 0;
      if (file.goneSince !== undefined) {
        if (isDone && now - file.goneSince >= SETTLED_US) await this.#forget(file);
        else if (file.isOpen && ++open > MAX_OPEN) await file.close();
      } else if (isRead && ++done > MAX_DONE) await this.#forget(file);
      else if (file.isOpen && (isDone || ++open > MAX_OPEN)) await file.close();
    }
  }

  async #forget(file: FollowedFile): Promise<void> {
    const { name, offset } = file;
    const { log } = this.#options.context;
    if (file.isAway) {
      log.warn(
        { file: name, offset },
        `${name} was not there for long, and others need its place: if it comes back it is read from its beginning`,
      );
    } else if (file.path === undefined && (!file.isOpen || file.unread > 0)) {
      log.warn({ file: name, offset }, `${name} is gone: what was written to it after byte ${offset} is not read`);
    }
    await file.close();
    this.#files.delete(file.inode);
    this.#faults.delete(file.inode);
    this.#options.writes.write(noRows, { cursor: { [file.inode]: null } });
  }

  /** What a file's fault keeps from being done is shown, and tried again with the next look; others go on. */
  async #attempt<T>(file: FollowedFile, work: () => Promise<T>): Promise<T | undefined> {
    try {
      this.#faults.delete(file.inode);
      return await work();
    } catch (error) {
      this.#faults.set(file.inode, `cannot read ${file.path ?? file.name}: ${describe(error)}`);
      // Rows whose part was not read to its end come again with it.
      this.#options.rows.truncate(this.#gatheredRows);
      return undefined;
    }
  }

  #tell(message: string, path: string): void {
    this.#options.context.log.info({ path }, message);
  }
}

function abs(span: bigint): bigint {
  return span < 0n ? -span : span;
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** True if a file begins with what was read of another. One that cannot be read is none: it is not ours to complain of. */
async function continues(file: FollowedFile, entry: Entry): Promise<boolean> {
  try {
    await using handle = await open(entry.path, 'r');
    return await file.isContinuedBy(handle);
  } catch {
    return false;
  }
}
