import { randomFillSync } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Log } from '@sluis/plugin-sdk';
import { removeFile, syncFolder } from './folder.ts';
import type { DiskState } from './log.ts';
import { errorCode, isFull, StorageError } from './storage-error.ts';

/*
 * A full disk refuses even what would make space: a record of what is let go before its file is unlinked. So some space
 * is kept in a file of its own. When a write finds the disk full, the ballast is let go, and from then on only what makes
 * space or records what was done may be written: all else would use up what was kept. That ends when there is space for
 * the ballast and as much again; then it is made again first.
 *
 * The file is written under another name, synced and renamed, so that one with the right name has its space.
 */

export interface BallastOptions {
  readonly folder: string;
  readonly bytes: number;
  /** The agent's clock in µs. */
  readonly now: () => number;
  readonly log: Log;
}

const BLOCK_BYTES = 1024 * 1024;
const RELIEF_SHARE = 1 / 4;

export class Ballast {
  readonly #options: BallastOptions;
  readonly #path: string;
  /** Since when the disk counts as full. */
  #fullSince: number | undefined;

  constructor(options: BallastOptions) {
    this.#options = options;
    this.#path = join(options.folder, 'ballast');
  }

  /** False while the disk is full: what adds data is refused then. Looks whether there is space again. */
  hasSpace(): boolean {
    if (this.#fullSince === undefined) return true;
    if (!this.#make()) return false;
    this.#options.log.info({ folder: this.#options.folder }, 'there is space on the disk again');
    this.#fullSince = undefined;
    return true;
  }

  /**
   * False where a commit of so many bytes would find the disk full. One that is longer than the ballast is not tried in
   * vain: what it leaves behind could take the space that shorter ones need.
   */
  hasSpaceFor(commitBytes: number): boolean {
    if (!this.hasSpace()) return false;
    const { bytes, folder } = this.#options;
    return commitBytes <= bytes || freeBytes(folder) >= commitBytes + bytes;
  }

  /** The same for what leads to space, as a saved state of streams does: on a full disk it may take a little of what is kept. */
  hasSpaceForRelief(bytes: number): boolean {
    return this.hasSpaceFor(bytes) || bytes <= this.#options.bytes * RELIEF_SHARE;
  }

  get state(): DiskState {
    return { full: this.#fullSince !== undefined, since: this.#fullSince ?? null };
  }

  /** Makes it at the start; a disk without space for it counts as full. */
  open(): void {
    const { bytes } = this.#options;
    removeFile(`${this.#path}.tmp`);
    if (statSync(this.#path, { throwIfNoEntry: false })?.size === bytes) return;
    // One of another size is of no use: the disk or the limits are others now.
    removeFile(this.#path);
    if (!this.#make()) this.letGo();
  }

  /** The disk refused a write. */
  letGo(): void {
    if (this.#fullSince !== undefined) return;
    const { folder, log, now } = this.#options;
    this.#fullSince = now();
    log.error({ folder }, `the disk with ${folder} is full: make space, and all goes on by itself`);
    try {
      removeFile(this.#path);
      syncFolder(folder);
    } catch (error) {
      log.warn({ err: error, path: this.#path }, 'the space that is kept for a full disk could not be given back');
    }
  }

  /** What to throw where the disk has no space for more. */
  refusal(): StorageError {
    const { folder } = this.#options;
    return new StorageError('full', `the disk with ${folder} is full; make space, and it goes on by itself`);
  }

  #make(): boolean {
    const { folder, bytes, log } = this.#options;
    const temporary = `${this.#path}.tmp`;
    try {
      if (freeBytes(folder) < 2 * bytes) return false;
      fill(temporary, bytes);
      renameSync(temporary, this.#path);
      syncFolder(dirname(this.#path));
      return true;
    } catch (error) {
      if (!isFull(error)) log.warn({ err: error, path: this.#path }, 'space for a full disk could not be kept');
      removeFile(temporary);
      // Where such a file cannot be had for another reason than space, data is not to wait for it.
      return !isFull(error) && errorCode(error) !== '';
    }
  }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Random bytes: a file system that compresses would keep no space with others. */
function fill(path: string, bytes: number): void {
  const block = randomFillSync(new Uint8Array(Math.min(BLOCK_BYTES, bytes)));
  const handle = openSync(path, 'w');
  try {
    for (let at = 0; at < bytes;) at += writeSync(handle, block, 0, Math.min(bytes - at, block.length), at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
