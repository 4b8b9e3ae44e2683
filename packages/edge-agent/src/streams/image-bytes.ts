import { letGo } from '@sluis/protocol';
import { DefaultDeserializer, DefaultSerializer } from 'node:v8';

/*
 * An image as bytes: u32, little-endian, the length of the head; the head; then the bytes of the image's arrays, one after
 * the other. The head is the image in the structured clone format of V8, which reads its own older versions, where an array
 * is a number for its type and its length in bytes. So the arrays, which are nearly all of it, need no copy to be written.
 */

const LENGTH_BYTES = 4;
const types = [Float64Array, Uint32Array, Int32Array] as const;
type ImageArray = InstanceType<(typeof types)[number]>;

/** What V8 calls back for arrays is not in the types of Node. */
class Head extends DefaultSerializer {
  readonly arrays: ImageArray[] = [];

  _writeHostObject(array: ImageArray): void {
    const type = types.findIndex((one) => array instanceof one);
    if (type < 0) throw new TypeError(`an image has no place for ${Object.prototype.toString.call(array)}`);
    this.arrays.push(array);
    this.writeUint32(type);
    this.writeUint32(array.byteLength);
  }
}

class ImageReader extends DefaultDeserializer {
  readonly #tail: Uint8Array;
  #at = 0;

  constructor(head: Uint8Array, tail: Uint8Array) {
    super(head);
    this.#tail = tail;
  }

  _readHostObject(): ImageArray {
    const Type = types[this.readUint32()];
    const from = this.#at;
    this.#at += this.readUint32();
    if (!Type || this.#at > this.#tail.length) throw new RangeError('an image is shorter than its head says');
    // A copy: alone in its memory, and at the start of it, as a type of more than a byte asks for.
    return new Type(new Uint8Array(this.#tail.subarray(from, this.#at)).buffer);
  }
}

/**
 * The bytes in pieces, each to be done with before the next is asked for: the memory of arrays, which no image shares with the
 * state that it was taken of, is given back.
 */
export function* writeImage(image: unknown): Generator<Uint8Array> {
  const serializer = new Head();
  serializer.writeHeader();
  serializer.writeValue(image);
  const head = serializer.releaseBuffer();
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(head.length);
  yield length;
  yield head;
  for (const array of serializer.arrays) {
    yield new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    letGo(array);
  }
}

/** Throws if they are no image. */
export function readImage(bytes: Buffer): unknown {
  const tail = LENGTH_BYTES + bytes.readUInt32LE(0);
  const reader = new ImageReader(bytes.subarray(LENGTH_BYTES, tail), bytes.subarray(tail));
  reader.readHeader();
  return reader.readValue();
}
