/**
 * Memory that is used again from segment to segment, in code that is done with it before it returns: to allocate and clear a
 * megabyte for each would cost more than what is done in it. Bounded by the rows of a segment.
 */
export class Scratch {
  #doubles = new Float64Array(0);

  /** `length` doubles with whatever was left in them; those that were taken before are no longer one's own. */
  doubles(length: number): Float64Array {
    if (this.#doubles.length < length) this.#doubles = new Float64Array(length);
    return this.#doubles.subarray(0, length);
  }
}
