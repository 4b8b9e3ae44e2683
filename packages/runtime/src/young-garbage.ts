/**
 * Collects what is young in V8's heap each time that so many bytes outside of it have passed through. V8 sees large arrays as
 * the small objects that hold them: it lets tens of MB of dead ones gather, and then goes through all of its heap. A look
 * at what is young takes a millisecond. Where V8 was not started with --expose-gc, nothing is done.
 */
export class YoungGarbage {
  readonly #everyBytes: number;
  #passed = 0;

  constructor(everyBytes: number) {
    this.#everyBytes = everyBytes;
  }

  /** So many bytes are not needed any more, or will soon not be. */
  passed(bytes: number): void {
    this.#passed += bytes;
    if (this.#passed < this.#everyBytes) return;
    this.#passed = 0;
    globalThis.gc?.({ type: 'minor' });
  }
}
