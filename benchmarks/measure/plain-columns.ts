import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Columns } from '@sluis/protocol';

/** What one does without a format: each column as it lies in memory, through zstd of level 3. */
export function plainColumns({ series, time, value, quality }: Columns): Uint8Array[] {
  return [series, time, value, quality].map((column) =>
    zstdCompressSync(column, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }),
  );
}

/** The bytes of each column. */
export function unplainColumns(frames: readonly Uint8Array[]): Uint8Array[] {
  return frames.map((frame) => zstdDecompressSync(frame));
}
