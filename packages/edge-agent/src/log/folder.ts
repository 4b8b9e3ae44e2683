import { unlinkSync } from 'node:fs';
import { errorCode } from './storage-error.ts';

export { ensureFolder, syncFolder } from '@sluis/runtime/folder';

/** Removes a file if it is there. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
