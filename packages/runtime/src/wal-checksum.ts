/*
 * The checksum of SQLite's WAL: two sums modulo 2^32 over pairs of words (little-endian here), each of which takes in the
 * other. What is added to one word comes to so many times it in both sums, and how many that is depends on the word's
 * place alone: so a wrong sum tells which single bits could have made it wrong. High bits leave few bits of that in the
 * sums: several places look alike then.
 *
 * https://sqlite.org/fileformat2.html#checksum_algorithm
 */

/** Two unsigned words. */
export type Pair = readonly [number, number];

export interface Flip {
  /** Of the byte within its block. */
  readonly at: number;
  readonly mask: number;
}

const WORD_BYTES = 4;
const WORD_BITS = 32;

/** Of parts of a block, in this order, after what was summed before. Parts are whole pairs of words. */
export function sumOf(block: Uint8Array, parts: readonly Pair[], seed: Pair): Pair {
  let [first, second] = seed;
  for (const part of parts) {
    const words = wordsOf(block, part);
    for (let i = 0; i < words.length; i += 2) {
      first = (first + words[i] + second) >>> 0;
      second = (second + words[i + 1] + first) >>> 0;
    }
  }
  return [first, second];
}

/** Single bits of the parts that, flipped, make the sum what is stored. */
export function flips(
  block: Uint8Array,
  { covered, seed, stored }: { covered: readonly Pair[]; seed: Pair; stored: Pair },
): Flip[] {
  const sum = sumOf(block, covered, seed);
  const [first, second] = [(stored[0] - sum[0]) | 0, (stored[1] - sum[1]) | 0];
  const found: Flip[] = [];
  /** How many times what is added to the first and to the second word of a pair is in the two sums: of the last pair. */
  let [even, odd]: [Pair, Pair] = [
    [1, 1],
    [0, 1],
  ];
  for (const part of covered.toReversed()) {
    const words = wordsOf(block, part);
    for (let i = words.length - 2; i >= 0; i -= 2) {
      for (const [word, times] of [
        [i, even],
        [i + 1, odd],
      ] as const) {
        for (let bit = 0; bit < WORD_BITS; bit++) {
          // A bit that should be set lacks its value in the sum; one that should not has it too much.
          const lacks = (words[word] >>> bit) & 1 ? -(1 << bit) : 1 << bit;
          if (Math.imul(lacks, times[0]) !== first || Math.imul(lacks, times[1]) !== second) continue;
          found.push({ at: part[0] + word * WORD_BYTES + (bit >>> 3), mask: 1 << (bit & 7) });
        }
      }
      [even, odd] = [through(even), through(odd)];
    }
  }
  return found;
}

export function sameWords(some: Pair, others: Pair): boolean {
  return some[0] === others[0] && some[1] === others[1];
}

/** After one more pair of words. */
function through([first, second]: Pair): Pair {
  return [(first + second) | 0, (first + 2 * second) | 0];
}

function wordsOf(block: Uint8Array, [from, to]: Pair): Uint32Array {
  return new Uint32Array(block.buffer, block.byteOffset + from, (to - from) / WORD_BYTES);
}
