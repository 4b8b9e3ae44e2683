import { isSample, marbles, parse, run, sample, type Sample, wildLines } from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { alarm } from './alarm.ts';
import type { alarmRule } from './alarm/config.ts';

type Rule = z.input<typeof alarmRule>;

const SECOND = 1_000_000;

/** Each state with the second it is stamped with, and its revision. */
function states(rule: Rule, given: Parameters<typeof run>[2]): string {
  const { samples } = run(alarm, { a: rule }, given);
  return samples.map(({ time, value, revision }) => `${time / SECOND} ${value} ${revision}`).join(', ');
}

function seconds(...values: readonly number[]): Sample[] {
  return values.map((value, i) => sample('x', i * SECOND, value));
}

test('an alarm is raised once it was abnormal for long enough, and returns beyond its deadband', () => {
  const at = { series: 'oven', step: '1s' } as const;
  const states = { n: 'NORM', u: 'UNACK', r: 'RTNUN' } as const;
  const rule: Rule = { above: 5, deadband: 2, onDelay: '2s' };
  const given = marbles('57-2777-44383-7-|--|', {}, at);
  const expected = marbles('n-----u---r-----u', states, { ...at, series: 'oven/s/hot', lane: 'alarm' });
  expect(run(alarm, { hot: rule }, given).samples).toEqual(expected);
});

test.each<[string, Rule, number[], string]>([
  ['is raised beyond the setpoint', { above: 5 }, [5, 5.1], '0 NORM 0, 1 UNACK 0'],
  ['returns at the setpoint without a deadband', { above: 5 }, [6, 5], '0 UNACK 0, 1 RTNUN 0'],
  ['stays within the deadband', { above: 5, deadband: 2 }, [6, 3.1, 6, 4, 3, 4, 6], '0 UNACK 0, 4 RTNUN 0, 6 UNACK 0'],
  ['looks downwards', { below: 5, deadband: 2 }, [5, 4, 6.9, 7], '0 NORM 0, 1 UNACK 0, 3 RTNUN 0'],
  ['looks at distances', { deviation: 10, above: 2 }, [12, 13, 7, 8], '0 NORM 0, 1 UNACK 0, 3 RTNUN 0'],
  ['looks at changes', { rate: '1m', above: 60 }, [0, 1, 3, 3], '1 NORM 0, 2 UNACK 0, 3 RTNUN 0'],
  ['takes infinities as they are', { above: 5 }, [-Infinity, Infinity, Infinity], '0 NORM 0, 1 UNACK 0'],
])('an alarm %s', (_, rule, values, expected) => expect(states(rule, seconds(...values))).toBe(expected));

describe('a delay', () => {
  test('that was interrupted begins again, and one that ends with a sample ends at its time', () => {
    expect(states({ above: 5, onDelay: '2s' }, seconds(6, 5, 6, 6, 6))).toBe('0 NORM 0, 4 UNACK 0');
  });

  test('does not end where the value is back just then', () => {
    expect(states({ above: 5, onDelay: '2s' }, seconds(6, 6, 5))).toBe('0 NORM 0');
  });

  test('is no shorter on the clock than in event time, and begins again with each sample that comes', () => {
    const given = '0s x 6\n1s x 6\ntick 1s\n1500ms x 7\ntick 2s\ntick 3s\ntick 3500ms\ntick 4s';
    const { lines } = run(alarm, { a: { above: 5, onDelay: '3s' } }, given);
    const expected = "0s x/s/a 'NORM' @alarm\ntick 1s\ntick 2s\ntick 3s\ntick 3500ms\n3s x/s/a 'UNACK' @alarm\ntick 4s";
    expect(lines).toEqual(parse(expected));
  });

  test('that ended on the clock is taken back by a sample that had been on its way', () => {
    const given = "0s x 6\ntick 1s\ntick 3s\ntick 4s\n1s x 5\n9s x 'late'\n500ms x 6";
    const { samples, counts } = run(alarm, { a: { above: 5, onDelay: '2s' } }, given);
    expect(samples).toEqual(parse("0s x/s/a 'NORM' @alarm\n2s x/s/a 'UNACK' @alarm\n2s x/s/a 'RTNUN' r1 @alarm"));
    expect(counts).toEqual({ 'alarm: text': 1, 'alarm: late': 1 });
  });
});

test('what has no number, and what is late or beyond the horizon, changes nothing and is counted', () => {
  const given = "0s x 1\n5s x 9 !\n6s x NaN\n7s x 'hot'\n90000s x 9\n-1s x 9\n0s x 6";
  const { samples, counts } = run(alarm, { a: { above: 5 } }, given);
  expect(samples).toEqual(parse("0s x/s/a 'NORM' @alarm\n0s x/s/a 'UNACK' r1 @alarm"));
  expect(counts).toEqual({
    'alarm: bad quality': 1,
    'alarm: not a number': 1,
    'alarm: text': 1,
    'alarm: beyond horizon': 1,
    'alarm: late': 1,
  });
});

