import { randomFillSync } from 'node:crypto';
import { open, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/*
 * A full disk refuses even what would make space: the commit by which files go, and the rows that are left of one that is
 * written again. So some space is kept in a file of its own. When a commit finds the disk full, the ballast is let go, and
 * until there is space for it and as much again nothing that agents send may be stored: it would use up what was kept.
 *
 * The file is written under another name, synced and renamed: one with the right name has its space.
 */

const BLOCK_BYTES = 1 << 20;
/** Of a small disk it takes no more than such a part: twice as much has to be free before anything is stored. */
const DISK_SHARE = 1 / 16;
/** Errors that say that there is no space. */
const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** The size of a ballast in `folder`: what is asked for, or a part of a small disk. */
export async function ballastBytesFor(folder: string, wanted: number): Promise<number> {
  const { blocks, bsize } = await statfs(folder);
  return Math.min(wanted, Math.floor(blocks * bsize * DISK_SHARE));
}

export class Ballast {
  readonly #path: string;
  readonly #bytes: number;
  #making: Promise<boolean> | undefined;
  #letGo = false;

  constructor({ folder, bytes }: { folder: string; bytes: number }) {
    this.#path = join(folder, 'ballast');
    this.#bytes = bytes;
  }

  /** Whether it is there, or there is space for it and as much again. */
  async fits(): Promise<boolean> {
    const own = await sizeOf(this.#path);
    if (own === this.#bytes) return true;
    const { bavail, bsize } = await statfs(dirname(this.#path));
    return bavail * bsize + own + (await sizeOf(this.#temporary)) >= 2 * this.#bytes;
  }

  /** False where there is no space for it. */
  make(): Promise<boolean> {
    this.#letGo = false;
    this.#making ??= this.#make().finally(() => (this.#making = undefined));
    return this.#making;
  }

  /** Gives its space back, also what {@link make} has written so far. */
  async letGo(): Promise<void> {
    this.#letGo = true;
    // Who asked for it is told of a failure.
    await this.#making?.catch(() => undefined);
    await rm(this.#path, { force: true });
  }

  get #temporary(): string {
    return `${this.#path}.tmp`;
  }

  async #make(): Promise<boolean> {
    if (!(await this.fits())) return false;
    if ((await sizeOf(this.#path)) === this.#bytes) return true;
    const temporary = this.#temporary;
    try {
      // One of another size is of no use: the disk or the limits are others now.
      await rm(this.#path, { force: true });
      await this.#fill(temporary);
      if (this.#letGo) return false;
      await rename(temporary, this.#path);
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && FULL.has(String(error.code)))) throw error;
      return false;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Random bytes: a file system that compresses would keep no space with others. */
  async #fill(path: string): Promise<void> {
    const block = randomFillSync(new Uint8Array(Math.min(BLOCK_BYTES, this.#bytes)));
    await using handle = await open(path, 'w');
    for (let at = 0; at < this.#bytes && !this.#letGo;) {
      at += (await handle.write(block, 0, Math.min(this.#bytes - at, block.length), at)).bytesWritten;
    }
    await handle.sync();
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}
