/** Longest message either side takes. */
export const MAX_MESSAGE_BYTES = 1 << 20;
/** What a message holds beside the bytes of a segment: some numbers, with room. */
const ENVELOPE_BYTES = 4 << 10;
/** Longest segment that a message holds. */
export const MAX_SEGMENT_BYTES = MAX_MESSAGE_BYTES - ENVELOPE_BYTES;
