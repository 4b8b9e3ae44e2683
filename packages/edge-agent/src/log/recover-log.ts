import { existsSync } from 'node:fs';
import { mendWal } from '@sluis/runtime/mend-wal';
import { DamagedFile, type DamagedFiles } from './damaged-files.ts';
import type { KnownSeries } from './known-series.ts';
import { LogFile } from './log-file.ts';
import type { LogFolder } from './log-folder.ts';
import { FORMAT, type Header, readHeader } from './log-header.ts';
import type { HeldFile, LogShape, Recovered } from './log-shape.ts';
import type { OpenFiles } from './open-files.ts';

/** What a log consists of, and is to know, when it starts. */
interface Parts<Counts> {
  readonly shape: LogShape<Counts>;
  readonly folder: LogFolder;
  readonly damaged: DamagedFiles;
  readonly open: OpenFiles<Counts>;
  readonly series: KnownSeries;
}

interface RecoveredLog<Counts> extends Recovered<Counts> {
  readonly files: HeldFile<Counts>[];
  /** The newest file, if it can be written. */
  readonly writing: HeldFile<Counts> | undefined;
}

interface Found<Counts> {
  readonly file: HeldFile<Counts>;
  readonly header: Header<Counts>;
}

/**
 * Makes one log of the files in a folder, without those that have to be put aside. On an error nothing stays open.
 * @throws what the disk said
 */
export function recoverLog<Counts>(parts: Parts<Counts>): RecoveredLog<Counts> {
  // Each round that fails has read a file in vain, and some reads later puts it aside, so it ends.
  for (;;) {
    const found: Found<Counts>[] = [];
    try {
      for (const number of parts.folder.sweep()) {
        const one = find(parts, number);
        if (one) found.push(one);
      }
      const log = join(parts, found);
      parts.damaged.clear();
      return log;
    } catch (error) {
      for (const { file } of found) parts.open.close(file);
      if (!(error instanceof DamagedFile)) throw error;
      parts.series.clear();
      if (parts.damaged.isLostAtStart(error)) parts.damaged.putAside(error.path, error.cause);
    }
  }
}

/** Opens a file, recovering what its WAL holds. Undefined if it holds nothing. */
function find<Counts>({ shape, folder }: Parts<Counts>, number: number): Found<Counts> | undefined {
  const path = folder.fileAt(number);
  let open: LogFile | undefined;
  try {
    const sealed = LogFile.isSealed(path);
    if (!sealed) mend(path, shape.log);
    open = sealed ? LogFile.openSealed(path) : LogFile.open(path, shape);
    const header = readHeader<Counts>(open);
    if (header) {
      return {
        file: { number, path, format: open.format, start: header.start, bytes: open.bytes, sealed, open },
        header,
      };
    }
    open.close();
    LogFile.remove(path);
    return undefined;
  } catch (error) {
    open?.close();
    throw DamagedFile.from(path, error);
  }
}

/** What rotted in a WAL would else end it there, and what was committed after it would be gone unnoticed. */
function mend(path: string, log: LogShape<unknown>['log']): void {
  const wal = `${path}-wal`;
  if (!existsSync(wal)) return;
  const { flipped, damaged, lostFrom } = mendWal(wal);
  if (flipped.length > 0) log.warn({ path: wal, frames: flipped }, 'a bit had flipped in a WAL, which was mended');
  if (damaged.length > 0)
    log.error(
      { path: wal, frames: damaged },
      'a WAL is damaged: its commits are kept, and what was hit shows when it is read',
    );
  if (lostFrom !== undefined)
    log.error({ path: wal, frame: lostFrom }, 'a WAL is damaged: what was committed from this frame on is lost');
}

/** Makes one log of the files that are left. */
function join<Counts>(parts: Parts<Counts>, found: readonly Found<Counts>[]): RecoveredLog<Counts> {
  const { shape, folder, open, series } = parts;
  const inspect = <T>(file: HeldFile<Counts>, work: (open: LogFile) => T): T => {
    try {
      return work(open.opened(file));
    } catch (error) {
      throw DamagedFile.from(file.path, error);
    }
  };
  const scan = (file: HeldFile<Counts>): Counts => inspect(file, (open) => shape.scan(open, file.start));

  const files = found.map(({ file }) => file);
  const lost = folder.damagedNumbers();
  const losses: { from: Counts; to: Counts }[] = [];
  for (const [i, { file, header }] of found.entries()) {
    const before = files[i - 1];
    const { previous } = header;
    if (before) {
      // Numbers are also left out when a file could not be made: only the counts tell whether something is missing.
      const adjacent = before.number + 1 === file.number;
      before.end = adjacent ? header.start : scan(before);
      if (!adjacent) losses.push({ from: before.end, to: header.start });
    } else if (previous && lost.includes(previous.number)) {
      losses.push({ from: previous.start, to: header.start });
    }
    series.reserve(header.series);
  }
  for (const [i, { file }] of found.entries()) {
    const bound = found[i + 1]?.header.series ?? Number.POSITIVE_INFINITY;
    inspect(file, (open) => {
      series.recover(open, bound);
      shape.inspect?.(open, file.number);
    });
  }

  const newest = files.at(-1);
  const newestLost = lost.filter((number) => number > (newest?.number ?? 0)).length;
  const counts = newest && scan(newest);
  if (newest) inspect(newest, (open) => shape.recover?.(open));
  let writing: HeldFile<Counts> | undefined;
  for (const file of files) {
    if (file === newest && file.format === FORMAT && !file.sealed && newestLost === 0) {
      writing = file;
      inspect(file, (open) => series.startFile(open));
    } else if (file.sealed) {
      open.close(file);
    } else {
      open.seal(file);
    }
  }
  return { files, writing, counts, losses, newestLost };
}
