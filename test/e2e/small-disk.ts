import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './folder.ts';

/** A file system that somebody else fills and empties. */
export class FillableDisk {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get #filler(): string {
    return join(this.path, 'filler');
  }

  get free(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /** Leaves no more than `spare` bytes to others. What they take meanwhile is left to them. */
  fill(spare: number): void {
    const file = openSync(this.#filler, 'a');
    try {
      writeSync(file, new Uint8Array(this.free - spare));
    } catch (error) {
      // Others were faster, and have taken all of it.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    } finally {
      closeSync(file);
    }
  }

  empty(): void {
    rmSync(this.#filler, { force: true });
  }
}

/** A file system in memory, of 32 MiB unless said otherwise, which only root may mount. */
export class SmallDisk extends FillableDisk implements Disposable {
  constructor(path: string, size = '32m') {
    super(path);
    mkdirSync(path, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['--lazy', this.path]);
  }
}

/** Undefined if a disk can be mounted, otherwise why not. */
export async function mountable(): Promise<string | undefined> {
  await using folder = await temporaryFolder();
  try {
    using _disk = new SmallDisk(folder.path);
    return undefined;
  } catch (error) {
    return `mounting a small file system needs root: ${error instanceof Error ? error.message.trim() : String(error)}`;
  }
}
