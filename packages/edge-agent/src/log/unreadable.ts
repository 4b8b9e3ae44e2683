/** What the disk could not read so often, and for so long (ms), it will not read. */
const READS = 5;
const FOR_MS = 20_000;

/** Files that the disk could not read the last time they were asked for. */
export class UnreadableFiles {
  /** By path: how often in a row, and since when (ms). */
  readonly #failed = new Map<string, { reads: number; since: number }>();

  /** Takes note that a read failed; true once that has happened often and for long. */
  failed(path: string): boolean {
    const now = performance.now();
    const { reads, since } = this.#failed.get(path) ?? { reads: 0, since: now };
    this.#failed.set(path, { reads: reads + 1, since });
    return reads + 1 >= READS && now - since >= FOR_MS;
  }

  read(path: string): void {
    this.#failed.delete(path);
  }

  clear(): void {
    this.#failed.clear();
  }
}
