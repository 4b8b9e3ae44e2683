import type { BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A file as it is found in a folder. */
export interface Entry {
  readonly path: string;
  /** What the file keeps when it is renamed; the device is left out, for its number changes with a restart of the machine. */
  readonly inode: string;
  readonly size: number;
  readonly modified: bigint;
}

/** Files of a folder that are looked at to find one that was renamed. */
const MAX_ENTRIES = 10_000;

/** Of two times of files, for sorting: the earlier one first. */
export function inOrderOfTime(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The file at a path, undefined if there is none, or something else. */
export async function look(path: string): Promise<Entry | undefined> {
  const stats = await statOf(path);
  if (!stats?.isFile()) return undefined;
  return { path, inode: String(stats.ino), size: Number(stats.size), modified: stats.mtimeNs };
}

async function statOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** What tells a folder from another at the same path, such as one that is mounted there; undefined if there is none. */
export async function identify(folder: string): Promise<string | undefined> {
  const stats = await statOf(folder);
  return stats?.isDirectory() ? `${stats.dev}:${stats.ino}` : undefined;
}

export interface Listing {
  readonly files: Entry[];
  /** False if there is something that could not be looked at: a file that is not listed may be there all the same. */
  readonly isWhole: boolean;
}

/** The files of a folder, by name. What cannot be looked at, such as a link that leads nowhere, is left out. */
export async function listFiles(folder: string, isWanted?: (name: string) => boolean): Promise<Entry[]> {
  return (await list(folder, isWanted)).files;
}

/** As {@link listFiles}, and if that is all. */
export async function list(folder: string, isWanted: (name: string) => boolean = () => true): Promise<Listing> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (isAbsence(error)) return { files: [], isWhole: false };
    throw error;
  }
  const files: Entry[] = [];
  let isWhole = true;
  for (const name of names.filter(isWanted).sort().slice(0, MAX_ENTRIES)) {
    try {
      const entry = await look(join(folder, name));
      if (entry) files.push(entry);
    } catch (error) {
      // A link in a circle leads to no file; anything else may be one.
      isWhole &&= hasCode(error, 'ELOOP');
    }
  }
  return { files, isWhole };
}

/** Finds the files that a path names: the one, or with `*` in the last part all whose names match. */
export class PathPattern {
  readonly path: string;
  readonly folder: string;
  readonly isPattern: boolean;
  readonly #name: RegExp;

  constructor(path: string) {
    this.path = path;
    this.folder = dirname(path);
    const name = basename(path);
    this.isPattern = name.includes('*');
    this.#name = new RegExp(`^${name.split('*').map(RegExp.escape).join('.*')}$`, 's');
  }

  /** Throws if there is something else than a file, such as a folder: to wait for a file in its place would say nothing. */
  async find(): Promise<Entry[]> {
    if (this.isPattern) return listFiles(this.folder, (name) => this.#name.test(name));
    const entry = await look(this.path);
    if (entry) return [entry];
    if (await statOf(this.path)) throw new Error('what is there is no file');
    return [];
  }
}

function isAbsence(error: unknown): boolean {
  return hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR');
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
