import { basename } from 'node:path';
import { noRows } from '@sluis/protocol';
import { takeUpBetween } from './between-looks.ts';
import { type Entry, identify, list, listFiles, look, PathPattern } from './folder.ts';
import type { FollowedFile } from './followed-file.ts';
import type { FollowerOptions } from './follower.ts';
import { type KnownFiles, MAX_FILES } from './known-files.ts';

/** Of files that are away so many are named in the log. */
const MAX_NAMED = 10;

/** Looks at what there is, and tells from it what happened to the files that are known. */
export class Looking {
  readonly pattern: PathPattern;
  readonly #options: FollowerOptions;
  readonly #files: KnownFiles;
  #looked = false;
  #folderId: string | undefined;
  #found = 0;

  constructor(options: FollowerOptions, files: KnownFiles) {
    this.#options = options;
    this.#files = files;
    this.pattern = new PathPattern(options.path);
  }

  /** Files that stood where the configuration says at the last look. */
  get found(): number {
    return this.#found;
  }

  /** Tells the folder of the last look from others at its path; undefined if there was none. */
  get folderId(): string | undefined {
    return this.#folderId;
  }

  async lookAround(): Promise<void> {
    const { folder } = this.pattern;
    const now = this.#options.context.now();
    const folderId = await identify(folder);
    /** Another folder than at the last look, or the first look: what happened in it before nobody has seen. */
    const isOther = !this.#looked || folderId !== this.#folderId;
    const found = await this.pattern.find();
    this.#found = found.length;
    this.#files.faults.delete('limit');
    const fresh = this.#seeCurrent(found, now);
    await this.#findMoved({ folderId, isOther, now });
    /** Names that another file has now, or that none has. */
    const exchanged = new Set(fresh.map(({ path }) => basename(path)));
    for (const file of this.#files.all) if (await this.#checkContent(file, now)) exchanged.add(file.name);
    // Of what happened while nobody looked only a place in the content that is there can say that nothing did.
    if (isOther && folderId !== undefined) {
      const same = new Set(
        found.flatMap(({ inode, path }) => (this.#files.get(inode)?.offset ? [basename(path)] : [])),
      );
      for (const { name } of this.#files.all) if (!same.has(name)) exchanged.add(name);
    }
    this.#looked = true;
    this.#folderId = folderId;
    for (const name of exchanged) {
      await takeUpBetween(name, { options: this.#options, files: this.#files, folder, found });
    }
    // A copy that was found meanwhile is no new file.
    for (const entry of fresh) if (!this.#files.has(entry.inode)) await this.#begin(entry, now);
    if (folderId === undefined) return;
    for (const file of this.#files.all) if (file.path !== undefined) file.folder = folderId;
  }

  /** Takes over what is found of the files that are known; returns those that are not. */
  #seeCurrent(found: readonly Entry[], now: number): Entry[] {
    const fresh: Entry[] = [];
    for (const file of this.#files.all) file.isCurrent = false;
    for (const entry of found) {
      const file = this.#files.get(entry.inode);
      if (file) {
        file.isCurrent = true;
        file.see(entry, now);
      } else fresh.push(entry);
    }
    return fresh;
  }

  /** Looks for files that are not where they were. */
  async #findMoved(seen: { folderId: string | undefined; isOther: boolean; now: number }): Promise<void> {
    const { folderId, isOther, now } = seen;
    const missing: FollowedFile[] = [];
    for (const file of this.#files.all) {
      if (file.isCurrent) continue;
      const entry = file.path === undefined ? undefined : await look(file.path);
      if (entry?.inode === file.inode) file.see(entry, now);
      else missing.push(file);
    }
    // What is known to be away is not looked for until there is another folder, for a look at all that is in one takes long.
    if (!missing.some((file) => isOther || file.path !== undefined || file.isOpen || file.folder === folderId)) return;
    const { files, isWhole } = await list(this.pattern.folder);
    const there = new Map(files.map((entry) => [entry.inode, entry]));
    for (const file of missing) {
      const before = file.path;
      const entry = there.get(file.inode);
      if (entry) {
        file.see(entry, now);
        this.#tell(`${file.name} was renamed to ${basename(entry.path)}: it is read to its end`, entry.path);
        continue;
      }
      file.path = undefined;
      file.goneSince = isWhole && file.folder === folderId ? (file.goneSince ?? now) : undefined;
      await this.#files.attempt(file, () => file.seeOpen(now));
      if (file.goneSince === undefined || before === undefined) continue;
      this.#tell(`${file.name} was removed: what is still open is read to its end`, before);
    }
    const away = missing.filter(({ isAway }) => isAway);
    if (isOther && away.length > 0) this.#tellAway(away, folderId);
  }

  #tellAway(away: readonly FollowedFile[], folderId: string | undefined): void {
    const { folder } = this.pattern;
    const told = folderId === undefined ? 'is not there' : 'is another folder than before';
    const files = away.slice(0, MAX_NAMED).map(({ name, offset }) => ({ name, offset }));
    this.#options.context.log.info(
      { path: folder, files },
      `${folder} ${told}: of ${away.length} files it is kept to where they were read`,
    );
  }

  /** Starts anew with a file that no longer holds what was read of it: true if it is now at its beginning. */
  async #checkContent(file: FollowedFile, now: number): Promise<boolean> {
    if (file.path === undefined || (await this.#files.attempt(file, () => file.verify())) !== false) return false;
    const { path } = file;
    if (!file.isCurrent) {
      this.#tell(`${file.name} is gone: its inode is another file's now`, path);
      await this.#files.forget(file);
      return false;
    }
    const copy = file.offset > 0 ? await this.#copyOf(file) : undefined;
    const cursor: Record<string, string> = {};
    if (copy) {
      const rest = file.continueAs(copy.inode);
      rest.see(copy, now);
      this.#files.add(rest);
      cursor[copy.inode] = rest.cursor;
      const told = `${file.name} was emptied after it was copied to ${basename(copy.path)}, which is read to its end`;
      this.#tell(told, path);
    } else this.#tellEmptied(file, path);
    await file.close();
    file.restart();
    cursor[file.inode] = file.cursor;
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
    for (const entry of await listFiles(this.pattern.folder)) {
      if (!this.#files.has(entry.inode) && (await file.isContinuedIn(entry))) return entry;
    }
    return undefined;
  }

  async #begin(entry: Entry, now: number): Promise<void> {
    const name = basename(entry.path);
    const before = await this.#continuedIn(entry);
    if (!before && !(await this.#files.makeRoom())) {
      this.#files.faults.set('limit', `more than ${MAX_FILES} files: ${entry.path} is not read`);
      return;
    }
    const file = before?.continueAs(entry.inode) ?? this.#files.create(entry.inode, name);
    if (before) {
      await this.#files.replace(before, file);
      this.#tell(`${name} was exchanged for a file that begins with what was read: reading goes on in it`, entry.path);
      const cursor = { [before.inode]: null, [entry.inode]: file.cursor };
      this.#options.writes.write(noRows, { awaited: true, cursor });
    } else {
      this.#files.add(file);
      this.#tell(`${name} is new: it is read from its beginning`, entry.path);
    }
    file.isCurrent = true;
    file.see(entry, now);
  }

  /** The file that is there no more, had the name of `entry`, and of which most was read that `entry` begins with. */
  async #continuedIn(entry: Entry): Promise<FollowedFile | undefined> {
    const name = basename(entry.path);
    const before = this.#files.all
      .filter((file) => file.path === undefined && file.name === name && file.offset > 0)
      .sort((a, b) => b.offset - a.offset);
    for (const file of before) if (await file.isContinuedIn(entry)) return file;
    return undefined;
  }

  #tell(message: string, path: string): void {
    this.#options.context.log.info({ path }, message);
  }
}
