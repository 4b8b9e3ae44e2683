import {
  isSample,
  isTick,
  type Line,
  marbles,
  run,
  type Sample,
  sample as sampleOf,
  wildLines,
} from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { withinHorizon } from './numbers/fixtures.ts';
import { sample } from './sample.ts';

const SECOND = 1_000_000;

test('passes the last of each interval when another one begins, or after silence', () => {
  const at = { series: 'lab/a', step: '250ms' } as const;
  const values = { b: { value: 7, quality: 'bad' }, t: 'RUN', z: 12345678901234567n } as const;
  const given = marbles('-123 b(tz)-- |6|---------- |- |', values, at);
  const [first, early, nearly, silent] = given.filter(isTick);
  const three = marbles('---3', values, at);
  const z = marbles('z', values, { ...at, start: '1250ms' });
  const six = marbles('6', {}, { ...at, start: '2s' });
  expect(run(sample, '1s', given).lines).toEqual([...three, first, ...z, early, nearly, silent, ...six]);
});

interface Held {
  last: Sample;
  isHeld: boolean;
  silentAt: number;
  order: number;
}

interface Known {
  newest?: Held;
  other?: Held;
  readonly passed: number[];
}

/** One sample at a time, in objects, and all that has passed remembered. */
function plain(lines: readonly Line[], every: number): Sample[] {
  const known = new Map<string, Known>();
  const passed: Sample[] = [];
  let tick = 0;
  let order = 0;
  const intervalOf = ({ time }: Sample): number => Math.floor(time / every);
  function pass(own: Known, held: Held | undefined): void {
    if (!held?.isHeld) return;
    held.isHeld = false;
    passed.push(held.last);
    if (held.last.time <= (own.newest?.last.time ?? Number.NaN)) own.passed.push(held.last.time);
  }
  function onTick(): void {
    for (const place of ['other', 'newest'] as const) {
      const silent = [...known.values()].flatMap((own) => {
        const held = own[place];
        return held && held.silentAt <= tick ? [{ own, held }] : [];
      });
      silent.sort((a, b) => a.held.silentAt - b.held.silentAt || a.held.order - b.held.order);
      for (const { own, held } of silent) pass(own, held);
    }
  }
  for (const line of lines) {
    if (isTick(line)) {
      tick = line.tick;
      onTick();
    }
    if (!isSample(line)) continue;
    if (line.lane !== 'data') {
      passed.push(line);
      continue;
    }
    const own: Known = known.get(line.series) ?? { passed: [] };
    known.set(line.series, own);
    const isLate = own.newest && intervalOf(line) < intervalOf(own.newest.last);
    const place = isLate || line.time > tick + 86_400 * SECOND ? 'other' : 'newest';
    const held = own[place];
    const isSame = held && intervalOf(held.last) === intervalOf(line);
    const later = own.passed.some((time) => time > line.time && Math.floor(time / every) === intervalOf(line));
    if (place === 'other' && (isSame ? line.time < held.last.time : later)) continue;
    if (!isSame) pass(own, held);
    const silentAt = tick + every + 2 * SECOND;
    const timer = { silentAt, order: held?.silentAt === silentAt ? held.order : order++ };
    own[place] = isSame && line.time < held.last.time ? { ...held, ...timer } : { last: line, isHeld: true, ...timer };
  }
  return passed;
}

const values = [0, 'RUN', 7n, true];
const wild = ['lab/a', 'lab/b'].flatMap((series) => values.map((value, i) => sampleOf(series, i * SECOND, value)));
const numRuns = Number(process.env['SLUIS_RUNS'] ?? 60);

test('what passes of any samples is what a look at each of them lets through', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(1, 3, 3600), (seed, seconds) => {
      const lines = [{ tick: 0 }, ...wildLines(wild, seed, 60), { tick: 400 * 86_400 * SECOND }];
      expect(run(sample, `${seconds}s`, lines).samples).toEqual(plain(lines, seconds * SECOND));
    }),
    { numRuns },
  );
});

test('of any samples, the last of each interval passes, and after it nothing of that interval that is earlier', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(1, 3, 3600), (seed, seconds) => {
      const given = withinHorizon([{ tick: 0 }, ...wildLines(wild, seed, 60)]);
      const data = given.filter(isSample).filter(({ lane }) => lane === 'data');
      const { samples } = run(sample, `${seconds}s`, [...given, { tick: 400 * 86_400 * SECOND }]);
      expect(lastOfEach(samples, seconds)).toEqual(lastOfEach(data, seconds));
    }),
    { numRuns },
  );
});

/** Of each interval the sample that a reader sees as its last. */
function lastOfEach(samples: readonly Sample[], seconds: number): Map<string, Sample> {
  const last = new Map<string, Sample>();
  for (const one of samples) {
    if (one.lane !== 'data') continue;
    const interval = `${one.series} ${Math.floor(one.time / seconds / SECOND)}`;
    if (!(one.time < (last.get(interval)?.time ?? Number.NaN))) last.set(interval, one);
  }
  return new Map([...last].sort(([a], [b]) => (a < b ? -1 : 1)));
}

test('a burst of hours ago has one of each of its intervals, also where it comes in turns with what is new', () => {
  const late = Array.from({ length: 100 }, (_, i) => sampleOf('lab/a', i * 250_000, i));
  const live = Array.from({ length: 100 }, (_, i) => sampleOf('lab/a', 8 * 3600 * SECOND + i * 250_000, i));
  const given = [sampleOf('lab/a', 8 * 3600 * SECOND, 0), ...late.flatMap((one, i) => [one, live[i]])];
  const times = run(sample, '1s', [{ tick: 0 }, ...given, { tick: 5 * SECOND }]).samples.map(({ time }) => time);
  const expected = Array.from({ length: 25 }, (_, i) => i * SECOND + 750_000);
  expect(times.sort((a, b) => a - b)).toEqual([...expected, ...expected.map((time) => time + 8 * 3600 * SECOND)]);
});

test('texts that are more than are held pass at once', () => {
  const text = 'x'.repeat(2 ** 17);
  const given = Array.from({ length: 80 }, (_, i) => sampleOf(`lab/${i}`, 0, `${text}${i}`));
  const { samples } = run(sample, '1s', [{ tick: 0 }, ...given, { tick: 5 * SECOND }]);
  expect(samples).toHaveLength(80);
  const before = run(sample, '1s', [{ tick: 0 }, ...given]).samples;
  expect(before.length).toBeGreaterThan(0);
  expect(samples.slice(0, before.length)).toEqual(before);
});

test.each([
  ['0s', 'must be longer than 0'],
  [1, '1 is not a duration'],
])('%s is refused', (config, message) => {
  expect(() => run(sample, config as never, '')).toThrow(message);
});
