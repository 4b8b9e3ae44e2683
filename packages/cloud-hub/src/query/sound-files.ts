import { statSync } from 'node:fs';
import { fileChecksum } from '../store/file-checksum.ts';
import type { SampleFile } from '../store/sample-files.ts';
import { unreadableFile } from './damaged-file.ts';

/** What was read and found sound is believed for so long: what rots on a disk changes no time of its file. */
const BELIEVED_MS = 24 * 3600 * 1000;
/** Files that are remembered; beyond it all are read again. */
const MOST_REMEMBERED = 100_000;

interface Found {
  /** Of the file as it was read. */
  readonly state: string;
  readonly at: number;
}

/**
 * Knows which files are, byte for byte, what was committed. Neither zstd nor DuckDB notices most flipped bits: values would be
 * others, and look right. A file is read whole before the first answer that needs it, and again after a day or a change.
 */
export class SoundFiles {
  readonly #found = new Map<number, Found>();

  /**
   * @throws AnswerError that names the first that is not
   * @throws the signal's reason when it is aborted: a file that is being read is read to its end
   */
  async check(files: readonly SampleFile[], signal?: AbortSignal): Promise<void> {
    if (this.#found.size > MOST_REMEMBERED) this.#found.clear();
    for (const file of files) {
      signal?.throwIfAborted();
      const known = this.#found.get(file.id);
      if (known && known.state === stateOf(file.path) && performance.now() - known.at < BELIEVED_MS) continue;
      this.#found.delete(file.id);
      // Taken first: a change while the file is read shows later.
      const found = { state: stateOf(file.path), at: performance.now() };
      if (!(await isSound(file.path, file.crc))) throw unreadableFile(file);
      this.#found.set(file.id, found);
    }
  }
}

/** Whether a file has the checksum that was committed with it, as far as there is one. */
export async function isSound(path: string, crc: number | null | undefined): Promise<boolean> {
  if (crc === null || crc === undefined) return true;
  try {
    return (await fileChecksum(path)) === crc;
  } catch (error) {
    console.error(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

function stateOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats ? `${stats.dev} ${stats.ino} ${stats.size} ${stats.ctimeNs}` : 'gone';
}
