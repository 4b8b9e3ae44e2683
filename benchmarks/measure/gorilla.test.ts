import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gorilla, unGorilla } from './gorilla.ts';

test('What Gorilla encodes comes back bit by bit', () => {
  const step = fc.oneof(fc.constant(60), fc.integer({ min: -300, max: 300 }), fc.integer({ min: 0, max: 100_000 }));
  const value = fc.oneof(fc.constant(20.5), fc.double(), fc.integer({ min: 0, max: 100 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(step, value), { minLength: 1, maxLength: 50 }), (points) => {
      let now = 1_700_000_000;
      const time = Float64Array.from(points, ([by]) => (now += by));
      const values = Float64Array.from(points, ([, one]) => one);
      const back = unGorilla(gorilla({ time, value: values }), points.length);
      expect(back.time).toEqual(time);
      expect(new BigUint64Array(back.value.buffer)).toEqual(new BigUint64Array(values.buffer));
    }),
    { numRuns: 300 },
  );
});

test('A constant once a minute takes two bits a sample, as the paper says', () => {
  const time = Float64Array.from({ length: 802 }, (_, i) => i * 60);
  const bits = 64 + 14 + 64 + (9 + 1) + 2 * 800;
  expect(gorilla({ time, value: new Float64Array(802).fill(12) })).toHaveLength(Math.ceil(bits / 8));
});

test('Times within seconds are refused', () => {
  expect(() => gorilla({ time: Float64Array.of(1.5), value: Float64Array.of(1) })).toThrow(RangeError);
});
