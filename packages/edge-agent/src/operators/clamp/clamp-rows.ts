import { Kind, Quality, type SampleBatch } from '@sluis/plugin-sdk';
import { ABOVE, BELOW } from './outside-of.ts';

/** The batch with the rows outside set to the bound that they are beyond. */
export function clampRows(
  batch: SampleBatch,
  side: Int8Array,
  { min, max }: { readonly min: number; readonly max: number },
): SampleBatch {
  const value = batch.value.slice();
  const quality = batch.quality.slice();
  const kind = batch.kind?.slice();
  const integer = batch.integer?.slice();
  for (let row = 0; row < batch.length; row++) {
    if (side[row] !== BELOW && side[row] !== ABOVE) continue;
    const bound = side[row] === BELOW ? min : max;
    value[row] = bound;
    if (quality[row] === Quality.good) quality[row] = Quality.uncertain;
    if (!kind || kind[row] === Kind.double) continue;
    const isOfKind = isInteger(bound, kind[row]);
    if (integer) integer[row] = isOfKind ? BigInt.asIntN(64, BigInt(bound)) : 0n;
    if (!isOfKind) kind[row] = Kind.double;
  }
  return { ...batch, value, quality, ...(kind && { kind }), ...(integer && { integer }) };
}

function isInteger(bound: number, kind: number): boolean {
  if (!Number.isInteger(bound)) return false;
  return kind === Kind.uint64 ? bound >= 0 && bound < 2 ** 64 : bound >= -(2 ** 63) && bound < 2 ** 63;
}