test('a state is as uncertain as the sample that it was last seen by', () => {
  const given = '0s x 6\n1s x 6 ?\n5s x 6\n6s x 1 ?';
  expect(run(alarm, { a: { above: 5, onDelay: '3s' } }, given).samples).toEqual(
    parse("0s x/s/a 'NORM' @alarm\n3s x/s/a 'UNACK' ? @alarm\n6s x/s/a 'RTNUN' ? @alarm"),
  );
});

test('several alarms tell in the order of what happened', () => {
  const { samples } = run(alarm, { HH: { above: 9 }, H: { above: 5 } }, seconds(1, 6, 10, 1));
  expect(samples.map(({ series, time }) => `${time / SECOND} ${series.slice('x/s/'.length)}`)).toEqual([
    '0 HH',
    '0 H',
    '1 H',
    '2 HH',
    '3 HH',
    '3 H',
  ]);
});

test.each<[unknown, string]>([
  [{}, 'alarm: needs an alarm'],
  [{ 'a/b': { above: 1 } }, 'alarm.a/b: the name is one level of a path: no / in it'],
  [{ a: 80 }, 'alarm.a: must say what is abnormal, as { above: 80 }, not 80'],
  [{ a: { above: 1, deviation: 'mean' } }, 'alarm.a.deviation: must be a number or { mean: 10m }, not "mean"'],
  [{ a: {} }, 'alarm.a: needs one setpoint'],
  [{ a: { above: 1, below: 0 } }, 'alarm.a: needs one setpoint'],
  [{ a: { above: 1, rate: '1s', deviation: 1 } }, 'alarm.a: looks either at'],
  [{ a: { below: 1, deviation: 1 } }, 'alarm.a: a deviation is a distance'],
  [{ a: { above: 1, deadband: -1 } }, 'alarm.a.deadband'],
  [{ a: { above: 1, hysteresis: 1 } }, 'alarm.a: Unrecognized key: "hysteresis"'],
])('%j is refused', (config, message) => {
  expect(() => run(alarm, config as never, '')).toThrow(message);
});

const rule: fc.Arbitrary<Rule> = fc.record(
  {
    above: fc.constantFrom(1, 20, 21.5),
    deadband: fc.constantFrom(0, 1, 20),
    onDelay: fc.constantFrom('0s', '1s', '3s'),
    offDelay: fc.constantFrom('0s', '2s'),
    rate: fc.constantFrom('1s', '1m'),
  },
  { requiredKeys: ['above'] },
);

test('states of any samples are those of a plain walk through them', () => {
  fc.assert(
    fc.property(fc.nat(), rule, (seed, rule) => {
      const given = wildLines(seconds(1, 20.5, 20.5, 30), seed, 60).filter(isSample);
      const { samples } = run(alarm, { a: rule }, given);
      expect(samples.map(({ series, time, value, quality }) => [series, time, value, quality])).toEqual(
        walk(rule, given),
      );
    }),
    { numRuns: 60 },
  );
});

/** States of samples between which the clock stands still. */
function walk(rule: Rule, given: readonly Sample[]): unknown[] {
  const wait = {
    on: Number.parseInt(rule.onDelay ?? '0', 10) * SECOND,
    off: Number.parseInt(rule.offDelay ?? '0', 10) * SECOND,
  };
  const per = rule.rate === undefined ? undefined : (rule.rate === '1s' ? 1 : 60) * SECOND;
  const emitted: unknown[] = [];
  interface Known {
    before?: Sample | undefined;
    newest?: Sample;
    isOn?: boolean;
    otherwiseSince?: number | undefined;
    emitted: number;
  }
  const all = new Map<string, Known>();
  for (const one of given) {
    const { series, time, quality } = one;
    const known = all.get(series) ?? { emitted: -Infinity };
    const emit = (at: number, value: string, as: string): void => {
      known.emitted = Math.max(at, known.emitted);
      emitted.push([`${series}/s/a`, known.emitted, value, as]);
    };
    const turn = (at: number, as: string): void => {
      emit(at, known.isOn ? 'RTNUN' : 'UNACK', as);
      known.isOn = !known.isOn;
      known.otherwiseSince = undefined;
    };
    if (typeof one.value === 'string' || Number.isNaN(Number(one.value)) || quality === 'bad') continue;
    if (time > 86_400 * SECOND || time < (known.newest?.time ?? -Infinity)) continue;
    all.set(series, known);
    const previous = known.newest;
    if (time !== previous?.time) known.before = previous;
    known.newest = one;
    const change = (Number(one.value) - Number(known.before?.value)) / (time - (known.before?.time ?? Number.NaN));
    const value = per === undefined ? Number(one.value) : change * per;
    if (Number.isNaN(value)) continue;
    const due = (known.otherwiseSince ?? Number.NaN) + (known.isOn ? wait.off : wait.on);
    if (time > due) turn(due, previous?.quality ?? 'good');
    const isOtherwise = known.isOn ? value <= rule.above! - (rule.deadband ?? 0) : value > rule.above!;
    if (isOtherwise) known.otherwiseSince ??= time;
    else known.otherwiseSince = undefined;
    const end = (known.otherwiseSince ?? Number.NaN) + (known.isOn ? wait.off : wait.on);
    if (time >= end) turn(end, quality);
    else if (known.isOn === undefined) emit(time, 'NORM', quality);
    known.isOn ??= false;
  }
  return emitted;
}
