import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Finding, Probe } from '@sluis/plugin-sdk';
import { describe } from '@sluis/runtime';
import { folderHolder } from '@sluis/runtime/folder-lock';
import { diskOf } from '../../config/disk.ts';
import { shownSize } from './shown-size.ts';

/** Whether the agent could work in its data folder. One that is running there is named: it is no fault. */
export function dataFolderProbe(folder: string): Probe {
  return { need: `folder ${folder}`, look: async () => lookAtFolder(folder) };
}

function lookAtFolder(folder: string): Finding {
  const hint = 'name a folder that this user may write to';
  try {
    if (!existsSync(folder)) {
      accessSync(nearest(folder), constants.W_OK);
      return { there: true, detail: 'will be made' };
    }
    if (!statSync(folder).isDirectory()) return { there: false, reason: 'it is a file', hint };
    accessSync(folder, constants.W_OK);
  } catch (error) {
    return { there: false, reason: describe(error), hint };
  }
  const holder = folderHolder(folder);
  return { there: true, detail: holder === undefined ? 'can be written to' : `in use by ${holder}` };
}

/** Whether journal and outbox could grow to `bytes` in all: what they have already counts. */
export function spaceProbe(folder: string, bytes: number): Probe {
  return {
    need: `${shownSize(bytes)} in ${folder}`,
    async look() {
      const disk = diskOf(folder);
      if (!disk) return { there: false, reason: 'the free space cannot be told' };
      const free = `${shownSize(disk.free)} free`;
      const used = usedIn(folder);
      const detail = used === 0 ? free : `${free}, ${shownSize(used)} used`;
      if (disk.free + used >= bytes) return { there: true, detail };
      return { there: false, reason: detail, hint: 'free space, or lower journal.quota and outbox.quota' };
    },
  };
}

function usedIn(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, { parentPath, name }) => sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
}

function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder));
}
