import { expect, test } from 'vitest';
import type { Gap } from '../e2e/hub-client.ts';
import { Tally } from './tally.ts';

const gap = (samples: number | null, times?: readonly [number, number]): Gap => ({
  samples,
  reason: 'damaged',
  firstTime: times?.[0] ?? null,
  lastTime: times?.[1] ?? null,
});
const none = new Map<number, readonly number[]>();
const counts = ({ lost, double, shed }: Tally) => ({ lost, double, shed });
const other = (time: number, value: number) => ({ time, kind: 'value' as const, value, how: `is ${value}` });

test('a gap excuses as many samples as it tells, between its times', () => {
  const tally = new Tally([gap(2), gap(1, [100, 200])]);
  tally.samples('a', { missing: [5, 100, 6, 7], wrong: [] }, none);
  expect(counts(tally)).toEqual({ lost: 1, double: 0, shed: 3 });
  expect(tally.findings).toEqual(['lost: a lacks 7']);
});

test('a gap that tells only its times excuses what is between them, and one that tells nothing excuses nothing', () => {
  const timed = new Tally([gap(null, [100, 200])]);
  timed.samples('a', { missing: [99, 100, 200, 201], wrong: [] }, none);
  expect(counts(timed)).toEqual({ lost: 2, double: 0, shed: 2 });

  const silent = new Tally([gap(null)]);
  silent.samples('a', { missing: [1], wrong: [] }, none);
  silent.results('a/plain/count', { missing: [1], wrong: [other(2, 3)] }, 10, { mayBeMore: true });
  expect(counts(silent)).toEqual({ lost: 2, double: 1, shed: 0 });
});

test('where a correction was lost, the value that was acknowledged before it may stand, and no other', () => {
  const earlier = new Map([
    [1, [10]],
    [2, [20]],
    [3, [0]],
  ]);
  const wrong = [other(1, 10), other(2, 21), other(3, -0), { time: 1, kind: 'twice' as const, how: 'is there twice' }];
  const tally = new Tally([gap(9)]);
  tally.samples('a', { missing: [], wrong }, earlier);
  expect(counts(tally)).toEqual({ lost: 0, double: 3, shed: 1 });

  const without = new Tally([]);
  without.samples('a', { missing: [], wrong: [other(1, 10)] }, earlier);
  expect(counts(without)).toEqual({ lost: 0, double: 1, shed: 0 });
});

test('results are excused as far as the samples that were lost had a part in them; what was counted too often is not', () => {
  const tally = new Tally([gap(1)]);
  const missing = Array.from({ length: 17 }, (_, i) => i);
  tally.results('a/plain/mean', { missing, wrong: [] }, 10, { mayBeMore: false });
  expect(counts(tally)).toEqual({ lost: 1, double: 0, shed: 16 });

  const more = { missing: [], wrong: [{ time: 1, kind: 'more' as const, how: 'is 11, SQL has 10' }] };
  const counted = new Tally([gap(5)]);
  counted.results('a/plain/count', more, 10, { mayBeMore: false });
  counted.results('a/steps/count', more, 10, { mayBeMore: true });
  expect(counts(counted)).toEqual({ lost: 0, double: 1, shed: 1 });
});
