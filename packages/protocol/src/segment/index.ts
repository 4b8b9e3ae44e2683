export { closedByCrc, crc32c, isClosedBy } from './crc32c.ts';
export { cutIntoSegments } from './cut.ts';
export { decodeSegment } from './decode.ts';
export { type EncodedSegment, encodeGrouped, encodeSegment, encodeWithin } from './encode.ts';
export { SegmentError, type SegmentFault } from './error.ts';
export { groupBySeries } from './group.ts';
export { Lately } from './lately.ts';
export { MAX_SEGMENT_SAMPLES } from './layout.ts';
export { RowsMemory } from './rows-memory.ts';
