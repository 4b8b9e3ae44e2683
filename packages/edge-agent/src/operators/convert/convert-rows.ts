import { bySeries, Kind, Quality, type SampleBatch } from '@sluis/plugin-sdk';
import type { Conversion } from './conversion.ts';

/** The batch with the values of some series converted, as `conversionOf` says of each run of rows; the very batch if of none. */
export function convertRows(
  batch: SampleBatch,
  conversionOf: (series: number, rows: number) => Conversion | undefined,
): SampleBatch {
  const { value: from, quality, kind, integer } = batch;
  let value: Float64Array | undefined;
  let kinds: Uint8Array | undefined;
  let integers: BigInt64Array | undefined;
  let qualities: Uint8Array | undefined;

  bySeries(batch, (series, start, end) => {
    const conversion = conversionOf(series, end - start);
    if (!conversion) return;
    value ??= from.slice();
    if (conversion.kind === 'line') {
      const { before, factor, divisor, after } = conversion;
      // Divided only where that is what is exact: it takes several times as long as the rest.
      if (divisor === 1) for (let row = start; row < end; row++) value[row] = (from[row] + before) * factor + after;
      else for (let row = start; row < end; row++) value[row] = (from[row] + before) / divisor + after;
    } else {
      for (let row = start; row < end; row++) {
        if (kind && kind[row] === Kind.text) continue;
        const converted = conversion.convert(from[row]);
        value[row] = converted;
        if (Number.isFinite(converted) || !Number.isFinite(from[row])) continue;
        qualities ??= quality.slice();
        qualities[row] = Quality.bad;
      }
    }
    if (!kind) return;
    kinds ??= kind.slice();
    integers ??= integer?.slice();
    for (let row = start; row < end; row++) {
      if (kind[row] === Kind.text) continue;
      kinds[row] = Kind.double;
      if (integers) integers[row] = 0n;
    }
  });
  if (!value) return batch;
  return {
    ...batch,
    value,
    ...(qualities && { quality: qualities }),
    ...(kinds && { kind: kinds }),
    ...(integers && { integer: integers }),
  };
}
