import type { Histogram } from '@sluis/plugin-sdk';

/**
 * A sketch of a distribution: how many values fall into each of 64 equal parts of each power of two, apart by sign. It is that
 * of Masson, Rim and Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error Guarantees" (PVLDB 12,
 * 2019), with their logarithm interpolated linearly between powers of two: the bin of a value is then the beginning of the
 * double that it is, so that it costs no logarithm and is the same on every machine. Counts of bins add up: sketches merge, and a
 * value can be taken back.
 *
 * The value given for a quantile is off by at most one part in 129 (0.78 %) of the true one, which is that of SQL's
 * `percentile_disc`: the least value that is not exceeded by at least this share of the values. What is closer to 0 than
 * 2.3e-308 counts as 0.
 */

/** Parts of a power of two, and how far to shift the upper half of a double to have its exponent and the part it is in. */
const PARTS = 64;
const SHIFT = 14;
const SIGN = 0x8000_0000;
const INFINITE = 0x7ff * PARTS;
/** The greatest error of what a sketch gives, as a share of the value. */
export const RELATIVE_ERROR = 1 / (2 * PARTS + 1);

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const HIGH_WORD = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

export function binOf(value: number): number {
  double[0] = value;
  const high = words[HIGH_WORD];
  const bin = (high & ~SIGN) >>> SHIFT;
  if (bin < PARTS) return 0;
  return high >= SIGN ? -bin : bin;
}

/** What is as far from the bin's least value as from its greatest, in relation to each. */
export function valueOf(bin: number): number {
  const size = Math.abs(bin);
  if (size < PARTS) return 0;
  if (size >= INFINITE) return bin < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  words[HIGH_WORD] = size << SHIFT;
  words[1 - HIGH_WORD] = 0;
  const part = PARTS + (size % PARTS);
  const value = double[0] * ((2 * part + 2) / (2 * part + 1));
  return bin < 0 ? -value : value;
}

/** The quantile of the values in a histogram; undefined without any. */
export function quantile(histogram: Histogram, share: number): number | undefined {
  const bins = histogram.inOrder();
  const total = bins.reduce((sum, [, count]) => sum + count, 0);
  const rank = Math.max(1, Math.ceil(share * total));
  let passed = 0;
  for (const [bin, count] of bins) {
    passed += count;
    if (passed >= rank) return valueOf(bin);
  }
  return undefined;
}
