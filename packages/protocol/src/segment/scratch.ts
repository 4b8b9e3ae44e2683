/** What one piece of work may leave behind for the next: more than a segment takes by rule, less than a burst may bring. */
const KEPT_BYTES = 8 << 20;

/**
 * Memory that is used again from one piece of work to the next, in code that is done with it before it returns. V8 counts
 * the bytes of arrays with its heap, dead or not, and looks through all of it when the sum has grown by some ten MB: arrays
 * made anew for each batch of a million samples a second would have it do so several times a second.
 */
export class Scratch {
  #memory = new ArrayBuffer(0);
  #taken = 0;

  /** From here on, what was taken before is no longer one's own. */
  reset(): void {
    if (this.#taken > this.#memory.byteLength && this.#taken <= KEPT_BYTES) {
      this.#memory = new ArrayBuffer(2 ** Math.ceil(Math.log2(this.#taken)));
    }
    this.#taken = 0;
  }

  /** `length` doubles with whatever was left in them; and so on. */
  doubles(length: number): Float64Array<ArrayBuffer> {
    const at = this.#take(length * 8);
    return at < 0 ? new Float64Array(length) : new Float64Array(this.#memory, at, length);
  }

  words(length: number): Uint32Array<ArrayBuffer> {
    const at = this.#take(length * 4);
    return at < 0 ? new Uint32Array(length) : new Uint32Array(this.#memory, at, length);
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const at = this.#take(length);
    return at < 0 ? new Uint8Array(length) : new Uint8Array(this.#memory, at, length);
  }

  /** Where there is room for so many bytes, -1 if there is none yet. */
  #take(bytes: number): number {
    const at = this.#taken;
    this.#taken += Math.ceil(bytes / 8) * 8;
    return this.#taken <= this.#memory.byteLength ? at : -1;
  }
}
