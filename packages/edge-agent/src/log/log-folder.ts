import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { removeFile } from './folder.ts';

const NAME_DIGITS = 10;
const filePattern = /^(\d{10})\.db$/;
const sidecarPattern = /^(\d{10}\.db)-(?:wal|shm|journal)$/;
/** Put after the name of a file that is to take the place of the one with that name. */
const REWRITTEN = '.new';
/** Such a file, and what SQLite keeps beside it. */
const rewrittenPattern = /^\d{10}\.db\.new(?:-wal|-shm|-journal)?$/;
const DAMAGED = '.damaged';
const damagedPattern = /^(\d{10})\.db\.damaged$/;

/** The folder of a log, and the names in it: NUMBER.db, of which no number is used twice. */
export class LogFolder {
  readonly path: string;
  #next = 1;

  constructor(path: string) {
    this.path = path;
  }

  /** Where the file with this number is. */
  fileAt(number: number): string {
    return join(this.path, `${String(number).padStart(NAME_DIGITS, '0')}.db`);
  }

  /** Where the file is written that is to take the place of the one at `path`. */
  rewrittenAt(path: string): string {
    return path + REWRITTEN;
  }

  /** Where the damaged file goes that was at `path`. */
  damagedAt(path: string): string {
    return path + DAMAGED;
  }

  /** A number that no file has had. */
  takeNumber(): number {
    return this.#next++;
  }

  /** Removes what belongs to no file, and returns the numbers of the files, in order. */
  sweep(): number[] {
    const names = new Set(readdirSync(this.path));
    const numbers: number[] = [];
    for (const name of names) {
      const owner = sidecarPattern.exec(name)?.[1];
      if ((owner !== undefined && !names.has(owner)) || rewrittenPattern.test(name)) removeFile(join(this.path, name));
      const number = Number((filePattern.exec(name) ?? damagedPattern.exec(name))?.[1] ?? 0);
      this.#next = Math.max(this.#next, number + 1);
      if (filePattern.test(name)) numbers.push(number);
    }
    return numbers.sort((a, b) => a - b);
  }

  /** Where the files are. */
  files(): string[] {
    const names = readdirSync(this.path).filter((name) => filePattern.test(name));
    return names.map((name) => join(this.path, name));
  }

  /** Numbers of the files that were put aside, in order. */
  damagedNumbers(): number[] {
    const numbers = readdirSync(this.path).map((name) => Number(damagedPattern.exec(name)?.[1] ?? 0));
    return numbers.filter((number) => number > 0).sort((a, b) => a - b);
  }
}
