import type { StateImage } from '@sluis/plugin-sdk';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { constants, createZstdCompress, type ZstdCompress, zstdDecompress } from 'node:zlib';
import { readImage, writeImage } from './image-bytes.ts';
import { REPEATS_VERSION } from './repeats.ts';
import type { StreamImage } from './stream.ts';

/** State after one journal entry. */
export interface HostImage {
  /** What is in front of the streams; absent where a stream has just begun: it is then as without that stream. */
  readonly repeats?: StateImage;
  readonly streams: Readonly<Record<string, StreamImage>>;
}

/*
 * The bytes: 'SLST', a version of this form, the version of the state in front of the streams, two bytes of 0, then the
 * image (`writeImage`), compressed with zstd. That they are undamaged and where they belong is the business of whoever
 * stores them.
 */
const MAGIC = Buffer.from('SLST');
const VERSION = 2;
const HEADER_BYTES = 8;
/** State is bounded by the operators; this only keeps a forged file from filling the memory. */
const MAX_IMAGE_BYTES = 2 ** 30;
/** zstd looks back over 128 KiB. Over 2 MiB, as by itself, it makes columns of numbers no shorter, and takes 2 MB more. */
const WINDOW_LOG = 17;

const decompress = promisify(zstdDecompress);

/** The image is used up, piece by piece as it is compressed: no second copy of it is made. */
export async function encodeSnapshot(image: HostImage): Promise<Uint8Array> {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header[4] = VERSION;
  header[5] = REPEATS_VERSION;
  const bytes: Uint8Array[] = [header];
  const zstd = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: WINDOW_LOG } });
  zstd.on('data', (piece: Uint8Array) => bytes.push(piece));
  const ended = once(zstd, 'end');
  await Promise.all([ended, compressAll(zstd, writeImage(image))]);
  return Buffer.concat(bytes);
}

async function compressAll(zstd: ZstdCompress, pieces: Iterable<Uint8Array>): Promise<void> {
  for (const piece of pieces) {
    await new Promise<void>((resolve, reject) => {
      zstd.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }
  zstd.end();
}

/** The image, or undefined if another version wrote it: its state has another meaning. */
export async function decodeSnapshot(bytes: Uint8Array): Promise<HostImage | undefined> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const known = buffer.length > HEADER_BYTES && buffer.subarray(0, 4).equals(MAGIC);
  if (!known || buffer[4] !== VERSION || buffer[5] !== REPEATS_VERSION) return undefined;
  const plain = await decompress(buffer.subarray(HEADER_BYTES), { maxOutputLength: MAX_IMAGE_BYTES });
  return readImage(plain) as HostImage;
}
