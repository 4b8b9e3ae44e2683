import { isSample, marbles, run, type Sample, sample, wildLines } from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { clamp } from './clamp.ts';

const at = { series: 'lab/a', step: '1s' } as const;

test('values outside get the nearest bound; ticks and time stay', () => {
  const values = { b: { value: 9, quality: 'bad', revision: 1 }, t: 'RUN' } as const;
  const uncertain = (value: number) => ({ value, quality: 'uncertain' }) as const;
  const expected = {
    x: uncertain(2),
    y: uncertain(5),
    b: { value: 5, quality: 'bad', revision: 1 },
    t: 'RUN',
  } as const;
  const given = marbles('1-(37)|b-t5', values, at);
  expect(run(clamp, { min: 2, max: 5 }, given).lines).toEqual(marbles('x-(3y)|b-t5', expected, at));
});

test.each([
  [{ min: 0 }, -5n, 'int64', 0n, 'int64'],
  [{ max: 0.5 }, 5n, 'int64', 0.5, 'double'],
  [{ max: -3 }, 5n, 'uint64', -3, 'double'],
  [{ max: 2 ** 63 }, 2n ** 64n - 1n, 'uint64', 2n ** 63n, 'uint64'],
  [{ min: 2 ** 63 }, 5n, 'int64', 2 ** 63, 'double'],
  [{ max: 2 ** 53 }, 2n ** 53n + 1n, 'int64', 2n ** 53n, 'int64'],
] as const)('%j makes %d (%s) %d (%s)', (config, value, kind, expected, expectedKind) => {
  const [found] = run(clamp, config, [sample('a', 0, value, { kind })]).samples;
  expect(found).toEqual(sample('a', 0, expected, { kind: expectedKind, quality: 'uncertain' }));
});

/** What becomes of one sample, put plainly. */
function plain(line: Sample, min: number, max: number, outside: string): Sample[] {
  const { value, quality } = line;
  if (typeof value === 'string' || typeof value === 'boolean' || (value >= min && value <= max)) return [line];
  if (outside === 'drop') return [];
  if (outside === 'bad') return [{ ...line, quality: 'bad' }];
  if (Number.isNaN(value)) return [line];
  const bound = value < min ? min : max;
  const worse = quality === 'good' ? 'uncertain' : quality;
  if (typeof value === 'bigint' && Number.isInteger(bound) && (line.kind === 'int64' || bound >= 0)) {
    return [{ ...line, value: BigInt(bound), quality: worse }];
  }
  return [{ ...line, value: bound, kind: 'double', quality: worse }];
}

test('any samples become what each of them becomes by itself', () => {
  const bounds = fc.constantFrom<[number, number]>([0, 5], [-1.5, 0.5], [7, 7], [-5, -2]);
  const given = [1, -3, 7n, -7n, 'RUN', true].map((value, i) => sample('lab/a', i, value));
  fc.assert(
    fc.property(bounds, fc.constantFrom('clamp', 'drop', 'bad'), fc.nat(), ([min, max], outside, seed) => {
      const lines = wildLines(given, seed, 60);
      const expected = lines.filter(isSample).flatMap((line) => plain(line, min, max, outside));
      expect(run(clamp, { min, max, outside }, lines).samples).toEqual(expected);
    }),
  );
});

test.each([
  [{}, 'clamp: expected min, max or both'],
  [{ min: 2, max: 1 }, 'clamp.max: must not be less than min, which is 2'],
  [{ max: Number.NaN }, 'clamp.max'],
  [{ max: 1, outside: 'cut' }, 'clamp.outside'],
])('%j is refused', (config, message) => {
  expect(() => run(clamp, config as never, '')).toThrow(message);
});
