import { isTick, marbles, run, type Sample, sample as sampleOf, wildLines } from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
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

/** One sample at a time, in objects. */
function plain(lines: ReturnType<typeof wildLines>, every: number): Sample[] {
  const held = new Map<string, { last: Sample; isHeld: boolean; silentAt: number; order: number }>();
  const passed: Sample[] = [];
  let tick = 0;
  let order = 0;
  for (const line of lines) {
    if (isTick(line)) {
      tick = line.tick;
      const silent = [...held.values()].filter(({ silentAt, isHeld }) => isHeld && silentAt <= tick);
      for (const one of silent.sort((a, b) => a.silentAt - b.silentAt || a.order - b.order)) {
        passed.push(one.last);
        one.isHeld = false;
      }
      continue;
    }
    if (!('value' in line)) continue;
    if (line.lane !== 'data') {
      passed.push(line);
      continue;
    }
    const before = held.get(line.series);
    const isSame = before && Math.floor(before.last.time / every) === Math.floor(line.time / every);
    const silentAt = tick + every + 2 * SECOND;
    const isSet = before?.silentAt === silentAt;
    const timer = { silentAt, order: isSet ? before.order : order++ };
    if (isSame && line.time < before.last.time) held.set(line.series, { ...before, ...timer });
    else {
      if (before?.isHeld && !isSame) passed.push(before.last);
      held.set(line.series, { last: line, isHeld: true, ...timer });
    }
  }
  return passed;
}

test('what passes of any samples is what a look at each of them lets through', () => {
  const values = [0, 'RUN', 7n, true];
  const given = ['lab/a', 'lab/b'].flatMap((series) => values.map((value, i) => sampleOf(series, i * SECOND, value)));
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(1, 3, 3600), (seed, seconds) => {
      const lines = [{ tick: 0 }, ...wildLines(given, seed, 60), { tick: 400 * 86_400 * SECOND }];
      expect(run(sample, `${seconds}s`, lines).samples).toEqual(plain(lines, seconds * SECOND));
    }),
  );
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
