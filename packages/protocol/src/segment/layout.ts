/*
 * What encoder and decoder agree on, next to docs/segment-format.md, which is the reference.
 */

export const SEGMENT_VERSION = 1;

export const MAX_SEGMENT_SAMPLES = 65_536;

/** What a decoder accepts at most, checked before it allocates; an encoder writes no more. */
export const limits = {
  samples: MAX_SEGMENT_SAMPLES,
  textBytes: 1 << 20,
  textBytesOfSegment: 1 << 24,
  contexts: 16,
  /** Extra bits of all tokens: at most 8 tokens a sample of at most 51 bits. */
  extraBytesOfSample: 64,
} as const;

/** Runs shorter than this are pooled: their parameters are chosen together. */
export const SHORT_RUN = 8;

/** How a stream of bytes is stored. */
export const Storage = { zeros: 0, constant: 1, plain: 2, zstd: 3 } as const;

/** How a block predicts times. */
export const TimeMode = { delta: 0, deltaOfDelta: 1, same: 2, absolute: 3 } as const;

/** How a block holds values: decimals 0 to 15, plus 16 for second differences; or as 64 bits. */
export const ValueMode = { secondOrder: 16, bits: 32 } as const;
export const MAX_DECIMALS = 15;

/** Exact doubles: 10^0 to 10^15. */
export const powersOfTen = Float64Array.from({ length: MAX_DECIMALS + 1 }, (_, k) => Number(`1e${k}`));

/** Integers of streams lie within ± this, so that differences of two and their zigzag are exact doubles. */
export const MAX_INTEGER = 2 ** 51;

/** Times of `absolute` blocks are split here into two tokens. */
export const TIME_SPLIT = 2 ** 26;

/** Units of time of a segment in µs. */
export const timeUnits = [1, 1_000, 1_000_000] as const;

/** Tokens below this are the number itself. */
export const DIRECT_TOKENS = 128;
/** Numbers from 2^7 to 2^53: two tokens for each power of two. */
export const TOKENS = DIRECT_TOKENS + 2 * (53 - 7);
