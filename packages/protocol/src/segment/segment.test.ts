import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { zstdCompressSync } from 'node:zlib';
import { arbitraryRows } from '../../test/arbitrary-rows.ts';
import { exactly } from '../../test/text-rows.ts';
import { BatchBuilder } from '../batch-builder.ts';
import { type Columns, noRows } from '../batch.ts';
import { crc32c } from './crc32c.ts';
import { decodeSegment } from './decode.ts';
import { encodeSegment } from './encode.ts';
import { SegmentError } from './error.ts';
import { groupBySeries } from './group.ts';
import { MAX_SEGMENT_SAMPLES, limits } from './layout.ts';
import { RowsMemory } from './rows-memory.ts';

const efforts = fc.constantFrom('fast', 'tight');

function rows(write: (builder: BatchBuilder) => void): Columns {
  const builder = new BatchBuilder();
  write(builder);
  return builder.take();
}

function size(write: (builder: BatchBuilder) => void): number {
  return encodeSegment(rows(write), { effort: 'tight' }).bytes.length;
}

/** The body with the CRC that belongs to it: what an attacker sends. */
function sealed(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(body.length + 4);
  bytes.set(body);
  new DataView(bytes.buffer).setUint32(body.length, crc32c(body), true);
  return bytes;
}

/** What is wrong with the bytes, or undefined if they decode to a batch within the limits. Fails on any other error. */
function faultOf(bytes: Uint8Array): SegmentError | undefined {
  let columns: Columns;
  try {
    columns = decodeSegment(bytes);
  } catch (error) {
    if (error instanceof SegmentError) return error;
    throw error;
  }
  const { length, series, time, value, quality } = columns;
  expect(length).toBeLessThanOrEqual(MAX_SEGMENT_SAMPLES);
  expect([series.length, time.length, value.length, quality.length]).toEqual([length, length, length, length]);
  for (let i = 1; i < length; i++) if (series[i] < series[i - 1]) throw new Error(`row ${i} is out of order`);
  if (!time.every(Number.isSafeInteger)) throw new Error('a time is not whole');
  return undefined;
}

