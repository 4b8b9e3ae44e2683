import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const QUIET_MS = 3_000;
/** In the name of a file that the hub has begun. */
const BEING_WRITTEN = 'tmp-';

/** Nothing is being merged any more: no file comes or goes for a while. */
export async function settled(data: string): Promise<void> {
  for (let before = '', now = namesOf(data).join(); before !== now || now.includes(BEING_WRITTEN);) {
    before = now;
    await pause(QUIET_MS);
    now = namesOf(data).join();
  }
}

/** Paths of the Parquet files that hold samples, in the data folder of a hub. */
export function sampleFiles(data: string): string[] {
  const names = namesOf(data).filter((name) => name.endsWith('.parquet') && !name.includes('series'));
  return names.map((name) => join(folderOf(data), name));
}

/** `bytes`: with what belongs to them. */
export function filesOf(data: string): { count: number; bytes: number } {
  const all = namesOf(data).filter((name) => name.endsWith('.parquet'));
  const bytes = all.reduce((sum, name) => sum + statSync(join(folderOf(data), name)).size, 0);
  return { count: sampleFiles(data).length, bytes };
}

function namesOf(data: string): string[] {
  return readdirSync(folderOf(data));
}

function folderOf(data: string): string {
  return join(data, 'samples');
}
