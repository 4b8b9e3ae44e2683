import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Makes what was created, renamed or removed in a folder survive a power cut. */
export function syncFolder(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Creates a folder and those above it, durably: what is synced in a folder is lost with it when a power cut takes the
 * folder's own name from the one above.
 */
export function ensureFolder(path: string): void {
  const whole = resolve(path);
  const created = mkdirSync(whole, { recursive: true });
  if (created === undefined) return;
  for (let folder = whole; folder.length >= created.length; folder = dirname(folder)) {
    syncFolder(dirname(folder));
  }
}
