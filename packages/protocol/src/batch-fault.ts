import { type Columns, Kind, kindNames, qualityNames, type Watermarks } from './batch.ts';
import { laneNames } from './lane.ts';
import type { SeriesTable } from './series-table.ts';

/*
 * Rows are checked where others' code hands them over. The shapes say all this to compilers; but not every author uses one, and not all of it
 * can be said by types. A fault names the key, what it must be and what it is: `batch.quality: must be a Uint8Array of 3 rows, is missing`.
 */

/** The class of each column, which need not be of this realm. */
const required = Object.entries({
  series: 'Uint32Array',
  time: 'Float64Array',
  value: 'Float64Array',
  quality: 'Uint8Array',
});
const optional = Object.entries({
  kind: 'Uint8Array',
  integer: 'BigInt64Array',
  text: 'Uint32Array',
  revision: 'Uint16Array',
});

/** Characters of a string that a message shows. */
const LONGEST_SHOWN = 40;

type Untold = Readonly<Record<PropertyKey, unknown>>;

/** What is wrong with a batch of an operator, if anything is. Its ids belong to `series`. */
export function faultOfBatch(batch: unknown, series: SeriesTable): string | undefined {
  return (
    faultOfRows(batch, series, 'batch') ?? faultOfLane(batch as Untold) ?? faultOfWatermarks(batch as Untold, series)
  );
}

/** What is wrong with rows, called `name`, if anything is. Their ids belong to `series`. */
export function faultOfRows(rows: unknown, series: SeriesTable, name = 'rows'): string | undefined {
  return faultOfShape(rows, name) ?? faultOfValues(rows as Columns, series, name);
}

function faultOfShape(rows: unknown, name: string): string | undefined {
  if (!isObject(rows)) return `${name}: must be an object of columns, is ${shown(rows)}`;
  const { length, texts } = rows;
  if (!Number.isSafeInteger(length) || (length as number) < 0)
    return `${name}.length: must be the number of rows, is ${shown(length)}`;
  const count = length as number;
  for (const [key, type] of required) {
    if (!isColumn(rows[key], type, count)) return faultOfColumn(`${name}.${key}`, type, count, rows[key]);
  }
  for (const [key, type] of optional) {
    const column = rows[key];
    if (column !== undefined && !isColumn(column, type, count))
      return `${faultOfColumn(`${name}.${key}`, type, count, column)}; leave it out where no row needs it`;
  }
  if (texts === undefined) return undefined;
  if (!Array.isArray(texts)) return `${name}.texts: must be an array of strings, is ${shown(texts)}`;
  const other = texts.findIndex((text) => typeof text !== 'string');
  return other === -1 ? undefined : `${name}.texts[${other}]: must be a string, is ${shown(texts[other])}`;
}

function isColumn(column: unknown, type: string, length: number): boolean {
  return isObject(column) && column[Symbol.toStringTag] === type && column.length === length;
}

function faultOfColumn(path: string, type: string, length: number, is: unknown): string {
  return `${path}: must be a ${type} of ${length} rows, is ${shown(is)}`;
}

function faultOfValues(rows: Columns, { size }: SeriesTable, name: string): string | undefined {
  const { length, series, time, quality, kind } = rows;
  // One column at a time, and no words before there is a fault: an agent does this with every batch.
  for (let row = 0; row < length; row++) {
    if (series[row] >= size)
      return `${name}.series[${row}]: ${series[row]} is not in the table: context.series.intern gives ids`;
  }
  for (let row = 0; row < length; row++) {
    if (!Number.isSafeInteger(time[row])) return `${name}.time[${row}]: ${time[row]} is not a whole number of µs`;
  }
  for (let row = 0; row < length; row++) {
    if (quality[row] >= qualityNames.length)
      return `${name}.quality[${row}]: there is no quality ${quality[row]}, only those of Quality`;
  }
  return kind && faultOfKinds(rows, kind, name);
}

function faultOfKinds(
  { length, value, integer, text, texts }: Columns,
  kind: Uint8Array,
  name: string,
): string | undefined {
  for (let row = 0; row < length; row++) {
    const k = kind[row];
    if (k === Kind.double) continue;
    if (k >= kindNames.length) return `${name}.kind[${row}]: there is no kind ${k}, only those of Kind`;
    if (k === Kind.boolean && value[row] !== 0 && value[row] !== 1)
      return `${name}.value[${row}]: a boolean must be 0 or 1, is ${value[row]}`;
    if ((k === Kind.int64 || k === Kind.uint64) && !integer)
      return `${name}.integer: must hold the exact value of row ${row}, which is of kind ${kindNames[k]}, is missing`;
    if (k !== Kind.text) continue;
    if (!text || !texts) {
      const missing = text ? 'texts' : 'text';
      return `${name}.${missing}: must tell the text of row ${row}, which is of kind text, is missing`;
    }
    if (text[row] >= texts.length)
      return `${name}.text[${row}]: must be an index of 'texts', which has ${texts.length}, is ${text[row]}`;
  }
  return undefined;
}

function faultOfLane({ lane }: Untold): string | undefined {
  if (lane === undefined) return undefined;
  const isLane = Number.isInteger(lane) && (lane as number) >= 1 && (lane as number) <= laneNames.length;
  return isLane ? undefined : `batch.lane: must be one of Lane (${laneNames.join(', ')}), is ${shown(lane)}`;
}

function faultOfWatermarks({ watermarks }: Untold, { size }: SeriesTable): string | undefined {
  if (!isObject(watermarks))
    return `batch.watermarks: must be those that came in, or noWatermarks, is ${shown(watermarks)}`;
  const { series, time } = watermarks as unknown as Watermarks;
  if (Object.prototype.toString.call(series) !== '[object Uint32Array]')
    return `batch.watermarks.series: must be a Uint32Array, is ${shown(series)}`;
  if (!isColumn(time, 'Float64Array', series.length))
    return faultOfColumn('batch.watermarks.time', 'Float64Array', series.length, time);
  const unknown = series.findIndex((id) => id >= size);
  if (unknown === -1) return undefined;
  return `batch.watermarks.series[${unknown}]: ${series[unknown]} is not in the table: context.series.intern gives ids`;
}

function isObject(value: unknown): value is Untold {
  return typeof value === 'object' && value !== null;
}

/** A value of any kind in a few words. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) {
    const { [Symbol.toStringTag]: type, length } = value as unknown as { [Symbol.toStringTag]: string; length: number };
    return `a ${type} of ${length}`;
  }
  if (typeof value === 'string') return `'${value.slice(0, LONGEST_SHOWN)}'`;
  return isObject(value) || typeof value === 'function' ? `of type ${typeof value}` : String(value);
}
