import type { DataChange } from './disk-event.ts';
import { Random } from '../e2e/random.ts';

/** What of a file's pending changes has reached the disk. */
export interface FileCut {
  /** Bytes that reach the disk together: 512, a sector, or a multiple of it. */
  readonly grain: number;
  /** The size is as of so many pending changes. */
  readonly size: number;
  /** A grain holds what the first so many pending changes wrote into it... */
  readonly landed: number;
  /** ...but for these, by their place in the file. */
  readonly except: ReadonlyMap<number, number>;
  /** Where a pending write did not land, it left these numbers instead of what was there. */
  readonly garbage?: number;
}

interface FileChanges {
  readonly durable: readonly DataChange[];
  readonly pending: readonly DataChange[];
}

/** What the file holds; with no cut, all that is pending has landed. */
export function contentOf({ durable, pending }: FileChanges, cut?: FileCut): Uint8Array {
  const content = new Content();
  for (const change of durable) content.apply(change);
  let size = content.size;
  for (const [i, change] of pending.entries()) {
    if (!cut) {
      content.apply(change);
    } else if (change.kind === 'write') {
      if (i < cut.size) size = Math.max(size, change.offset + change.bytes.length);
      applyPart(content, change, i, cut);
    } else if (i < cut.size) {
      size = change.size;
      content.apply(change);
    }
  }
  if (cut) content.resize(size);
  return content.bytes;
}

/** Grains that pending changes write to, of `grain` bytes, by their place in the file. */
export function grainsOf(pending: readonly DataChange[], grain: number): number[] {
  const grains = new Set<number>();
  for (const change of pending) {
    if (change.kind !== 'write') continue;
    for (const { place } of parts(change, grain)) grains.add(place);
  }
  return [...grains];
}

function applyPart(content: Content, change: DataChange & { kind: 'write' }, index: number, cut: FileCut): void {
  for (const { place, from, to } of parts(change, cut.grain)) {
    const bytes = change.bytes.subarray(from - change.offset, to - change.offset);
    if (index < (cut.except.get(place) ?? cut.landed)) content.write(from, bytes);
    else if (cut.garbage !== undefined) content.write(from, noise(bytes.length, cut.garbage + from));
  }
}

function* parts({ offset, bytes }: DataChange & { kind: 'write' }, grain: number) {
  const end = offset + bytes.length;
  for (let from = offset; from < end;) {
    const place = Math.floor(from / grain);
    const to = Math.min(end, (place + 1) * grain);
    yield { place, from, to };
    from = to;
  }
}

function noise(length: number, seed: number): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length }, () => random.whole(0, 256));
}

class Content {
  #bytes = new Uint8Array(0);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  apply(change: DataChange): void {
    if (change.kind === 'write') this.write(change.offset, change.bytes);
    else this.resize(change.size);
  }

  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (end > this.#size) this.resize(end);
    this.#bytes.set(bytes, offset);
  }

  resize(size: number): void {
    if (size > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(size, 2 * this.#bytes.length));
      larger.set(this.bytes);
      this.#bytes = larger;
    }
    // What is cut off comes back as zeros.
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }
}
