import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '@sluis/plugin-sdk';
import { crc32c } from '@sluis/protocol';
import type { Ballast } from './ballast.ts';
import { ensureFolder, removeFile, syncFolder } from './folder.ts';
import type { Snapshots } from './log.ts';
import { isFull, isUnreadable, StorageError } from './storage-error.ts';
import { UnreadableFiles } from './unreadable.ts';

/*
 * A snapshot is written to a temporary file, synced, renamed into place, and the folder is synced; only then are older
 * ones removed. A kill at any point leaves the older snapshots as they were, and at worst a temporary file, which the
 * next start removes.
 *
 * The file: a header of 56 bytes, little-endian, and the bytes as given.
 *   0 magic 'SLUISNAP' · 8 version u32 · 12 CRC-32C of the bytes u32 · 16 epoch, 16 bytes · 32 position u64 ·
 *   40 length of the bytes u64 · 48 zero u32 · 52 CRC-32C of the 52 bytes before it u32
 */

const MAGIC = Buffer.from('SLUISNAP');
const VERSION = 1;
const HEADER_BYTES = 56;
const KEPT = 2;
/** Longest encoded stream name that stands in a file name as it is: file systems allow 255 bytes. */
const LONGEST_NAME = 160;
const namePattern = /^(.*)\.(\d{10})\.snapshot$/;

export interface SnapshotOptions {
  readonly folder: string;
  /** Says whether the disk takes more. */
  readonly ballast: Pick<Ballast, 'hasSpaceForRelief' | 'state' | 'refusal'>;
  readonly log: Log;
}

interface Snapshot {
  readonly epoch: string;
  readonly position: number;
  readonly bytes: Uint8Array;
}

export class SnapshotFolder implements Snapshots {
  readonly #options: SnapshotOptions;
  readonly #unreadable = new UnreadableFiles();

  constructor(options: SnapshotOptions) {
    this.#options = options;
  }

  open(): void {
    const { folder } = this.#options;
    try {
      ensureFolder(folder);
      for (const name of readdirSync(folder)) if (name.endsWith('.tmp')) removeFile(join(folder, name));
    } catch (error) {
      throw StorageError.from(error, `open the snapshots in ${folder}`);
    }
  }

