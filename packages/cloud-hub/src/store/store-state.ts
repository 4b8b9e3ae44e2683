/** What the store worker publishes and the main thread reads at any moment, without a question and an answer. */
const fields = [
  'committed',
  'loaded',
  'unloadedRows',
  'unloadedBound',
  'hotRows',
  'hotBytes',
  'gaps',
  'diskFull',
  'files',
  'fileRows',
  'fileBytes',
] as const;
type Field = (typeof fields)[number];

/**
 * Numbers in shared memory. `committed` is the id of the last committed segment, written before its promise resolves;
 * `loaded` how far the query process has come in that order, `unloadedRows` how many samples that leaves, and
 * `unloadedBound` how many should wait at most; `hotRows` the samples in segments, `hotBytes` their bytes; `gaps` 1 if anything is known never to come; `diskFull` 1 while no commit finds space; `files`, `fileRows` and `fileBytes` what is in
 * files that count.
 */
export class StoreState {
  readonly #values: BigInt64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(fields.length * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.#values = new BigInt64Array(buffer);
  }

  get buffer(): SharedArrayBuffer {
    return this.#values.buffer as SharedArrayBuffer;
  }

  get(field: Field): number {
    return Number(Atomics.load(this.#values, fields.indexOf(field)));
  }

  set(field: Field, value: number): void {
    Atomics.store(this.#values, fields.indexOf(field), BigInt(value));
  }
}
