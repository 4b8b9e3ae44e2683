import { existsSync } from 'node:fs';
import { open, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureFolder } from '@sluis/runtime/folder';
import { fileChecksum } from './file-checksum.ts';
import { namesOf } from './file-table.ts';
import type { InstalledFile, SampleFile, WriteOutcome } from './sample-files.ts';

/** What a job writes has such a name until all of it is on the disk. */
const TEMPORARY = 'tmp-';
const PARQUET = '.parquet';

/** The folder that sample files lie in, and nothing else. */
export class SamplesFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  start(): void {
    ensureFolder(this.path);
  }

  /** Of a job's files, until they are installed. `job` is never reused, not by a later process either. */
  prefix(job: string): string {
    return TEMPORARY + job;
  }

  /**
   * Brings what a job wrote to the disk under the final names of `ids`. First the content of each file, then its name,
   * then the folder that holds the names: when this resolves, a power cut leaves all of them whole; before that, it
   * leaves files that no row of the database names.
   */
  async install(
    written: WriteOutcome['files'],
    to: { ids: readonly number[]; group: number },
  ): Promise<InstalledFile[]> {
    const { ids, group } = to;
    const files: InstalledFile[] = [];
    for (const [i, file] of written.entries()) {
      const id = ids[i];
      const names = namesOf(id);
      const [path, seriesPath] = [names.samples, names.series].map((name) => join(this.path, name));
      const crc = await fileChecksum(file.path);
      const seriesCrc = await fileChecksum(file.seriesPath);
      await sync(file.path);
      await sync(file.seriesPath);
      await rename(file.path, path);
      await rename(file.seriesPath, seriesPath);
      files.push({ ...file, id, group, path, seriesPath, crc, seriesCrc });
    }
    if (files.length > 0) await sync(this.path);
    return files;
  }

  /** Names of files here that belong to none of `files`. */
  async orphans(files: readonly SampleFile[]): Promise<{ temporary: string[]; others: string[] }> {
    const named = new Set(files.flatMap(({ id }) => Object.values(namesOf(id))));
    const there = existsSync(this.path) ? await readdir(this.path) : [];
    const unnamed = there.filter((name) => name.endsWith(PARQUET) && !named.has(name));
    const { temporary = [], others = [] } = Object.groupBy(unnamed, (name) =>
      name.startsWith(TEMPORARY) ? 'temporary' : 'others',
    );
    return { temporary, others };
  }

  /** What a job has left that was not installed. */
  async removeOf(prefix: string): Promise<void> {
    await this.remove((await readdir(this.path)).filter((name) => name.startsWith(`${prefix}-`)));
  }

  /** Not synced: a name that a power cut brings back is an orphan, which the next start sweeps. */
  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) await rm(join(this.path, name), { force: true });
  }

  /** Bytes that this process may still write to the disk. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path);
    return bavail * bsize;
  }
}

/** Of a file: its content; of a folder: the names in it. */
async function sync(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}