  /** True if no stream has ever had a state here. */
  get isEmpty(): boolean {
    return !readdirSync(this.#options.folder).some((name) => namePattern.test(name));
  }

  /**
   * On a full disk, or where there is no space for one more, the older of two goes first: the newest stays until one is in
   * its place. A snapshot lets the journal give back space, so a short one may take a little of what is kept.
   * @throws StorageError 'full' if there is no space for it
   */
  save(stream: string, snapshot: Snapshot): void {
    const { folder, ballast } = this.#options;
    const name = encodeName(stream);
    try {
      if (ballast.state.full) this.#keep(name, 1);
      if (!this.#write(name, snapshot) && !(this.#keep(name, 1) && this.#write(name, snapshot)))
        throw ballast.refusal();
      this.#keep(name, KEPT);
    } catch (error) {
      throw StorageError.from(error, `write a snapshot of stream '${stream}' in ${folder}`);
    }
  }

  /** False if the disk has no space for it. */
  #write(name: string, snapshot: Snapshot): boolean {
    const { folder, ballast } = this.#options;
    if (!ballast.hasSpaceForRelief(snapshot.bytes.length)) return false;
    const path = join(folder, `${name}.tmp`);
    const [newest = 0] = this.#numbers(name);
    try {
      writeDurably(path, [header(snapshot), snapshot.bytes]);
      renameSync(path, this.#path(name, newest + 1));
      syncFolder(folder);
      return true;
    } catch (error) {
      this.#discard(path);
      if (isFull(error)) return false;
      throw error;
    }
  }

  /** Removes all but the newest; false if there were no more. */
  #keep(name: string, count: number): boolean {
    const surplus = this.#numbers(name).slice(count);
    for (const number of surplus) removeFile(this.#path(name, number));
    return surplus.length > 0;
  }

  load(stream: string, at: { epoch: string; position: number }): { position: number; bytes: Uint8Array } | undefined {
    const { folder, log } = this.#options;
    const name = encodeName(stream);
    try {
      for (const number of this.#numbers(name)) {
        const path = this.#path(name, number);
        const file = this.#read(path);
        const snapshot = file && parse(file);
        if (!snapshot) log.error({ path, stream }, 'a snapshot is damaged; an older one is used instead');
        else if (snapshot.epoch === at.epoch && snapshot.position <= at.position) {
          return { position: snapshot.position, bytes: snapshot.bytes };
        }
      }
      return undefined;
    } catch (error) {
      throw StorageError.from(error, `read the snapshots of stream '${stream}' in ${folder}`);
    }
  }

  /** Undefined if the disk cannot read it for good. */
  #read(path: string): Buffer | undefined {
    try {
      const file = readFileSync(path);
      this.#unreadable.read(path);
      return file;
    } catch (error) {
      if (isUnreadable(error) && this.#unreadable.failed(path)) return undefined;
      throw error;
    }
  }

  /** Numbers of a stream's snapshots, newest first. */
  #numbers(name: string): number[] {
    const numbers: number[] = [];
    for (const file of readdirSync(this.#options.folder)) {
      const match = namePattern.exec(file);
      if (match?.[1] === name) numbers.push(Number(match[2]));
    }
    return numbers.sort((a, b) => b - a);
  }

  #path(name: string, number: number): string {
    return join(this.#options.folder, `${name}.${String(number).padStart(10, '0')}.snapshot`);
  }

  #discard(path: string): void {
    try {
      removeFile(path);
    } catch (error) {
      this.#options.log.warn({ err: error, path }, 'a temporary file is left until the next start');
    }
  }
}

/**
 * A stream's name is a person's text: all but a to z, 0 to 9, `_` and `-` is percent-encoded, capitals too, so that two
 * names never meet on a file system that ignores case. A long one is cut and told apart by a hash.
 */
export function encodeName(stream: string): string {
  let name = '';
  for (const byte of Buffer.from(stream)) {
    const character = String.fromCharCode(byte);
    name += /[a-z0-9_-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }
  if (name.length <= LONGEST_NAME) return name;
  return `${name.slice(0, LONGEST_NAME / 2)}~${createHash('sha256').update(stream).digest('hex')}`;
}

function header({ epoch, position, bytes }: Snapshot): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(crc32c(bytes), 12);
  header.write(epoch, 16, 16, 'hex');
  header.writeBigUInt64LE(BigInt(position), 32);
  header.writeBigUInt64LE(BigInt(bytes.length), 40);
  header.writeUInt32LE(crc32c(header.subarray(0, 52)), 52);
  return header;
}

function parse(file: Buffer): Snapshot | undefined {
  if (file.length < HEADER_BYTES || !file.subarray(0, 8).equals(MAGIC)) return undefined;
  if (file.readUInt32LE(8) !== VERSION || file.readUInt32LE(52) !== crc32c(file.subarray(0, 52))) return undefined;
  const bytes = new Uint8Array(file.subarray(HEADER_BYTES));
  if (BigInt(bytes.length) !== file.readBigUInt64LE(40) || crc32c(bytes) !== file.readUInt32LE(12)) return undefined;
  return { epoch: file.toString('hex', 16, 32), position: Number(file.readBigUInt64LE(32)), bytes };
}

function writeDurably(path: string, parts: readonly Uint8Array[]): void {
  const handle = openSync(path, 'w');
  try {
    let start = 0;
    for (const part of parts) {
      for (let at = 0; at < part.length;) at += writeSync(handle, part, at, part.length - at, start + at);
      start += part.length;
    }
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
