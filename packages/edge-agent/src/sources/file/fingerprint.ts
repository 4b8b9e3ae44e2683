import { crc32c } from '@sluis/protocol';

/** Bytes at the beginning and before the place that was reached. */
const SHARE_BYTES = 1024;

/**
 * The first bytes of a file and those before the place that a reader has reached: by them it is told whether a file is still
 * the one that was read, or another under the same name or number.
 */
export class Fingerprint {
  #head: Buffer = Buffer.alloc(0);
  #tail: Buffer = Buffer.alloc(0);
  #offset = 0;

  get offset(): number {
    return this.#offset;
  }

  get crc(): number {
    return crc32c(Buffer.concat([this.#head, this.#tail]));
  }

  /** The reader has read on by these bytes. */
  advance(bytes: Buffer): void {
    const lacking = SHARE_BYTES - this.#head.length;
    if (lacking > 0) this.#head = Buffer.concat([this.#head, bytes.subarray(0, lacking)]);
    this.#tail = Buffer.concat([this.#tail, bytes.subarray(-SHARE_BYTES)]);
    this.#tail = Buffer.from(this.#tail.subarray(-SHARE_BYTES));
    this.#offset += bytes.length;
  }

  /** That of a file read up to `offset`, undefined if the file is shorter. */
  static async of(read: ReadAt, offset: number): Promise<Fingerprint | undefined> {
    const share = Math.min(SHARE_BYTES, offset);
    const [head, tail] = [await read(0, share), await read(offset - share, share)];
    if (head.length < share || tail.length < share) return undefined;
    const print = new Fingerprint();
    print.#head = head;
    print.#tail = tail;
    print.#offset = offset;
    return print;
  }
}

/** Reads up to `length` bytes at a place of a file, fewer only at its end. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;
