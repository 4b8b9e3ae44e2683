import { closeSync, fsyncSync, mkdirSync, openSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from './storage-error.ts';

/** Makes what was created, renamed or removed in a folder survive a power cut. */
export function syncFolder(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Creates a folder and those above it, durably. */
export function ensureFolder(path: string): void {
  const created = mkdirSync(path, { recursive: true });
  if (created === undefined) return;
  for (let folder = path; folder.length >= created.length; folder = dirname(folder)) syncFolder(dirname(folder));
}

/** Removes a file if it is there. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
