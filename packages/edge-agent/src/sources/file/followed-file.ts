import { type FileHandle, open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { LF } from '../ascii.ts';
import { Fingerprint } from './fingerprint.ts';
import type { Entry } from './folder.ts';
import { parseProgress, type Progress, startOf } from './progress.ts';
import { type PartBuffer, readInto, readAt } from './read-at.ts';
import { type Follows, MAX_RECORD_BYTES, type RecordFile, type RecordReader } from './record-reader.ts';

/** Lines of a file that others may begin with, too. */
const HEADER_LINES = 1;

export type Part =
  /** Records were read, or a line that is too long skipped. `more`: there is more to read now. */
  | { readonly kind: 'read'; readonly more: boolean }
  /** Nothing more is whole. */
  | { readonly kind: 'waiting' }
  /** The file cannot be read for what its first line says. */
  | { readonly kind: 'fault'; readonly reason: string };

export interface FollowedFileOptions {
  readonly name: string;
  readonly inode: string;
  readonly buffer: PartBuffer;
  createReader(file: RecordFile): RecordReader;
  /** A line was longer than a record may be. */
  tooLong(example: string): void;
}

/** One file: how far it was read, and reading on from there. */
export class FollowedFile {
  readonly inode: string;
  readonly #options: FollowedFileOptions;
  /** Where it is in its folder; undefined once it is there no more. */
  path: string | undefined;
  /** It stands where the configuration says; otherwise it was renamed or removed, and is read to its end. */
  isCurrent = false;
  size = 0;
  modified = 0n;
  /** When it was seen to change, in µs. */
  changedAt = 0;
  /** Since when its folder, which is the one where it was seen, is there without it, in µs. */
  goneSince: number | undefined;
  /** It was found beside where the configuration says: nobody promised that it can be read. */
  isFound = false;
  /** Bytes that were seen, and not read, when the file was seen to change last. */
  unreadBefore = 0;
  /** What was read is known to be what is still there; false whenever the file has changed. */
  #verified = false;
  #handle: FileHandle | undefined;
  #progress: Progress;
  /** Undefined until what it says was checked against the file. */
  #print: Fingerprint | undefined;
  #reader: RecordReader | undefined;

  constructor(options: FollowedFileOptions, progress?: Progress) {
    this.#options = options;
    this.inode = options.inode;
    this.#progress = progress ?? startOf(options.name);
  }

  /** A file that was read in an earlier life; undefined if what was kept of it makes no sense. */
  static resume(cursor: string, options: Omit<FollowedFileOptions, 'name'>): FollowedFile | undefined {
    const progress = parseProgress(cursor);
    return progress && new FollowedFile({ ...options, name: progress.name }, progress);
  }

  get name(): string {
    return this.#progress.name;
  }

  get offset(): number {
    return this.#progress.offset;
  }

  get folder(): string | null {
    return this.#progress.folder;
  }

  set folder(folder: string) {
    if (folder !== this.#progress.folder) this.#progress = { ...this.#progress, folder };
  }

  /** It is not there, and may come back: its folder is not there either, or cannot be looked at. */
  get isAway(): boolean {
    return this.path === undefined && this.goneSince === undefined;
  }

  /** When what was read was written, of a file that was emptied since what was read before; undefined if it was never seen. */
  get lastChange(): bigint | undefined {
    if (this.#progress.modified !== null) return BigInt(this.#progress.modified);
    return this.path === undefined ? undefined : this.modified;
  }

  /** More than a header was read of it: what else begins so is a copy. */
  get isTelling(): boolean {
    return this.#progress.line > HEADER_LINES + 1;
  }

  get isOpen(): boolean {
    return this.#handle !== undefined;
  }

  get unread(): number {
    return this.size - this.offset;
  }

  /** What the journal is to keep. */
  get cursor(): string {
    return JSON.stringify(this.#progress);
  }

  /** Takes over what was seen of the file. */
  see(entry: Entry, now: number): void {
    this.path = entry.path;
    this.goneSince = undefined;
    this.#seeContent(entry, now);
  }

  /** As {@link see}, of a file that is in no folder any more, if it is still open. */
  async seeOpen(now: number): Promise<void> {
    const stats = await this.#handle?.stat({ bigint: true });
    if (stats) this.#seeContent({ size: Number(stats.size), modified: stats.mtimeNs }, now);
  }

  #seeContent({ size, modified }: Pick<Entry, 'size' | 'modified'>, now: number): void {
    if (size === this.size && modified === this.modified) return;
    this.unreadBefore = Math.max(0, this.unread);
    this.size = size;
    this.modified = modified;
    this.changedAt = now;
    this.#verified = false;
  }

  /** True if the file still begins with what was read of it. */
  async verify(): Promise<boolean> {
    if (this.#verified) return true;
    this.#verified = this.size >= this.offset && (await this.isContinuedBy(await this.#opened()));
    return this.#verified;
  }

  /** True if `handle`'s file begins with what was read of this one. */
  async isContinuedBy(handle: FileHandle): Promise<boolean> {
    const { offset, crc } = this.#progress;
    const print = await Fingerprint.of((position, length) => readAt(handle, position, length), offset);
    if (print?.crc !== crc) return false;
    this.#print ??= print;
    return true;
  }

  /** As {@link isContinuedBy}, of a file of a folder. One that cannot be read is none: it is not ours to complain of. */
  async isContinuedIn({ path, size }: Entry): Promise<boolean> {
    if (size < this.offset) return false;
    try {
      await using handle = await open(path, 'r');
      return await this.isContinuedBy(handle);
    } catch {
      return false;
    }
  }

  /** The same progress in another file, which begins with what was read of this one. */
  continueAs(inode: string): FollowedFile {
    return new FollowedFile({ ...this.#options, inode }, this.#progress);
  }

  /** The file was emptied, or its inode is another's now: what is in it is new, and has the name that it has now. */
  restart(): void {
    const { modified, folder } = this.#progress;
    this.#progress = { ...startOf(this.path === undefined ? this.name : basename(this.path)), modified, folder };
    this.#print = undefined;
    this.#reader = undefined;
    this.#verified = false;
  }

  /** Reads a part. `whole`: nothing will be appended any more, so that a last line without an end is one. */
  async readPart(whole: boolean): Promise<Part> {
    const handle = await this.#opened();
    if (!this.#print && !(await this.isContinuedBy(handle))) throw new Error('it changed while it was looked at');
    const print = this.#print ?? new Fingerprint();
    const started = await this.#start(handle, whole);
    if (started) return started;
    for (let wanted = this.#options.buffer.partBytes; ; wanted = MAX_RECORD_BYTES) {
      const { bytes, follows } = await this.#bytes(handle, { from: this.offset, wanted, whole });
      const taken = this.#take(bytes, follows);
      if (taken > 0) {
        // A line feed that was added is not in the file.
        const read = bytes.subarray(0, Math.min(taken, this.size - this.offset));
        print.advance(read);
        this.#progress = {
          ...this.#progress,
          offset: print.offset,
          crc: print.crc,
          modified: String(this.modified),
          ...this.#reader?.position,
        };
        return { kind: 'read', more: this.unread > 0 };
      }
      if (this.offset + wanted >= this.size || wanted === MAX_RECORD_BYTES) return { kind: 'waiting' };
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  /** Reads the records at the start of `bytes`, or skips a line that is too long; returns how many bytes that takes. */
  #take(bytes: Buffer, follows: Follows): number {
    const reader = this.#reader;
    if (!reader || bytes.length === 0) return 0;
    if (this.#progress.skipping) {
      const feed = bytes.indexOf(LF);
      if (feed < 0) return bytes.length;
      this.#progress = { ...this.#progress, skipping: false };
      reader.skip(1);
      return feed + 1;
    }
    const taken = reader.read(bytes, follows);
    if (taken > 0 || follows !== 'too much') return taken;
    this.#options.tooLong(
      `${this.path ?? this.name} line ${reader.position.line}: longer than ${MAX_RECORD_BYTES} bytes: ${bytes.toString('utf8', 0, 100)}`,
    );
    this.#progress = { ...this.#progress, skipping: true };
    return bytes.length;
  }

  /** Makes the reader, from what stands at the file's start; undefined if there is one, or nothing more was read for it. */
  async #start(handle: FileHandle, whole: boolean): Promise<Part | undefined> {
    if (this.#reader) return undefined;
    const { line, time, offset } = this.#progress;
    const { name } = this;
    const stem = name.slice(0, name.length - extname(name).length);
    const position = { line, time };
    const reader = this.#options.createReader({ name: stem, path: this.path ?? name, position });
    for (let wanted = this.#options.buffer.partBytes; ; wanted = MAX_RECORD_BYTES) {
      const { bytes, follows } = await this.#bytes(handle, { from: 0, wanted, whole: whole || offset > 0 });
      if (bytes.length === 0 && offset === 0) return { kind: 'waiting' };
      const taken = reader.readStart(bytes, follows);
      if (typeof taken === 'object') return { kind: 'fault', reason: taken.fault };
      if (taken !== undefined) {
        this.#reader = reader;
        if (offset > 0 || taken === 0) return undefined;
        const read = bytes.subarray(0, Math.min(taken, this.size));
        reader.skip(read.filter((byte) => byte === LF).length);
        this.#print?.advance(read);
        this.#progress = {
          ...this.#progress,
          offset: read.length,
          crc: this.#print?.crc ?? 0,
          modified: String(this.modified),
          ...reader.position,
        };
        return { kind: 'read', more: this.unread > 0 };
      }
      if (wanted >= this.size || wanted === MAX_RECORD_BYTES) return { kind: 'waiting' };
    }
  }

  async #bytes(
    handle: FileHandle,
    { from, wanted, whole }: { from: number; wanted: number; whole: boolean },
  ): Promise<{ bytes: Buffer; follows: Follows }> {
    const buffer = this.#options.buffer.of(wanted);
    const length = await readInto(handle, buffer, from, Math.max(0, Math.min(wanted, this.size - from)));
    const atEnd = from + length >= this.size;
    if (!whole || !atEnd) {
      return { bytes: buffer.subarray(0, length), follows: length >= MAX_RECORD_BYTES ? 'too much' : 'more' };
    }
    const isEnded = length === 0 || buffer[length - 1] === LF;
    if (!isEnded) buffer[length] = LF;
    return { bytes: buffer.subarray(0, isEnded ? length : length + 1), follows: 'nothing' };
  }

  async #opened(): Promise<FileHandle> {
    if (this.#handle) return this.#handle;
    if (this.path === undefined) throw new Error(`${this.name} is gone`);
    const handle = await open(this.path, 'r');
    const { ino } = await handle.stat({ bigint: true });
    if (String(ino) !== this.inode) {
      await handle.close();
      throw new Error(`${this.path} was exchanged while it was opened`);
    }
    this.#handle = handle;
    return handle;
  }
}
