import { statSync } from 'node:fs';
import { LogFile } from './log-file.ts';
import type { HeldFile, LogShape } from './log-shape.ts';

/** Sealed files that stay open for the next read: streams and the uplink read at a few places at a time. */
const OPEN_SEALED = 4;

/** Opens a log's files when they are needed: all that are not sealed stay open, and of the others the last few used. */
export class OpenFiles<Counts> {
  readonly #shape: LogShape<Counts>;
  /** Sealed files that are open, the last used at the end. */
  #sealed: HeldFile<Counts>[] = [];

  constructor(shape: LogShape<Counts>) {
    this.#shape = shape;
  }

  opened(file: HeldFile<Counts>): LogFile {
    if (!file.sealed) return (file.open ??= LogFile.open(file.path, this.#shape));
    this.#sealed = this.#sealed.filter((other) => other !== file);
    this.#sealed.push(file);
    if (this.#sealed.length > OPEN_SEALED) this.close(this.#sealed[0]);
    return (file.open ??= LogFile.openSealed(file.path));
  }

  /** A file that cannot be sealed now stays readable with its WAL, and is sealed later. */
  seal(file: HeldFile<Counts>): void {
    try {
      this.opened(file).seal();
      file.open = undefined;
      file.sealed = true;
      file.bytes = statSync(file.path).size;
    } catch (error) {
      this.#shape.log.warn({ err: error, path: file.path }, 'a file could not be sealed; it will be later');
    }
  }

  close(file: HeldFile<Counts>): void {
    this.#sealed = this.#sealed.filter((other) => other !== file);
    file.open?.close();
    file.open = undefined;
  }
}
