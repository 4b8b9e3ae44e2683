import { Kind, type SampleBatch } from '@sluis/protocol';
import { map } from 'rxjs';
import { type Planted, planted } from './plant.ts';

/** Emits something else for each batch that has rows. What is wrong with it a compiler would tell, or could not. */
function emitting(says: string, of: (batch: SampleBatch) => unknown): Planted[string] {
  const operator = planted(() => map((batch) => (batch.length > 0 ? (of(batch) as SampleBatch) : batch)));
  return { rule: 'malformed batch', says, operator };
}

function watermarks(series: unknown, time: unknown): object {
  return { watermarks: { series, time } };
}

function filled({ length }: SampleBatch, kind: Kind): object {
  return { kind: new Uint8Array(length).fill(kind), integer: undefined, text: undefined };
}

/** Operators that each emit a batch which is none. */
export const ofMalformed: Planted = {
  'null for a batch': emitting('batch: must be an object of columns, is null', () => null),
  'undefined for a batch': emitting('batch: must be an object of columns, is missing', () => undefined),
  'a list for a batch': emitting('batch.series: must be a Uint32Array of 1 rows, is missing', () => [{ time: 1 }]),
  'a batch that throws when it is read': emitting('a batch that cannot be read: no quality yet', (batch) => ({
    ...batch,
    get quality() {
      throw new Error('no quality yet');
    },
  })),
  'a number of rows that is none': emitting('batch.length: must be the number of rows, is NaN', (batch) => ({
    ...batch,
    length: Number.NaN,
  })),
  'fewer rows than columns have': emitting('batch.series: must be a Uint32Array of 0 rows, is a', (batch) => ({
    ...batch,
    length: 0,
  })),
  'columns that differ in length': emitting('batch.value: must be a Float64Array of', (batch) => ({
    ...batch,
    value: new Float64Array(batch.length + 1),
  })),
  'no quality': emitting('batch.quality: must be a Uint8Array of', (batch) => ({ ...batch, quality: undefined })),
  'no value': emitting('batch.value: must be a Float64Array of', (batch) => ({ ...batch, value: undefined })),
  'a list of values': emitting('rows, is an array of', (batch) => ({ ...batch, value: [...batch.value] })),
  'values of half the bits': emitting('rows, is a Float32Array of', (batch) => ({
    ...batch,
    value: Float32Array.from(batch.value),
  })),
  'qualities by name': emitting('batch.quality: must be a Uint8Array of', (batch) => ({
    ...batch,
    quality: Array.from(batch.quality, () => 'good'),
  })),
  'a quality that there is not': emitting('batch.quality[0]: there is no quality 3', (batch) => ({
    ...batch,
    quality: new Uint8Array(batch.length).fill(3),
  })),
  'a series that nobody has named': emitting('context.series.intern gives ids', (batch) => ({
    ...batch,
    series: batch.series.map((id) => id + 1000),
  })),
  'a time between two microseconds': emitting('not a whole number of µs', (batch) => ({
    ...batch,
    time: batch.time.map((time) => time + 0.5),
  })),
  'a kind that there is not': emitting('batch.kind[0]: there is no kind 9', (batch) => ({
    ...batch,
    kind: new Uint8Array(batch.length).fill(9),
  })),
  'a boolean that is 5': emitting('batch.value[0]: a boolean must be 0 or 1, is 5', (batch) => ({
    ...batch,
    ...filled(batch, Kind.boolean),
    value: batch.value.map(() => 5),
  })),
  'integers without their exact values': emitting('batch.integer: must hold the exact value of row 0', (batch) => ({
    ...batch,
    ...filled(batch, Kind.int64),
  })),
  'texts without text': emitting('batch.text: must tell the text of row 0', (batch) => ({
    ...batch,
    ...filled(batch, Kind.text),
  })),
  'a text that there is not': emitting("batch.text[0]: must be an index of 'texts', which has 1, is 7", (batch) => ({
    ...batch,
    ...filled(batch, Kind.text),
    text: new Uint32Array(batch.length).fill(7),
    texts: ['idle'],
  })),
  'a text that is none': emitting('batch.texts[0]: must be a string, is 7', (batch) => ({ ...batch, texts: [7] })),
  'revisions between two': emitting('batch.revision: must be a Uint16Array of', (batch) => ({
    ...batch,
    revision: Float64Array.from(batch.value, () => 1.5),
  })),
  'a lane that there is not': emitting('batch.lane: must be one of Lane (alarm, data, detail), is 9', (batch) => ({
    ...batch,
    lane: 9,
  })),
  'no watermarks': emitting('batch.watermarks: must be those that came in', (batch) => ({
    ...batch,
    watermarks: undefined,
  })),
  'a list of watermarks': emitting('batch.watermarks.series: must be a Uint32Array', (batch) => ({
    ...batch,
    ...watermarks([0], new Float64Array(1)),
  })),
  'fewer times than watermarks': emitting('batch.watermarks.time: must be a Float64Array of 1 rows', (batch) => ({
    ...batch,
    ...watermarks(new Uint32Array(1), new Float64Array(0)),
  })),
  'a watermark of a series that nobody has named': emitting('batch.watermarks.series[0]: 1000 is not', (batch) => ({
    ...batch,
    ...watermarks(Uint32Array.of(1000), new Float64Array(1)),
  })),
};
