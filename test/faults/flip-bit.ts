import { closeSync, fstatSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../e2e/random.ts';

/** Files below a folder whose path there matches, in order. */
export function filesBelow(folder: string, matches: RegExp): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => matches.test(path.slice(folder.length + 1)))
    .toSorted();
}

/** Flips one bit of one of the files and tells where; `undo` flips it back. */
export function flipBit(files: readonly string[], random: Random): { path: string; at: number; undo(): void } {
  const withBytes = files.filter((path) => sizeOf(path) > 0);
  if (withBytes.length === 0) throw new Error('there is no file with a bit to flip');
  const path = withBytes[random.whole(0, withBytes.length)];
  const at = random.whole(0, sizeOf(path));
  const mask = 1 << random.whole(0, 8);
  flip(path, at, mask);
  return { path, at, undo: () => flip(path, at, mask) };
}

function sizeOf(path: string): number {
  const file = openSync(path, 'r');
  try {
    return fstatSync(file).size;
  } finally {
    closeSync(file);
  }
}

function flip(path: string, at: number, mask: number): void {
  const file = openSync(path, 'r+');
  try {
    const byte = new Uint8Array(1);
    readSync(file, byte, 0, 1, at);
    byte[0] ^= mask;
    writeSync(file, byte, 0, 1, at);
  } finally {
    closeSync(file);
  }
}