describe('a segment', () => {
  test('gives back the rows as groupBySeries orders them, bit by bit', () => {
    fc.assert(
      fc.property(arbitraryRows, efforts, (columns, effort) => {
        const segment = encodeSegment(columns, { effort });
        expect(exactly(decodeSegment(segment.bytes))).toEqual(exactly(groupBySeries([columns])));
      }),
      { numRuns: 300 },
    );
  });

  test('the bytes of a segment do not depend on what was encoded before it', () => {
    fc.assert(
      fc.property(arbitraryRows, arbitraryRows, (columns, others) => {
        const before = encodeSegment(columns, { effort: 'fast' }).bytes;
        encodeSegment(others, { effort: 'fast' });
        expect(encodeSegment(columns, { effort: 'fast' }).bytes).toEqual(before);
      }),
    );
  });

  test('decodes to the same in memory that was used before, and to what no later segment changes', () => {
    const memory = new RowsMemory();
    fc.assert(
      fc.property(arbitraryRows, arbitraryRows, fc.integer({ min: 0, max: 1 << 16 }), (columns, others, flip) => {
        const [bytes, other] = [columns, others].map((one) => encodeSegment(one, { effort: 'fast' }).bytes);
        const expected = exactly(groupBySeries([columns]));
        const kept = decodeSegment(bytes);
        const broken = other.slice(0, -4);
        broken[flip % broken.length] ^= 1 + (flip & 127);
        for (const next of [other, sealed(broken), other]) {
          try {
            decodeSegment(next, memory);
          } catch (error) {
            if (!(error instanceof SegmentError)) throw error;
          }
        }
        expect(exactly(decodeSegment(bytes, memory))).toEqual(expected);
        expect(exactly(kept)).toEqual(expected);
      }),
    );
  });

  test('says what is in it', () => {
    fc.assert(
      fc.property(arbitraryRows, (columns) => {
        const { bytes, crc, samples, series, minTime, maxTime } = encodeSegment(columns, { effort: 'fast' });
        expect(crc).toBe(crc32c(bytes.subarray(0, -4)));
        expect(new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true)).toBe(crc);
        expect(samples).toBe(columns.length);
        expect([...series]).toEqual([...new Set(columns.series)].sort((a, b) => a - b));
        expect(minTime).toBe(columns.time.reduce((least, t) => Math.min(least, t), samples > 0 ? Infinity : 0));
        expect(maxTime).toBe(columns.time.reduce((most, t) => Math.max(most, t), samples > 0 ? -Infinity : 0));
      }),
      { numRuns: 50 },
    );
  });

  test('of the greatest size is read again', () => {
    const columns = rows((builder) => {
      for (let i = 0; i < MAX_SEGMENT_SAMPLES; i++) builder.double(i % 100, i, i / 4);
    });
    const { bytes } = encodeSegment(columns, { effort: 'fast' });
    expect(exactly(decodeSegment(bytes))).toEqual(exactly(groupBySeries([columns])));
    const more = { ...columns, length: MAX_SEGMENT_SAMPLES + 1 };
    expect(() => encodeSegment(more, { effort: 'fast' })).toThrow(RangeError);
  });

  test('has every token at every size of number', () => {
    const columns = rows((builder) => {
      for (let power = 0; power <= 50; power++) {
        for (const near of [-1, 0, 1]) {
          for (const number of [
            0,
            2 ** power + near,
            0,
            -(2 ** power) + near,
            0,
            Math.floor(1.5 * 2 ** power) + near,
          ]) {
            builder.double(1, number, number);
            builder.integer(2, power, BigInt(number));
          }
        }
      }
    });
    const { bytes } = encodeSegment(columns, { effort: 'fast' });
    expect(exactly(decodeSegment(bytes))).toEqual(exactly(groupBySeries([columns])));
  });

  test('is exact where a ramp over all whole numbers starts again', () => {
    const most = 2 ** 51 - 1;
    const columns = rows((builder) => {
      for (let i = 0; i < 10; i++) builder.double(1, i, Math.floor(-most + (i * 2 * most) / 9));
      builder.double(1, 10, -most);
    });
    const { bytes } = encodeSegment(columns, { effort: 'fast' });
    expect(exactly(decodeSegment(bytes))).toEqual(exactly(columns));
  });

  test('refuses what it could not give back', () => {
    const one = (change: Partial<Columns>): (() => unknown) => {
      const columns = { ...rows((builder) => builder.double(1, 0, 1)), ...change };
      return () => encodeSegment(columns, { effort: 'fast' });
    };
    for (const time of [0.5, Number.NaN, Infinity, 2 ** 53, -(2 ** 53)])
      expect(one({ time: Float64Array.of(time) })).toThrow(RangeError);
    expect(one({ quality: Uint8Array.of(3) })).toThrow(/quality 3 of row 0/);
    expect(one({ kind: Uint8Array.of(5) })).toThrow(/kind 5/);
    expect(one({ kind: Uint8Array.of(4), text: Uint32Array.of(1), texts: ['only'] })).toThrow(/text 1 of 1/);
    const tooLong = rows((builder) => builder.text(1, 0, 'x'.repeat(limits.textBytes + 1)));
    expect(() => encodeSegment(tooLong, { effort: 'fast' })).toThrow(RangeError);
    const tooMany = rows((builder) => {
      for (let i = 0; i < 17; i++) builder.text(1, 0, String.fromCodePoint(97 + i).repeat(limits.textBytes));
    });
    expect(() => encodeSegment(tooMany, { effort: 'fast' })).toThrow(RangeError);
  });

  test('replaces lone surrogates, which no UTF-8 can hold, as groupBySeries does', () => {
    const columns = rows((builder) => {
      builder.text(1, 0, 'a\ud800');
      builder.text(1, 1, 'a\ufffd');
    });
    expect(groupBySeries([columns]).texts).toEqual(['a\ufffd']);
    expect(decodeSegment(encodeSegment(columns, { effort: 'fast' }).bytes).texts).toEqual(['a\ufffd']);
  });
});

