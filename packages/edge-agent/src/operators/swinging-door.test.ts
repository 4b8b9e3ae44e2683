import { isSample, marbles, run, type Sample, sample } from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { finalOf, wildInput, withinHorizon } from './numbers/fixtures.ts';
import { swingingDoor } from './swinging-door.ts';

const input = { series: 'a', step: '1s' };

test('a sample passes when the line from the last one to a later one would be too far from one between', () => {
  const given = marbles('0123 4321 0', {}, input);
  const expected = marbles('0--- 4---', {}, input);
  expect(run(swingingDoor, { deviation: 0.5 }, given).samples).toEqual(expected);
});

test('what is no number of the quality of the line ends it and passes', () => {
  const values = {
    t: 'text',
    b: { value: 1, quality: 'bad' },
    n: Number.NaN,
    u: { value: 1, quality: 'uncertain' },
    f: true,
  } as const;
  const given = marbles('111 t11 b11 n11 uuu 111 f11 1', values, input);
  const expected = marbles('1-1 t11 b11 n11 u-u 1-1 f1- -', values, input);
  expect(run(swingingDoor, { deviation: 1 }, given).samples).toEqual(expected);
});

test('a late sample passes, and a correction of the one that is held takes its place while it is on the line', () => {
  const given = '0s a 0\n1s a 1\n2s a 2\n1s a 1.1\n2s a 2.5 r1\n3s a 9\n3s a 20\n4s a 30';
  expect(run(swingingDoor, { deviation: 0.5 }, given).samples.map(({ time, value }) => [time / 1e6, value])).toEqual([
    [0, 0],
    [1, 1.1],
    [2, 2.5],
    [3, 20],
  ]);
});

test('the last sample before a silence passes, and so it is with one that is held again later', () => {
  const given = '0s a 0\ntick 1s\n1s a 1\n2s a 2\ntick 30m\n3s a 3\ntick 61m\ntick 90m\ntick 91m\n4s a 4\ntick 3h';
  const { lines } = run(swingingDoor, { deviation: 0.5 }, given);
  const passed = lines.map((line) => (isSample(line) ? Number(line.value) : 'tick'));
  expect(passed).toEqual([0, 'tick', 'tick', 'tick', 'tick', 3, 'tick', 'tick', 4]);
});

test('whole numbers keep their kind, and those that no double has pass', () => {
  const given = '0s a 1i\n1s a 2i\n2s a 3i\n3s a 9i\n4s a 9007199254740993i\n5s a 1u\n6s a 2u';
  const times = run(swingingDoor, { deviation: 0 }, given).samples.map(({ time, value, kind }) => [
    time / 1e6,
    value,
    kind,
  ]);
  expect(times).toEqual([
    [0, 1n, 'int64'],
    [2, 3n, 'int64'],
    [3, 9n, 'int64'],
    [4, 9007199254740993n, 'int64'],
    [5, 1n, 'uint64'],
  ]);
});

const walks = fc.array(
  fc.record({ step: fc.integer({ min: 1, max: 1_000_000 }), value: fc.double({ noNaN: true, min: -100, max: 100 }) }),
  { maxLength: 80, size: 'max' },
);

test('the line between what passed is within the deviation of every sample that is left out', () => {
  fc.assert(
    fc.property(
      walks,
      fc.constantFrom(0, 0.5, 30, 150),
      fc.constantFrom(undefined, '1s'),
      (walk, deviation, heartbeat) => {
        let time = 0;
        const given = walk.map(({ step, value }) => sample('a', (time += step), value));
        expectNear(given, run(swingingDoor, { deviation, heartbeat }, given).samples, deviation);
      },
    ),
    { numRuns: Number(process.env['SLUIS_RUNS'] ?? 200) },
  );
});

test('it is also where the newest of them is corrected, again and again', () => {
  const corrected = fc.array(
    fc.record({
      step: fc.constantFrom(0, 0, 1_000_000, 250_000),
      value: fc.double({ noNaN: true, min: -4, max: 4 }),
      quality: fc.constantFrom('good', 'good', 'good', 'good', 'bad' as const),
    }),
    { maxLength: 40, size: 'max' },
  );
  fc.assert(
    fc.property(
      corrected,
      fc.constantFrom(0, 1, 3, 10),
      fc.constantFrom(undefined, '1s'),
      (walk, deviation, heartbeat) => {
        let time = 0;
        const given = walk.map(({ step, value, quality }) => sample('a', (time += step), value, { quality }));
        const { samples } = run(swingingDoor, { deviation, heartbeat }, given);
        const passed = inOrder(samples);
        const numbers = inOrder(given).filter(({ quality }) => quality === 'good');
        for (const part of between(passed)) expectNear(numbers, part, deviation);
      },
    ),
    { numRuns: Number(process.env['SLUIS_RUNS'] ?? 200) },
  );
});

