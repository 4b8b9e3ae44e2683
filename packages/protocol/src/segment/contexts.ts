import { limits } from './layout.ts';

/** What a stream costs beyond its entropy: zstd's frame, and about as many bits for each distinct token in its table. */
const STREAM_BITS = 20 * 8;
const BITS_PER_DISTINCT = 5;

/** What the block that a change of context begins costs. */
const BITS_PER_SWITCH = 12;

/** Below this many tokens no split pays. */
const FEW_TOKENS = 256;

const CLASSES_PER_OCTAVE = 2;
const CLASSES = 32;

export interface Contexts {
  /** Tokens of each context, in order of units. */
  readonly streams: readonly Uint8Array[];
  /** The context of each unit. */
  readonly ofUnit: Uint8Array;
}

/**
 * Which stream each unit's tokens go to. Noisy and calm series in one stream would share one table of codes, which
 * fits neither: units are sorted by the mean magnitude of their differences into classes, and neighbouring classes are
 * merged while that costs less than a stream of their own. `ends` says where the tokens of each unit end.
 */
export function contextsOf(tokens: Uint8Array, ends: Uint32Array, means: readonly number[]): Contexts {
  const ofUnit = new Uint8Array(ends.length);
  const classes = means.map(classOf);
  if (tokens.length < FEW_TOKENS || classes.every((one) => one === classes[0])) return { streams: [tokens], ofUnit };
  const histograms = new Map<number, Uint32Array>();
  for (let unit = 0; unit < ends.length; unit++) {
    const histogram = entry(histograms, classes[unit]);
    for (let i = unit > 0 ? ends[unit - 1] : 0; i < ends[unit]; i++) histogram[tokens[i]]++;
  }
  const lowest = mergedClasses(histograms, classes);
  const streams = lowest.map(() => new Uint8Array(tokens.length));
  const lengths = lowest.map(() => 0);
  for (let unit = 0; unit < ends.length; unit++) {
    const context = lowest.findLastIndex((from) => from <= classes[unit]);
    const from = unit > 0 ? ends[unit - 1] : 0;
    streams[context].set(tokens.subarray(from, ends[unit]), lengths[context]);
    lengths[context] += ends[unit] - from;
    ofUnit[unit] = context;
  }
  return { streams: streams.map((stream, i) => stream.subarray(0, lengths[i])), ofUnit };
}

/** The lowest class of each context, ascending. */
function mergedClasses(histograms: Map<number, Uint32Array>, classes: readonly number[]): number[] {
  const switches = new Uint32Array(CLASSES * CLASSES);
  for (let i = 1; i < classes.length; i++) switches[classes[i - 1] * CLASSES + classes[i]]++;
  const groups = [...histograms]
    .sort(([a], [b]) => a - b)
    .map(([from, histogram]) => ({ from, to: from + 1, histogram, bits: bitsOf(histogram) }));
  for (;;) {
    let best: { at: number; histogram: Uint32Array; bits: number } | undefined;
    let gain = groups.length > limits.contexts ? -Infinity : 0;
    for (let at = 0; at + 1 < groups.length; at++) {
      const histogram = added(groups[at].histogram, groups[at + 1].histogram);
      const bits = bitsOf(histogram);
      const saved =
        groups[at].bits +
        groups[at + 1].bits -
        bits +
        BITS_PER_SWITCH * switchesBetween(switches, groups[at], groups[at + 1]);
      if (saved > gain) {
        gain = saved;
        best = { at, histogram, bits };
      }
    }
    if (!best) return groups.map(({ from }) => from);
    groups.splice(best.at, 2, {
      from: groups[best.at].from,
      to: groups[best.at + 1].to,
      histogram: best.histogram,
      bits: best.bits,
    });
  }
}

/** How often units of one group of classes follow those of the other. */
function switchesBetween(
  switches: Uint32Array,
  a: { from: number; to: number },
  b: { from: number; to: number },
): number {
  let count = 0;
  for (let i = a.from; i < a.to; i++) {
    for (let j = b.from; j < b.to; j++) count += switches[i * CLASSES + j] + switches[j * CLASSES + i];
  }
  return count;
}

function classOf(mean: number): number {
  return Math.min(CLASSES - 1, Math.floor(Math.log2(mean + 1) * CLASSES_PER_OCTAVE));
}

function entry(histograms: Map<number, Uint32Array>, key: number): Uint32Array {
  let histogram = histograms.get(key);
  if (!histogram) histograms.set(key, (histogram = new Uint32Array(256)));
  return histogram;
}

function added(a: Uint32Array, b: Uint32Array): Uint32Array {
  return a.map((count, token) => count + b[token]);
}

function bitsOf(histogram: Uint32Array): number {
  let total = 0;
  for (const count of histogram) total += count;
  let bits = STREAM_BITS;
  for (const count of histogram) if (count > 0) bits += count * Math.log2(total / count) + BITS_PER_DISTINCT;
  return bits;
}
