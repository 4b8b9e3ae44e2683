import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arbitraryRows } from '../../test/arbitrary-rows.ts';
import { exactly } from '../../test/text-rows.ts';
import { BatchBuilder } from '../batch-builder.ts';
import { type Columns, MAX_TEXT_BYTES } from '../batch.ts';
import { Lane } from '../lane.ts';
import { encodeAgentMessage } from '../sync-messages.ts';
import { MAX_MESSAGE_BYTES, MAX_SEGMENT_BYTES } from '../limits.ts';
import { cutIntoSegments, PIECE_TEXT_BYTES } from './cut.ts';
import { decodeSegment } from './decode.ts';
import { encodeSegment, encodeWithin } from './encode.ts';
import { groupBySeries } from './group.ts';
import { MAX_SEGMENT_SAMPLES } from './layout.ts';

const fast = { effort: 'fast' } as const;

function rows(write: (builder: BatchBuilder) => void): Columns {
  const builder = new BatchBuilder();
  write(builder);
  return builder.take();
}

/** As many bytes that no compression shortens: each is a character. */
function noise(bytes: number): string {
  return randomBytes(Math.ceil(bytes * 0.75))
    .toString('base64')
    .slice(0, bytes);
}

describe('pieces', () => {
  test('end where the texts are half a message, each text counted once in a piece', () => {
    const long = noise(100 << 10);
    const columns = rows((builder) => {
      for (let i = 0; i < 100; i++) builder.text(1, i, long);
      for (let i = 0; i < 10; i++) builder.text(2, i, noise(100 << 10));
      for (let i = 0; i < 100; i++) builder.text(3, i, long);
    });
    const pieces = cutIntoSegments([columns]);
    expect(pieces.map(({ length }) => length)).toEqual([104, 5, 101]);
    for (const { texts = [] } of pieces) {
      expect(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)).toBeLessThanOrEqual(PIECE_TEXT_BYTES);
    }
  });

  test('end where a segment is full, with texts and without', () => {
    for (const text of [true, false]) {
      const columns = rows((builder) => {
        for (let i = 0; i <= MAX_SEGMENT_SAMPLES; i++)
          if (text) builder.text(1, i, 'on');
          else builder.double(1, i, 1);
      });
      expect(cutIntoSegments([columns]).map(({ length }) => length)).toEqual([MAX_SEGMENT_SAMPLES, 1]);
    }
  });

  test('are what their segments decode to, and together all rows', () => {
    fc.assert(
      fc.property(fc.array(arbitraryRows, { maxLength: 3 }), fc.nat(3), (chunks, fillers) => {
        const filler = rows((builder) => {
          for (let i = 0; i < fillers; i++) builder.text(i, 0, `${i}`.repeat(MAX_TEXT_BYTES));
        });
        const pieces = cutIntoSegments([...chunks, filler]);
        for (const piece of pieces)
          expect(exactly(decodeSegment(encodeSegment(piece, fast).bytes))).toEqual(exactly(piece));
        expect(exactly(groupBySeries(pieces))).toEqual(exactly(groupBySeries([...chunks, filler])));
      }),
      { numRuns: 50 },
    );
  });
});

describe('segments within a message', () => {
  test.each(['fast', 'tight'] as const)('whatever the rows are (%s)', (effort) => {
    const numbers = new Float64Array(randomBytes(8 * MAX_SEGMENT_SAMPLES).buffer.slice(0));
    const random = rows((builder) => {
      for (let i = 0; i < MAX_SEGMENT_SAMPLES; i++) {
        builder.double(i * 60_000, Math.floor(Math.random() * 2 ** 53), numbers[i], i % 3);
      }
    });
    const texts = rows((builder) => {
      for (let i = 0; i < 4; i++) builder.text(i, i, noise(MAX_TEXT_BYTES));
    });
    const mixed = { ...random, revision: Uint16Array.from({ length: random.length }, () => Math.random() * 2 ** 16) };
    const segments = cutIntoSegments([mixed, texts]).flatMap((piece) =>
      encodeWithin(MAX_SEGMENT_BYTES, piece, { effort }),
    );
    expect(segments.length).toBeGreaterThan(2);
    for (const { bytes } of segments) expect(bytes.byteLength).toBeLessThanOrEqual(MAX_SEGMENT_BYTES);
    expect(exactly(groupBySeries(segments.map(({ bytes }) => decodeSegment(bytes))))).toEqual(
      exactly(groupBySeries([mixed, texts])),
    );
  });

  test('leave room for what else the message says', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const data = new Uint8Array(MAX_SEGMENT_BYTES);
    const message = { type: 'segment', lane: Lane.detail, sequences: { from: most, to: most }, samples: most } as const;
    const encoded = encodeAgentMessage({ ...message, crc: 2 ** 32 - 1, seriesBound: 2 ** 32 - 1, lastCrc: 0, data });
    expect(encoded.length).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
  });

  test('cannot be had of a row that is longer', () => {
    const columns = rows((builder) => builder.text(1, 1, noise(4_000)));
    expect(() => encodeWithin(1_000, groupBySeries([columns]), fast)).toThrow(RangeError);
  });
});
