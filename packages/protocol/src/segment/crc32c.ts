/** The Castagnoli polynomial with its bits reversed. */
const POLYNOMIAL = 0x82f63b78;
/** Bytes taken per step: one table each ("slicing-by-8", Kounavis and Berry 2005). */
const SLICES = 8;

const table = new Int32Array(256 * SLICES);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  table[byte] = crc;
}
for (let i = 256; i < table.length; i++) table[i] = (table[i - 256] >>> 8) ^ table[table[i - 256] & 255];

/** CRC-32C (RFC 3720, section 12.1) of `bytes`, as an unsigned number. `seed` is the CRC of the bytes before them. */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  let crc = ~seed;
  let i = 0;
  for (const end = bytes.length - SLICES; i <= end; i += SLICES) {
    crc ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    crc =
      table[1792 + (crc & 255)] ^
      table[1536 + ((crc >>> 8) & 255)] ^
      table[1280 + ((crc >>> 16) & 255)] ^
      table[1024 + (crc >>> 24)] ^
      table[768 + bytes[i + 4]] ^
      table[512 + bytes[i + 5]] ^
      table[256 + bytes[i + 6]] ^
      table[bytes[i + 7]];
  }
  for (; i < bytes.length; i++) crc = table[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const CRC_BYTES = 4;

/** True if `bytes` end with the CRC-32C of all that is before it, and that is `crc`: a whole, undamaged segment. */
export function isClosedBy(bytes: Uint8Array, crc: number): boolean {
  const end = bytes.length - CRC_BYTES;
  if (end < 0) return false;
  const closing = new DataView(bytes.buffer, bytes.byteOffset + end, CRC_BYTES).getUint32(0, true);
  return closing === crc && crc32c(bytes.subarray(0, end)) === crc;
}

/** `body` followed by its CRC-32C, as a segment ends. */
export function closedByCrc(body: Uint8Array): { bytes: Uint8Array; crc: number } {
  const bytes = new Uint8Array(body.length + CRC_BYTES);
  const crc = crc32c(body);
  bytes.set(body);
  new DataView(bytes.buffer).setUint32(body.length, crc, true);
  return { bytes, crc };
}
