import { type Columns, Kind, Quality } from '@sluis/protocol';

const bits = new DataView(new ArrayBuffer(8));
/** Keeps fingerprints away from doubles that anybody measures: they are negative and near 2^-900. */
const SCALE = -(2 ** -900);

/** A double that stands for the content of a row: the value of a good double, 53 bits of a hash of anything else. */
export function contentOf(rows: Columns, row: number): number {
  const kind = rows.kind ? rows.kind[row] : Kind.double;
  const quality = rows.quality[row];
  if (kind === Kind.double && quality === Quality.good) return rows.value[row];
  const seed = kind * 4 + quality;
  if (kind === Kind.text) return SCALE * hashText(rows.texts?.[rows.text?.[row] ?? 0] ?? '', seed);
  if (kind === Kind.int64 || kind === Kind.uint64) bits.setBigInt64(0, rows.integer?.[row] ?? 0n);
  else bits.setFloat64(0, rows.value[row]);
  return SCALE * finish(mix(seed ^ 0xdeadbeef, bits.getUint32(0)), mix(seed ^ 0x41c6ce57, bits.getUint32(4)));
}

/** Two lanes of 32 bits over the UTF-16 code units: enough that a correction is taken for a repeat once in 2^53. */
function hashText(text: string, seed: number): number {
  let a = seed ^ 0xdeadbeef;
  let b = seed ^ 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
  }
  return finish(mix(a, b), mix(b, a));
}

/** The finalizer of MurmurHash3 over both words. */
function mix(word: number, other: number): number {
  let h = word ^ Math.imul(other ^ (other >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function finish(a: number, b: number): number {
  const high = mix(a, b) & 0x1fffff;
  return high * 2 ** 32 + (mix(b, a) >>> 0) + 1;
}
