import { DELTA_BLOCK, DELTA_PART } from './encodings.ts';
import { ThriftReader } from './thrift.ts';

/*
 * The other way than encodings.ts, and no more than that: what another program wrote may be encoded otherwise.
 */

const TWO_32 = 2 ** 32;
const LENGTH_BYTES = 4;

/** What follows the definition levels. */
export function afterLevels(page: Uint8Array): Uint8Array {
  const length = new DataView(page.buffer, page.byteOffset).getUint32(0, true);
  return page.subarray(LENGTH_BYTES + length);
}

/** Rows at which the runs of a dictionary's values start: the places count up. */
export function startsOfRuns(page: Uint8Array): number[] {
  const width = page[0] / 8;
  const reader = new ThriftReader(page, 1);
  const starts: number[] = [];
  for (let row = 0; reader.at < page.length; reader.at += width) {
    starts.push(row);
    row += reader.varint() / 2;
  }
  return starts;
}

/** The value of each row, as the dictionary (doubles as bytes) has it at the place of the row. */
export function unpackedPlaces(page: Uint8Array, dictionary: Uint8Array, to: Float64Array): void {
  const values = new Float64Array(dictionary.length / Float64Array.BYTES_PER_ELEMENT);
  copyBytes(dictionary, values);
  const reader = new ThriftReader(page, 1);
  reader.varint();
  for (let row = 0, at = reader.at; row < to.length; row++, at += 2) to[row] = values[page[at] | (page[at + 1] << 8)];
}

/** Values as memory has them, wherever that begins; `to` may be longer. */
export function copyBytes(from: Uint8Array, to: Float64Array | BigUint64Array | BigInt64Array | Uint32Array): void {
  new Uint8Array(to.buffer, to.byteOffset, to.byteLength).set(from);
}

export function fromPlainIntegers(page: Uint8Array, to: Float64Array): void {
  const view = new DataView(page.buffer, page.byteOffset);
  for (let i = 0; i < to.length; i++) to[i] = view.getInt32(8 * i + 4, true) * TWO_32 + view.getUint32(8 * i, true);
}

export function fromDeltaIntegers(page: Uint8Array, to: Float64Array): void {
  const reader = new ThriftReader(page);
  reader.varint();
  const parts = reader.varint();
  const count = reader.varint();
  let number = reader.zigzag();
  to[0] = number;
  for (let start = 1; start < count; start += DELTA_BLOCK) {
    const least = reader.zigzag();
    let at = reader.at + parts;
    for (let part = 0; part < parts; part++) {
      const width = page[reader.at + part] / 8;
      const from = start + part * DELTA_PART;
      const end = Math.min(from + DELTA_PART, count);
      for (let i = from; i < end; i++) {
        let over = 0;
        for (let byte = width - 1; byte >= 0; byte--) over = over * 256 + page[at + byte];
        at += width;
        number += least + over;
        to[i] = number;
      }
      // Of a part that is not full the rest is there, too.
      at += (DELTA_PART - Math.max(0, end - from)) * width;
    }
    reader.at = at;
  }
}

export function fromPlainTexts(page: Uint8Array): string[] {
  const bytes = Buffer.from(page.buffer, page.byteOffset, page.byteLength);
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + LENGTH_BYTES + bytes.readUInt32LE(at);
    texts.push(bytes.toString('utf8', at + LENGTH_BYTES, end));
    at = end;
  }
  return texts;
}
