import { BatchBuilder } from '../src/batch-builder.ts';
import { type Columns, Kind, kindNames, qualityNames } from '../src/batch.ts';

/** A row in an exact textual form: series, time, kind, value, quality, revision. */
export type TextRow = [number, string, (typeof kindNames)[number], string, (typeof qualityNames)[number], number];

const bits = new DataView(new ArrayBuffer(8));

/** Doubles as the 16 hex digits of their bits, integers in decimal, booleans and texts as they are. */
export function textRows(columns: Columns): TextRow[] {
  return Array.from({ length: columns.length }, (_, i) => [
    columns.series[i],
    BigInt(columns.time[i]).toString(),
    kindNames[columns.kind?.[i] ?? Kind.double],
    textValue(columns, i),
    qualityNames[columns.quality[i]],
    columns.revision?.[i] ?? 0,
  ]);
}

function textValue({ kind, value, integer, text, texts }: Columns, i: number): string {
  switch (kind?.[i] ?? Kind.double) {
    case Kind.boolean:
      return String(value[i] === 1);
    case Kind.int64:
      return String(integer?.[i]);
    case Kind.uint64:
      return String(BigInt.asUintN(64, integer?.[i] ?? 0n));
    case Kind.text:
      return texts?.[text?.[i] ?? -1] ?? 'missing';
    default:
      bits.setFloat64(0, value[i]);
      return bits.getBigUint64(0).toString(16).padStart(16, '0');
  }
}

export function columnsOf(rows: readonly TextRow[]): Columns {
  const builder = new BatchBuilder();
  const revision = new Uint16Array(rows.length);
  rows.forEach(([series, time, kind, value, quality, number], i) => {
    const t = Number(time);
    const q = qualityNames.indexOf(quality) as 0 | 1 | 2;
    revision[i] = number;
    if (kind === 'boolean') builder.boolean(series, t, value === 'true', q);
    else if (kind === 'text') builder.text(series, t, value, q);
    else if (kind === 'double') builder.double(series, t, doubleOf(value), q);
    else builder.integer(series, t, BigInt(value), Kind[kind], q);
  });
  return { ...builder.take(), revision };
}

/** The double with these 16 hex digits. */
export function doubleOf(hex: string): number {
  bits.setBigUint64(0, BigInt(`0x${hex}`));
  return bits.getFloat64(0);
}

function hex(array: ArrayBufferView): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex');
}

/** Columns so that equality means equality of every bit, in every column that is there. */
export function exactly(columns: Columns) {
  return {
    length: columns.length,
    series: hex(columns.series),
    time: hex(columns.time),
    value: hex(columns.value),
    quality: hex(columns.quality),
    kind: columns.kind && hex(columns.kind),
    integer: columns.integer && hex(columns.integer),
    text: columns.text && hex(columns.text),
    texts: columns.texts,
    revision: columns.revision && hex(columns.revision),
  };
}
