import { readdirSync, readlinkSync } from 'node:fs';

/** Whether a process has a file below a folder open. False if it is gone (Linux only). */
export function opensBelow(pid: number, folder: string): boolean {
  const descriptors = `/proc/${pid}/fd`;
  try {
    return readdirSync(descriptors).some((name) => readlinkSync(`${descriptors}/${name}`).startsWith(`${folder}/`));
  } catch (error) {
    // The process, or a descriptor since it was listed.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