describe('size', () => {
  test('of constant columns is next to nothing', () => {
    expect(size((builder) => Array.from({ length: 10_000 }, (_, i) => builder.double(1, i * 1e6, 5)))).toBeLessThan(80);
  });

  test('of 1,000 series with one sample each is that of their values', () => {
    const bytes = size((builder) =>
      Array.from({ length: 1_000 }, (_, i) => builder.double(i, 1.7e15, (i * 7919) % 256)),
    );
    expect(bytes).toBeLessThan(1_300);
  });

  test('of one sample is less than a line of text', () => {
    expect(size((builder) => builder.double(1, 1.7e15, 20.5))).toBeLessThan(48);
  });

  test('of times that three series share is that of one', () => {
    const jitter = Array.from({ length: 1_000 }, (_, i) => 1.7e15 + i * 1e6 + ((i * 7919) % 10_007));
    const once = size((builder) => jitter.forEach((time) => builder.double(1, time, 0)));
    const thrice = size((builder) =>
      [1, 2, 3].forEach((series) => jitter.forEach((time) => builder.double(series, time, 0))),
    );
    expect(thrice - once).toBeLessThan(20);
  });
});

describe('hostile bytes', () => {
  const sample = rows((builder) => {
    for (let i = 0; i < 300; i++) {
      builder.double(1, 1.7e15 + i * 1e6, ((i * 7919) % 1009) / 100, i % 50 === 0 ? 1 : 0);
      if (i < 20) builder.text(2, 1.7e15 + i, `state ${i % 3}`);
      if (i < 20) builder.integer(3, 1.7e15 - i * 77, BigInt(i) ** 15n);
      if (i < 20) builder.double(4, 1.7e15, Math.sqrt(i));
      if (i < 20) builder.boolean(5 + i, 1.7e15, i % 2 === 0);
    }
  });
  const valid = encodeSegment(sample, { effort: 'tight' }).bytes;

  test('cut off anywhere', () => {
    for (let length = 0; length < valid.length; length++) {
      const fault = faultOf(valid.subarray(0, length));
      expect(fault?.code).toBe(length < 6 ? 'truncated' : 'checksum');
      if (length > 0 && length < valid.length - 4)
        expect(faultOf(sealed(valid.subarray(0, length)))).toBeInstanceOf(SegmentError);
    }
  });

  test('with any bit flipped', () => {
    for (let bit = 0; bit < valid.length * 8; bit += 3) {
      const bytes = valid.slice();
      bytes[bit >> 3] ^= 1 << (bit & 7);
      expect(faultOf(bytes)?.code).toBe('checksum');
    }
  });

  test('with bytes changed and the CRC put right', () => {
    const change = fc.tuple(fc.nat(valid.length - 5), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const body = valid.slice(0, -4);
        for (const [at, byte] of changes) body[at] = byte;
        faultOf(sealed(body));
      }),
      { numRuns: 2_000 },
    );
    for (let at = 0; at < Math.min(valid.length - 4, 64); at++) {
      for (const byte of [0, 1, 2, 3, 127, 128, 255]) {
        const body = valid.slice(0, -4);
        body[at] = byte;
        faultOf(sealed(body));
      }
    }
  });

  test('made of anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.boolean(), (body, ours) => {
        if (ours) body[0] = 1;
        faultOf(sealed(body));
      }),
      { numRuns: 2_000 },
    );
  });

  test('with bytes inserted and removed', () => {
    fc.assert(
      fc.property(fc.nat(valid.length - 5), fc.nat(8), fc.uint8Array({ maxLength: 8 }), (at, removed, inserted) => {
        const body = [...valid.subarray(0, at), ...inserted, ...valid.subarray(at + removed, -4)];
        faultOf(sealed(Uint8Array.from(body)));
      }),
      { numRuns: 1_000 },
    );
  });

  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];

  test('that declare too much are refused before anything is allocated', () => {
    const most = 2 ** 32 - 1;
    const { samples } = limits;
    const bodies: [number[], string][] = [
      [varint(most), 'oversized'],
      [varint(samples + 1), 'oversized'],
      [[...varint(samples), ...varint(most)], 'oversized'],
      [[...varint(samples), 1, ...varint(most)], 'oversized'],
      [[...varint(samples), 1, 1, ...varint(17)], 'oversized'],
      [[...varint(samples), 1, 1, 1, ...varint(most)], 'oversized'],
      [[...varint(samples), 1, 1, 1, 0, ...varint(most)], 'oversized'],
      [[...varint(samples), 1, 1, 1, 0, 0, 0, ...varint(most)], 'oversized'],
      [[255, 255, 255, 255, 255, 255], 'malformed'],
      [[...varint(samples), 1, 1, 1, 0, 0, 0, ...varint(1 << 22), 2], 'truncated'],
      [[...varint(samples), 1, 1, 1, 0, 0, 3], 'malformed'],
      [[], 'truncated'],
    ];
    const before = process.memoryUsage().arrayBuffers;
    for (const [body, code] of bodies)
      expect([body, faultOf(sealed(Uint8Array.from([1, ...body])))?.code]).toEqual([body, code]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
  });

  /** One sample that is text 0, with its length as a token and extra bits. */
  const oneText = (extra: number[], token: number, texts: number[]): Uint8Array =>
    Uint8Array.from([
      1,
      1,
      1,
      1,
      1,
      0,
      1,
      4,
      ...varint(extra.length),
      ...(extra.length > 0 ? [2, ...extra] : []),
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      1,
      4,
      1,
      token,
      ...texts,
    ]);

  test('that hold a bomb are refused while it is small', () => {
    const text = (body: Uint8Array): string | undefined => faultOf(sealed(body))?.code;
    expect(decodeSegment(sealed(oneText([], 2, [2, 104, 105]))).texts).toEqual(['hi']);
    // 2^20 bytes are allowed, if they are there; 2^20 + 1 are not.
    expect(text(oneText([0, 0, 0], 128 + 2 * 13, [0]))).toBeUndefined();
    expect(text(oneText([1, 0, 0], 128 + 2 * 13, [0]))).toBe('oversized');
    expect(text(oneText([255, 255, 255, 255, 255, 255, 7], 128 + 2 * 45 + 1, [0]))).toBe('oversized');
    const frame = zstdCompressSync(new Uint8Array(64 << 20));
    const before = process.memoryUsage().rss;
    expect(text(oneText([0, 0, 0], 128 + 2 * 13, [3, ...varint(frame.length), ...frame]))).toBe('malformed');
    expect(process.memoryUsage().rss - before).toBeLessThan(32 << 20);
  });

  test('in a frame that asks for a greater window than its stream', () => {
    // Magic, a header without content size whose window is 2^27, a last block of two bytes.
    const frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x88, 0x11, 0x00, 0x00, 104, 105];
    expect(faultOf(sealed(oneText([], 11, [3, frame.length, ...frame])))?.code).toBe('malformed');
  });

  test('of a later version say so', () => {
    expect(faultOf(sealed(Uint8Array.from([2, 0])))).toMatchObject({
      code: 'version',
      message: expect.stringContaining('version 2'),
    });
  });

  test('tell what is wrong and where', () => {
    expect(faultOf(sealed(Uint8Array.from([1, 0, 9])))).toMatchObject({
      code: 'malformed',
      message: 'byte 2 should be the last, but 1 follow',
    });
    expect(exactly(decodeSegment(sealed(Uint8Array.from([1, 0]))))).toEqual(exactly(noRows));
  });
});
