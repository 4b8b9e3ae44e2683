import type { FileHandle } from 'node:fs/promises';

/** Bytes that are read at once; for a longer record, as many as it may have. */
const PART_BYTES = 256 << 10;

/** Bytes of a part, and a line feed that may be added. Shared by the files of a source, which are read one after the other. */
export class PartBuffer {
  readonly partBytes: number;
  #bytes: Buffer;

  constructor(partBytes = PART_BYTES) {
    this.partBytes = partBytes;
    this.#bytes = Buffer.allocUnsafe(partBytes + 1);
  }

  of(length: number): Buffer {
    if (this.#bytes.length < length + 1) this.#bytes = Buffer.allocUnsafe(length + 1);
    return this.#bytes;
  }
}

export async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, await readInto(handle, buffer, position, length));
}

/** Reads until there is nothing more: a read may give less than was asked for. */
export async function readInto(handle: FileHandle, buffer: Buffer, position: number, length: number): Promise<number> {
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}