/** What a reader sees in the end. */
function inOrder(samples: readonly Sample[]): Sample[] {
  return [...finalOf(samples).values()].sort((a, b) => a.time - b.time);
}

/** Parts of good samples only: no line goes to or from a bad one. */
function between(passed: readonly Sample[]): Sample[][] {
  const parts: Sample[][] = [[]];
  for (const one of passed) {
    if (one.quality === 'bad') parts.push([]);
    else parts.at(-1)?.push(one);
  }
  return parts;
}

/** Two samples that passed one after the other: how far the line between them is from what is between. */
function expectNear(given: readonly Sample[], passed: readonly Sample[], deviation: number): void {
  for (let i = 1; i < passed.length; i++) {
    const [from, to] = [passed[i - 1], passed[i]];
    for (const { time, value } of given) {
      if (time <= from.time || time >= to.time) continue;
      const part = (time - from.time) / (to.time - from.time);
      const line = Number(from.value) + (Number(to.value) - Number(from.value)) * part;
      expect(Math.abs(Number(value) - line)).toBeLessThanOrEqual(deviation + 1e-12);
    }
  }
}

test('of any samples those pass that plain doors let through', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(0, 0.5, 10), fc.constantFrom(undefined, 3), (seed, deviation, seconds) => {
      const given = withinHorizon(wildInput(seed)).filter((line) => isSample(line) && line.lane === 'data');
      const config = seconds === undefined ? { deviation } : { deviation, heartbeat: `${seconds}s` };
      const { samples } = run(swingingDoor, config, given);
      for (const series of ['a', 'b']) {
        const own = given.filter(isSample).filter((one) => one.series === series);
        expect(samples.filter((one) => one.series === series)).toEqual(
          naive(own, deviation, (seconds ?? Infinity) * 1e6),
        );
      }
    }),
    { numRuns: Number(process.env['SLUIS_RUNS'] ?? 60) },
  );
});

/** Keeps all samples since the last one that passed, and looks at each of them again for every line. */
function naive(given: readonly Sample[], deviation: number, heartbeat: number): Sample[] {
  const passed: Sample[] = [];
  let line: Sample[] = [];
  let greatest = Number.NEGATIVE_INFINITY;
  /** The one before the newest, if it was left out. */
  let before: Sample | undefined;
  const isOn = (to: Sample, between: readonly Sample[]): boolean => {
    const [from] = line;
    const slope = (Number(to.value) - Number(from.value)) / (to.time - from.time);
    return between.every(({ time, value }) => {
      const length = time - from.time;
      const [most, least] = [deviation, -deviation].map((d) => (Number(value) + d - Number(from.value)) / length);
      return slope >= least && slope <= most;
    });
  };
  const begin = (sample: Sample): void => {
    passed.push(sample);
    line = isPlain(sample) ? [sample] : [];
  };
  for (const sample of given) {
    if (sample.time < greatest) {
      passed.push(sample);
      continue;
    }
    const [from] = line;
    const held = line.length > 1 ? line.at(-1) : undefined;
    const isLike = from && isPlain(sample) && sample.quality === from.quality;
    if (sample.time === greatest) {
      if (isLike && held && isOn(sample, line.slice(1, -1))) line.splice(-1, 1, sample);
      else {
        const isRepeat =
          !held && from && sample.value === from.value && sample.quality === from.quality && from.kind !== 'boolean';
        if (before && !isRepeat) {
          passed.push(before);
          before = undefined;
        }
        begin(sample);
      }
      continue;
    }
    greatest = sample.time;
    before = undefined;
    if (!isLike) {
      if (held) passed.push(held);
      begin(sample);
      continue;
    }
    if (held && !isOn(sample, line.slice(1))) begin(held);
    else before = held;
    line.push(sample);
    if (sample.time - line[0].time >= heartbeat) begin(sample);
  }
  return passed;
}

function isPlain({ value, quality, kind }: Sample): boolean {
  if (quality === 'bad' || kind === 'boolean' || kind === 'text') return false;
  return kind === 'double' ? Math.abs(Number(value)) <= 1e300 : Math.abs(Number(value)) < 2 ** 53;
}

test('a negative deviation is refused', () => {
  expect(() => run(swingingDoor, { deviation: -1 }, '')).toThrow('swingingDoor.deviation: Too small');
});
