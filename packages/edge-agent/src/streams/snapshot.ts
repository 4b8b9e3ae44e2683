import { letGoOf, type StateImage } from '@sluis/plugin-sdk';
import { promisify } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
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
 * image in the structured clone format of V8, which reads its own older versions, compressed with zstd. That they are
 * undamaged and where they belong is the business of whoever stores them.
 */
const MAGIC = Buffer.from('SLST');
const VERSION = 1;
const HEADER_BYTES = 8;
/** State is bounded by the operators; this only keeps a forged file from filling the memory. */
const MAX_IMAGE_BYTES = 2 ** 30;
/** zstd looks back over 128 KiB. Over 2 MiB, as by itself, it makes columns of numbers no shorter, and takes 2 MB more. */
const WINDOW_LOG = 17;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** The image is used up: its memory is given back before more is taken. */
export async function encodeSnapshot(image: HostImage): Promise<Uint8Array> {
  const plain = serialize(image);
  if (image.repeats) letGoOf(image.repeats);
  for (const { operators } of Object.values(image.streams)) operators.forEach(letGoOf);
  const body = await compress(plain, { params: { [constants.ZSTD_c_windowLog]: WINDOW_LOG } });
  const bytes = Buffer.alloc(HEADER_BYTES + body.length);
  MAGIC.copy(bytes);
  bytes[4] = VERSION;
  bytes[5] = REPEATS_VERSION;
  body.copy(bytes, HEADER_BYTES);
  return bytes;
}

/** The image, or undefined if another version wrote it: its state has another meaning. */
export async function decodeSnapshot(bytes: Uint8Array): Promise<HostImage | undefined> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const known = buffer.length > HEADER_BYTES && buffer.subarray(0, 4).equals(MAGIC);
  if (!known || buffer[4] !== VERSION || buffer[5] !== REPEATS_VERSION) return undefined;
  return deserialize(
    await decompress(buffer.subarray(HEADER_BYTES), { maxOutputLength: MAX_IMAGE_BYTES }),
  ) as HostImage;
}
