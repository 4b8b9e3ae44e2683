import {
  type Columns,
  decodeSegment,
  encodeGrouped,
  groupBySeries,
  MAX_SEGMENT_BYTES,
  type Range,
  SegmentError,
} from '@sluis/protocol';
import type { StoredSegment } from '../log/log.ts';

/** Segments up to this length are joined: a longer one has little to gain. */
const SMALL_BYTES = 32 << 10;
/** Joining takes main 4 ms for so many, four times as long on a slow machine; twice as many would save 3 % of the bytes. */
const MAX_JOINED_SAMPLES = 4_096;

/** What one message holds: a segment, or several of adjacent sequences in one. */
export interface OutgoingSegment {
  readonly sequences: Range;
  readonly samples: number;
  readonly crc: number;
  /** Of the segment of the last sequence by itself. */
  readonly lastCrc: number;
  readonly bytes: Uint8Array;
  readonly seriesBound: number;
}

/** How many segments from the first on may be sent as one: adjacent, small, and together within the bounds. */
export function joinable(segments: readonly StoredSegment[], maxBytes: number): number {
  let count = 0;
  let bytes = 0;
  let samples = 0;
  for (const segment of segments) {
    bytes += segment.bytes.byteLength;
    samples += segment.samples;
    const adjacent = count === 0 || segment.sequence === segments[count - 1].sequence + 1;
    if (!adjacent || segment.bytes.byteLength > SMALL_BYTES || bytes > maxBytes || samples > MAX_JOINED_SAMPLES) break;
    count++;
  }
  return Math.max(count, Math.min(1, segments.length));
}

/**
 * Segments of adjacent sequences as one: rows of a series stay in the order of the log, so that of two with one identity
 * the later still wins. Undefined if one cannot be read, or all would not fit into a message: the hub is to see each.
 */
export function joinSegments(segments: readonly StoredSegment[]): OutgoingSegment | undefined {
  const [first] = segments;
  const last = segments[segments.length - 1];
  const sequences = { from: first.sequence, to: last.sequence + 1 };
  const seriesBound = segments.reduce((bound, segment) => Math.max(bound, segment.seriesBound), 0);
  if (segments.length === 1) return { ...first, sequences, lastCrc: first.crc, seriesBound };
  const parts = decoded(segments);
  if (!parts) return undefined;
  const { bytes, crc, samples } = encodeGrouped(groupBySeries(parts), { effort: 'tight' });
  if (bytes.byteLength > MAX_SEGMENT_BYTES) return undefined;
  return { sequences, samples, crc, lastCrc: last.crc, bytes, seriesBound };
}

function decoded(segments: readonly StoredSegment[]): Columns[] | undefined {
  try {
    return segments.map(({ bytes }) => decodeSegment(bytes));
  } catch (error) {
    if (error instanceof SegmentError) return undefined;
    throw error;
  }
}
