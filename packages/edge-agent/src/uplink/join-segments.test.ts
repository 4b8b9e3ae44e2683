import { BatchBuilder, decodeSegment, encodeSegment, groupBySeries } from '@sluis/protocol';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StoredSegment } from '../log/log.ts';
import { joinable, joinSegments } from './join-segments.ts';

type Row = { series: number; time: number; value: number | string | bigint };

const rows = fc.array(
  fc.record({
    series: fc.nat(5),
    time: fc.nat(20),
    value: fc.oneof(fc.double(), fc.string({ maxLength: 5 }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  }),
  { minLength: 1, maxLength: 30 },
);

function segment(sequence: number, content: readonly Row[]): StoredSegment {
  const builder = new BatchBuilder();
  for (const { series, time, value } of content) {
    if (typeof value === 'number') builder.double(series, time, value);
    else if (typeof value === 'string') builder.text(series, time, value);
    else builder.integer(series, time, value);
  }
  const { bytes, crc, samples } = encodeSegment(builder.take(), { effort: 'fast' });
  return { lane: 2, sequence, samples, crc, bytes, seriesBound: 6 };
}

const one = (sequence: number): StoredSegment => segment(sequence, [{ series: 0, time: sequence, value: 1 }]);

test('joined segments hold the rows of all, in the order of the log within a series', () => {
  fc.assert(
    fc.property(fc.array(rows, { minLength: 2, maxLength: 6 }), (contents) => {
      const segments = contents.map((content, i) => segment(7 + i, content));
      const joined = joinSegments(segments);
      if (!joined) throw new Error('they fit');
      expect(decodeSegment(joined.bytes)).toEqual(groupBySeries(segments.map(({ bytes }) => decodeSegment(bytes))));
      expect(joined).toMatchObject({
        sequences: { from: 7, to: 7 + contents.length },
        samples: contents.flat().length,
        lastCrc: segments.at(-1)?.crc,
        seriesBound: 6,
      });
    }),
  );
});

test('a segment by itself goes as it is', () => {
  const single = one(3);
  expect(joinSegments([single])).toMatchObject({ bytes: single.bytes, crc: single.crc, lastCrc: single.crc });
});

test('what cannot be read is not joined', () => {
  expect(joinSegments([one(1), { ...one(2), bytes: Buffer.from('nonsense') }])).toBeUndefined();
});

test('only neighbours are joined, small ones, within the bounds', () => {
  expect(joinable([], 1000)).toBe(0);
  expect(joinable([one(1), one(2), one(3)], 1 << 20)).toBe(3);
  expect(joinable([one(1), one(2), one(4)], 1 << 20)).toBe(2);
  expect(joinable([one(1), one(2)], one(1).bytes.byteLength)).toBe(1);
  expect(joinable([one(1), one(2)], 0)).toBe(1);
  const large = { ...one(2), bytes: new Uint8Array(100 << 10) };
  expect(joinable([one(1), large, one(3)], 1 << 20)).toBe(1);
  expect(joinable([large, one(3)], 1 << 20)).toBe(1);
  const many = { samples: 10_000 };
  expect(
    joinable(
      [
        { ...one(1), ...many },
        { ...one(2), ...many },
      ],
      1 << 20,
    ),
  ).toBe(1);
});
