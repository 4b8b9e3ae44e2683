import { createReadStream } from 'node:fs';
import { crc32 } from 'node:zlib';

const PIECE_BYTES = 1 << 20;

/** CRC-32 of all bytes of a file. */
export async function fileChecksum(path: string): Promise<number> {
  let checksum = 0;
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES }))
    checksum = crc32(piece as Buffer, checksum);
  return checksum;
}
