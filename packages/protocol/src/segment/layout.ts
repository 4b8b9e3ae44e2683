/*
 * What encoder and decoder agree on, next to docs/segment-format.md, which is the reference.
 */

export const SEGMENT_VERSION = 1;

/** Most rows of a segment. */
export const MAX_SEGMENT_SAMPLES = 65_536;

/** What a decoder accepts at most, checked before it allocates; an encoder writes no more. */
export const limits = {
  samples: MAX_SEGMENT_SAMPLES,
  /** UTF-8 bytes of one text, and of all. */
  textBytes: 1 << 20,
  textBytesOfSegment: 1 << 24,
  contexts: 16,
  /** Extra bits: at most 8 tokens a sample of at most 51 bits. */
  extraBytesOfSample: 64,
} as const;

/** How a stream of bytes is stored. */
export const Storage = { zeros: 0, constant: 1, plain: 2, zstd: 3 } as const;

/** Which columns follow, in the flags byte; its lowest two bits are an index into `timeUnits`. */
export const Flags = { unit: 3, kinds: 4, revisions: 8, known: 15 } as const;

/** Units of time of a segment in µs. */
export const timeUnits = [1, 1_000, 1_000_000] as const;

/** How a block predicts times. */
export const TimeMode = { delta: 0, deltaOfDelta: 1, same: 2, absolute: 3 } as const;

/** Times of `absolute` blocks are split here into two tokens. */
export const TIME_SPLIT = 2 ** 26;

/**
 * How a block makes whole numbers of doubles: up to `maxDecimals` decimals; as many, rounded to a single (from
 * `singleDecimals` on); the ordered bits of a single; or not at all, but 64 bits.
 */
export const Form = { decimals: 0, maxDecimals: 15, singleDecimals: 16, singleBits: 32, bits: 33 } as const;

/** Exact doubles: 10^0 to 10^15. */
export const powersOfTen = Float64Array.from({ length: Form.maxDecimals + 1 }, (_, k) => Number(`1e${k}`));

/** Whole numbers of streams lie within ± this, so that differences of two and their zigzag are exact doubles. */
export const MAX_INTEGER = 2 ** 51;

/** Tokens below this are the number itself. */
export const DIRECT_TOKENS = 128;
/** Numbers from 2^7 to below 2^53: two tokens for each power of two. */
export const TOKENS = DIRECT_TOKENS + 2 * (53 - 7);
