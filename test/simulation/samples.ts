import { BatchBuilder, type EncodedSegment, encodeSegment, type SeriesDefinition } from '@sluis/protocol';

/*
 * What the simulated agent sends. Each segment is numbered, and its number follows from the time of each of its rows:
 * so whatever lies at the hub tells where it comes from, and its values tell whether a bit has changed.
 */

/** Of a segment's rows the times lie within so many µs. */
const TIMES = 2048;
const MOST_ROWS = 3;
/** One segment of so many is long, so that a file of the outbox is soon full. */
const LONG_EVERY = 8;
const LONG_ROWS = 200;
/** A new series comes up with each so many segments, up to a bound. */
const SEGMENTS_PER_SERIES = 5;
const MOST_SERIES = 7;

const definitions: readonly SeriesDefinition[] = Array.from({ length: MOST_SERIES }, (_, id) => ({
  path: `lab/m${id}/value`,
  unit: id % 2 === 0 ? 'Cel' : '',
}));

/** How many series are in use from a segment on. */
const seriesAt = (number: number): number => Math.min(1 + Math.floor(number / SEGMENTS_PER_SERIES), MOST_SERIES);

export const rowsOf = (number: number): number => (number % LONG_EVERY === 5 ? LONG_ROWS : 1 + (number % MOST_ROWS));
/** What all rows of a segment are of. */
export const seriesOf = (number: number): SeriesDefinition => definitions[(number * 5) % seriesAt(number)];
export const timeOf = (number: number, row: number): number => number * TIMES + row;
export const numberAt = (time: number): number => Math.floor(time / TIMES);
export const rowAt = (time: number): number => time % TIMES;

/** Any double will do, as long as it is another one each time: bits that no row beside it has. */
export function valueOf(number: number, row: number): number {
  return Math.imul(number * TIMES + row + 1, 0x9e3779b1) / ((row % 97) + 3);
}

interface Encoded extends EncodedSegment {
  readonly number: number;
  readonly id: number;
}

/** By number and id. Encoded once for all simulations of a process: what is in it does not depend on the seed. */
const encoded = new Map<string, Encoded>();
const byChecksum = new Map<number, Encoded>();

/** The number and the id of the series that these bytes were written with, if they are one segment and not several joined. */
export function writtenAs(bytes: Uint8Array, crc: number): { number: number; id: number } | undefined {
  const segment = byChecksum.get(crc);
  return segment && Buffer.compare(bytes, segment.bytes) === 0 ? segment : undefined;
}

/** A segment's bytes where its series has the id `id`. */
export function segmentOf(number: number, id: number): EncodedSegment {
  const key = `${number} ${id}`;
  let segment = encoded.get(key);
  if (!segment) {
    const builder = new BatchBuilder();
    for (let row = 0; row < rowsOf(number); row++) builder.double(id, timeOf(number, row), valueOf(number, row));
    segment = { ...encodeSegment(builder.take(), { effort: 'fast' }), number, id };
    encoded.set(key, segment);
    byChecksum.set(segment.crc, segment);
  }
  return segment;
}
