import { ArchiveError } from './archive-error.ts';

/*
 * The part of POSIX ustar that an archive needs: regular files with short names. What depends on when, where and by whom a file
 * was made is the same in all: time 0, owner 0, mode 644.
 */

const BLOCK = 512;
const MODE = 0o644;

/** Where a header has what, and how long that is. */
const fields = {
  name: [0, 100],
  mode: [100, 8],
  owner: [108, 8],
  group: [116, 8],
  size: [124, 12],
  time: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
} as const;

export interface TarFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The files in their order. */
export function writeTar(files: readonly TarFile[]): Uint8Array {
  const parts = files.flatMap(({ name, bytes }) => [
    headerOf(name, bytes.length),
    bytes,
    Buffer.alloc(padding(bytes.length)),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/** The files in their order. Throws an {@link ArchiveError} for all that {@link writeTar} does not write. */
export function readTar(tar: Uint8Array): TarFile[] {
  const files: TarFile[] = [];
  let at = 0;
  for (;;) {
    const header = Buffer.from(tar.subarray(at, at + BLOCK));
    if (header.length < BLOCK) throw new ArchiveError('it is cut off');
    if (isZero(header)) break;
    const name = textOf(header, 'name');
    const size = Number.parseInt(textOf(header, 'size'), 8);
    // There is one way to write a header: nothing else needs a check.
    if (!(size >= 0) || !header.equals(headerOf(name, size)))
      throw new ArchiveError(`the entry at byte ${at} is none that sluis-plugin writes`);
    at += BLOCK;
    const bytes = tar.subarray(at, at + size);
    if (bytes.length < size) throw new ArchiveError(`${name} is cut off`);
    files.push({ name, bytes });
    at += size + padding(size);
  }
  if (tar.length !== at + 2 * BLOCK || !isZero(tar.subarray(at)))
    throw new ArchiveError('it does not end where it should');
  return files;
}

function headerOf(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const put = (field: keyof typeof fields, text: string): void => {
    header.write(text, fields[field][0], fields[field][1], 'latin1');
  };
  const octal = (value: number, field: keyof typeof fields): string =>
    value.toString(8).padStart(fields[field][1] - 1, '0');
  put('name', name);
  put('mode', octal(MODE, 'mode'));
  put('owner', octal(0, 'owner'));
  put('group', octal(0, 'group'));
  put('size', octal(size, 'size'));
  put('time', octal(0, 'time'));
  // The sum is taken with spaces where it will be.
  put('checksum', ' '.repeat(fields.checksum[1]));
  put('type', '0');
  put('magic', 'ustar\u000000');
  const sum = header.reduce((sum, byte) => sum + byte, 0);
  put('checksum', `${sum.toString(8).padStart(6, '0')}\0 `);
  return header;
}

function textOf(header: Buffer, field: keyof typeof fields): string {
  const [from, length] = fields[field];
  const text = header.toString('latin1', from, from + length);
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}

function padding(length: number): number {
  return (BLOCK - (length % BLOCK)) % BLOCK;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
