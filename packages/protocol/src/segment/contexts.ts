import type { Units } from './block.ts';
import { limits } from './layout.ts';
import type { Scratch } from './scratch.ts';

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
export function contextsOf(tokens: Uint8Array, ends: Uint32Array, { length, mean }: Units, memory: Scratch): Contexts {
  const ofUnit = memory.bytes(length).fill(0);
  const classes = memory.bytes(length);
  for (let unit = 0; unit < length; unit++) classes[unit] = classOf(mean[unit]);
  if (tokens.length < FEW_TOKENS || classes.every((one) => one === classes[0])) return { streams: [tokens], ofUnit };
  const lowest = mergedClasses(histogramsOf(tokens, ends, classes), classes);
  if (lowest.length === 1) return { streams: [tokens], ofUnit };
  for (let unit = 0; unit < classes.length; unit++) {
    ofUnit[unit] = lowest.findLastIndex((from) => from <= classes[unit]);
  }
  return {
    streams: lowest.map((_, context) => tokensOf({ tokens, ends, ofUnit, context }, memory.bytes(tokens.length))),
    ofUnit,
  };
}

/** The tokens of one context, in order of units. */
function tokensOf(
  { tokens, ends, ofUnit, context }: { tokens: Uint8Array; ends: Uint32Array; ofUnit: Uint8Array; context: number },
  stream: Uint8Array,
): Uint8Array {
  let length = 0;
  for (let unit = 0; unit < ends.length; unit++) {
    if (ofUnit[unit] !== context) continue;
    for (let i = unit > 0 ? ends[unit - 1] : 0; i < ends[unit]; i++) stream[length++] = tokens[i];
  }
  return stream.subarray(0, length);
}

/** How often each token occurs in each class: 256 counts a class. */
function histogramsOf(tokens: Uint8Array, ends: Uint32Array, classes: Uint8Array): Uint32Array {
  const histograms = new Uint32Array(CLASSES * 256);
  for (let unit = 0, i = 0; unit < ends.length; unit++) {
    for (const base = classes[unit] * 256; i < ends[unit]; i++) histograms[base + tokens[i]]++;
  }
  return histograms;
}

/** Classes `from` to before `to`. */
interface Group {
  readonly from: number;
  readonly to: number;
  readonly histogram: Uint32Array;
  readonly bits: number;
}

/** The lowest class of each context, ascending. */
function mergedClasses(histograms: Uint32Array, classes: Uint8Array): number[] {
  const switches = new Uint32Array(CLASSES * CLASSES);
  for (let i = 1; i < classes.length; i++) switches[classes[i - 1] * CLASSES + classes[i]]++;
  const groups: Group[] = Array.from({ length: CLASSES }, (_, one) => one)
    .filter((one) => classes.includes(one))
    .map((from) => groupOf(from, from + 1, histograms.subarray(from * 256, (from + 1) * 256)));
  // What joins each with the next: of all of them, a merge changes two.
  const merges: Merge[] = [];
  for (let at = 0; at + 1 < groups.length; at++) merges.push(mergeOf(groups[at], groups[at + 1], switches));
  for (;;) {
    let best = -1;
    let gain = groups.length > limits.contexts ? -Infinity : 0;
    for (let at = 0; at < merges.length; at++) {
      if (merges[at].saved <= gain) continue;
      gain = merges[at].saved;
      best = at;
    }
    if (best < 0) return groups.map(({ from }) => from);
    groups.splice(best, 2, merges[best].group);
    merges.splice(best, 1);
    if (best > 0) merges[best - 1] = mergeOf(groups[best - 1], groups[best], switches);
    if (best < merges.length) merges[best] = mergeOf(groups[best], groups[best + 1], switches);
  }
}

/** Two neighbours as one, and the bits that this saves. */
interface Merge {
  readonly group: Group;
  readonly saved: number;
}

function mergeOf(a: Group, b: Group, switches: Uint32Array): Merge {
  const histogram = a.histogram.slice();
  for (let token = 0; token < histogram.length; token++) histogram[token] += b.histogram[token];
  const group = groupOf(a.from, b.to, histogram);
  return { group, saved: a.bits + b.bits - group.bits + BITS_PER_SWITCH * switchesBetween(switches, a, b) };
}

function groupOf(from: number, to: number, histogram: Uint32Array): Group {
  return { from, to, histogram, bits: bitsOf(histogram) };
}

/** How often units of one group of classes follow those of the other. */
function switchesBetween(switches: Uint32Array, a: Group, b: Group): number {
  let count = 0;
  for (let i = a.from; i < a.to; i++) {
    for (let j = b.from; j < b.to; j++) count += switches[i * CLASSES + j] + switches[j * CLASSES + i];
  }
  return count;
}

function classOf(mean: number): number {
  return Math.min(CLASSES - 1, Math.floor(Math.log2(mean + 1) * CLASSES_PER_OCTAVE));
}

function bitsOf(histogram: Uint32Array): number {
  let total = 0;
  for (let token = 0; token < histogram.length; token++) total += histogram[token];
  let bits = STREAM_BITS;
  for (let token = 0; token < histogram.length; token++) {
    const count = histogram[token];
    if (count > 0) bits += count * Math.log2(total / count) + BITS_PER_DISTINCT;
  }
  return bits;
}
