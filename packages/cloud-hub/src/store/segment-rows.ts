import { type Columns, decodeSegment, laneNames, RowsMemory, SegmentError } from '@sluis/protocol';
import type { AgentSegment, DropReason, Refused } from './ingest-store.ts';
import { MAX_SEQUENCE } from './log-place.ts';

const CHECKSUM_BYTES = 4;

/** Where the rows of a segment are looked at, one segment after the other. */
const memory = new RowsMemory();

/**
 * The rows of a segment, which the next call takes the memory of, or why it cannot be stored: it would be lost to every
 * reader, so its sender must hear of it.
 */
export function rowsOf(segment: AgentSegment, knownSeries: number): Columns | Refused {
  const { lane, from, to, bytes, crc, samples, seriesBound } = segment;
  const which = `segment ${from} to ${to} of the ${laneNames[lane - 1]} lane`;
  if (seriesBound > knownSeries) {
    const message = `${which} uses series up to ${seriesBound - 1}, but the hub knows ${knownSeries}: definitions come first`;
    return { refused: 'undefined-series', message };
  }
  if (to > MAX_SEQUENCE) return { refused: 'malformed', message: `${which} is beyond sequence ${MAX_SEQUENCE}` };
  const columns = decoded(bytes);
  if (columns instanceof SegmentError) {
    const refused = columns.code === 'checksum' || columns.code === 'version' ? columns.code : 'malformed';
    return { refused, message: `${which}: ${columns.message}` };
  }
  if (ownChecksum(bytes) !== crc) {
    return { refused: 'checksum', message: `${which} does not have the checksum it was sent with` };
  }
  if (columns.length !== samples) {
    return { refused: 'malformed', message: `${which} has ${columns.length} samples, not the ${samples} it declares` };
  }
  // Rows are grouped by ascending series: the last has the highest id.
  if (columns.length > 0 && columns.series[columns.length - 1] >= seriesBound) {
    return { refused: 'malformed', message: `${which} uses a series beyond the ${seriesBound} it declares` };
  }
  return columns;
}

/** How many rows are of series that are dropped. Rows are grouped by series. */
export function droppedRows(
  series: Uint32Array,
  dropped: ReadonlyMap<number, DropReason>,
): ReadonlyMap<DropReason, number> {
  const rows = new Map<DropReason, number>();
  if (dropped.size === 0) return rows;
  for (let start = 0, end = 0; start < series.length; start = end) {
    while (end < series.length && series[end] === series[start]) end++;
    const reason = dropped.get(series[start]);
    if (reason) rows.set(reason, (rows.get(reason) ?? 0) + end - start);
  }
  return rows;
}

/** The CRC-32C that ends a segment: of all bytes before it, which decoding has compared. */
function ownChecksum(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(
    bytes.byteLength - CHECKSUM_BYTES,
    true,
  );
}

function decoded(bytes: Uint8Array): Columns | SegmentError {
  try {
    return decodeSegment(bytes, memory);
  } catch (error) {
    if (error instanceof SegmentError) return error;
    throw error;
  }
}
