import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** Of the file system that holds a folder, or will hold it: its nearest ancestor that is there tells. */
export function diskOf(folder: string): { readonly size: number; readonly free: number } | undefined {
  for (let path = folder; ; path = dirname(path)) {
    try {
      const { bsize, blocks, bavail } = statfsSync(path);
      return { size: blocks * bsize, free: bavail * bsize };
    } catch (error) {
      // Not there yet, or nothing that may be looked at: a run says so, in words, when it makes the folder.
      if (!(error instanceof Error && 'code' in error)) throw error;
      if (path === dirname(path)) return undefined;
    }
  }
}
