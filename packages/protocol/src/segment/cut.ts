import { type Columns, Kind, sliceRows } from '../batch.ts';
import { canonical, type GroupedColumns, groupBySeries } from './group.ts';
import { MAX_SEGMENT_SAMPLES } from './layout.ts';
import type { RowsMemory } from './rows-memory.ts';

/** Most UTF-8 bytes of the distinct texts of a piece, unless one text alone has more: half a message, with room for rows. */
export const PIECE_TEXT_BYTES = 512 << 10;

/**
 * The rows of all chunks as {@link groupBySeries} orders them, cut where a segment has as many rows as it may, or texts of
 * {@link PIECE_TEXT_BYTES}. Each piece is what its segment decodes to. Pieces may share memory with each other; it is that
 * of {@link groupBySeries}.
 */
export function cutIntoSegments(chunks: readonly Columns[], memory?: RowsMemory): GroupedColumns[] {
  const rows = groupBySeries(chunks, memory);
  const ends = pieceEnds(rows);
  if (ends.length <= 1) return ends.length === 0 ? [] : [rows];
  return ends.map((end, i) => canonical(sliceRows(rows, ends[i - 1] ?? 0, end)));
}

function pieceEnds(rows: Columns): number[] {
  const { length, kind, text, texts } = rows;
  const ends: number[] = [];
  if (!kind || !text || !texts) {
    for (let end = 0; end < length;) ends.push((end = Math.min(end + MAX_SEGMENT_SAMPLES, length)));
    return ends;
  }
  const sizes = texts.map((one) => Buffer.byteLength(one));
  /** The row after that with a text's latest use. */
  const usedBefore = new Uint32Array(texts.length);
  let from = 0;
  let bytes = 0;
  for (let i = 0; i < length; i++) {
    const index = kind[i] === Kind.text ? text[i] : undefined;
    let more = index === undefined || usedBefore[index] > from ? 0 : sizes[index];
    if (i > from && (i - from === MAX_SEGMENT_SAMPLES || bytes + more > PIECE_TEXT_BYTES)) {
      ends.push(i);
      from = i;
      bytes = 0;
      more = index === undefined ? 0 : sizes[index];
    }
    bytes += more;
    if (index !== undefined) usedBefore[index] = i + 1;
  }
  if (length > 0) ends.push(length);
  return ends;
}
