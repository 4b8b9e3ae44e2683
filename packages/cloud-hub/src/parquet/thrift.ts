/*
 * The part of Thrift's compact protocol that Parquet's footers and page headers are written in
 * (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
 */

/** A value with its type; a struct by the ids of its fields, which go out in ascending order. */
export type Thrift =
  | { readonly i8: number }
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly bool: boolean }
  | { readonly binary: Uint8Array }
  /** Of one type, and not empty. */
  | { readonly list: readonly Thrift[] }
  | { readonly struct: ThriftStruct };
export type ThriftStruct = Readonly<Record<number, Thrift | undefined>>;

/** What is read: whole numbers (exact below 2^53), binaries, lists, and structs by field id. */
export type Read = number | boolean | Uint8Array | Read[] | ReadStruct;
export type ReadStruct = Map<number, Read>;

const Type = { true: 1, false: 2, i8: 3, i16: 4, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;
const LONG_LIST = 15;
const SEVEN_BITS = 128;

export function encodeStruct(struct: ThriftStruct): Uint8Array {
  const bytes: number[] = [];
  writeStruct(bytes, struct);
  return Uint8Array.from(bytes);
}

export function varint(bytes: number[], value: number): void {
  let rest = value;
  for (; rest >= SEVEN_BITS; rest = Math.floor(rest / SEVEN_BITS)) bytes.push((rest % SEVEN_BITS) | SEVEN_BITS);
  bytes.push(rest);
}

/** Of a whole number of fewer than 53 bits. */
export function zigzag(bytes: number[], value: number): void {
  varint(bytes, value < 0 ? -2 * value - 1 : 2 * value);
}

function writeStruct(bytes: number[], struct: ThriftStruct): void {
  let before = 0;
  for (const [key, value] of Object.entries(struct)) {
    if (!value) continue;
    const id = Number(key);
    // Ids of Parquet lie so close together that the short form of a field's header always does.
    bytes.push(((id - before) << 4) | typeOf(value));
    before = id;
    if (!('bool' in value)) writeValue(bytes, value);
  }
  bytes.push(0);
}

function typeOf(value: Thrift): number {
  if ('bool' in value) return value.bool ? Type.true : Type.false;
  if ('i8' in value) return Type.i8;
  if ('i32' in value) return Type.i32;
  if ('i64' in value) return Type.i64;
  if ('binary' in value) return Type.binary;
  return 'list' in value ? Type.list : Type.struct;
}

function writeValue(bytes: number[], value: Exclude<Thrift, { bool: boolean }> | Thrift): void {
  if ('i8' in value) bytes.push(value.i8 & 0xff);
  else if ('i32' in value) zigzag(bytes, value.i32);
  else if ('i64' in value) zigzag(bytes, value.i64);
  else if ('binary' in value) {
    varint(bytes, value.binary.length);
    for (const byte of value.binary) bytes.push(byte);
  } else if ('list' in value) {
    const { length } = value.list;
    bytes.push((Math.min(length, LONG_LIST) << 4) | typeOf(value.list[0]));
    if (length >= LONG_LIST) varint(bytes, length);
    for (const one of value.list) writeValue(bytes, one);
  } else if ('struct' in value) writeStruct(bytes, value.struct);
  else throw new TypeError('a list of booleans is not in use');
}

/** @throws RangeError for what is no struct of these types, or ends within one. */
export class ThriftReader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  struct(): ReadStruct {
    const fields: ReadStruct = new Map();
    for (let id = 0, header = this.#byte(); header !== 0; header = this.#byte()) {
      id = header >> 4 === 0 ? this.zigzag() : id + (header >> 4);
      fields.set(id, this.#value(header & 0x0f));
    }
    return fields;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= SEVEN_BITS) {
      const byte = this.#byte();
      value += (byte % SEVEN_BITS) * scale;
      if (byte < SEVEN_BITS) return value;
    }
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #byte(): number {
    if (this.at >= this.#bytes.length) throw new RangeError('it ends within a struct');
    return this.#bytes[this.at++];
  }

  #value(type: number): Read {
    switch (type) {
      case Type.true:
      case Type.false:
        return type === Type.true;
      case Type.i8:
        return this.#byte();
      case Type.i16:
      case Type.i32:
      case Type.i64:
        return this.zigzag();
      case Type.binary: {
        const length = this.varint();
        if (this.at + length > this.#bytes.length) throw new RangeError('it ends within a binary');
        this.at += length;
        return this.#bytes.subarray(this.at - length, this.at);
      }
      case Type.list: {
        const header = this.#byte();
        const length = header >> 4 === LONG_LIST ? this.varint() : header >> 4;
        return Array.from({ length }, () => this.#value(header & 0x0f));
      }
      case Type.struct:
        return this.struct();
      default:
        throw new RangeError(`type ${type} is not in use`);
    }
  }
}
