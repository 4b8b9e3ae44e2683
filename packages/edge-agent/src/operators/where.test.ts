import { EPOCH, marbles, run, sample } from '@sluis/plugin-sdk/testing';
import { Quality, qualityNames } from '@sluis/protocol';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkExpression } from './cel/check.ts';
import { where } from './where.ts';

test('passes what the expression is true of, with its quality and revision', () => {
  const at = { series: 'lab/m1/temperature', step: '1s', unit: 'Cel' } as const;
  const values = {
    u: { value: 9, quality: 'uncertain' },
    b: { value: 9, quality: 'bad' },
    r: { value: 7, revision: 3 },
  } as const;
  const given = marbles('159-u b (3r)', values, at);
  expect(run(where, 'value > 4.0 && quality != "bad"', given).samples).toEqual(marbles('-59-u - (r)', values, at));
});

interface Row {
  series: string;
  time: number;
  content: number | string;
  quality: Quality;
}

const minute = 60_000_000;
const plain: Row = { series: 'lab/m1/temperature', time: 0, content: 1, quality: Quality.good };

/** Places in `rows` of those that pass, and how many lack what is needed. */
function select(expression: string, rows: readonly Row[]): { passed: number[]; undecided: number } {
  const given = rows.map(({ series, time, content, quality }, place) =>
    // The revision of each is its place.
    sample(series, time - EPOCH, content, { quality: qualityNames[quality], revision: place }),
  );
  const { samples, counts } = run(where, expression, given);
  return { passed: samples.map(({ revision }) => revision), undecided: counts['where: no value'] ?? 0 };
}

/** What the library's own interpreter says, row by row. */
function interpret(expression: string, rows: readonly Row[]): { passed: number[]; undecided: number } {
  const { evaluate } = checkExpression(expression);
  const passed: number[] = [];
  let undecided = 0;
  rows.forEach(({ series, time, content, quality }, i) => {
    const own = typeof content === 'string' ? { text: content } : { value: content };
    try {
      if (evaluate({ series, time: new Date(time / 1000), quality: qualityNames[quality], ...own }) === true)
        passed.push(i);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'EvaluationError') throw error;
      undecided++;
    }
  });
  return { passed, undecided };
}

const values = [-1, 0, 1, 2, 5, 499.5, 500, Number.NaN, Number.POSITIVE_INFINITY];

test.each([
  ['value < 500', [-1, 0, 1, 2, 5, 499.5]],
  ['value == 5', [5]],
  ['value * 2 + 1 > 10', [5, 499.5, 500, Number.POSITIVE_INFINITY]],
  ['value in [1, 2.5, -1]', [-1, 1]],
  ['(value > 1 ? value : 0) == 2', [2]],
  ['value / 2 == 2.5', [5]],
  ['value != value', [Number.NaN]],
  ['-value < -499', [499.5, 500, Number.POSITIVE_INFINITY]],
  ['true', values],
  ['!(value >= 0.0)', [-1, Number.NaN]],
])('%s', (expression, expected) => {
  const { passed } = select(
    expression,
    values.map((content) => ({ ...plain, content })),
  );
  expect(passed.map((i) => values[i])).toEqual(expected);
});

test('a text has no value and a number no text: dropped and counted, unless the expression can tell without', () => {
  const rows = [
    { ...plain, content: 7 },
    { ...plain, content: 'RUN' },
    { ...plain, series: 'lab/m1/state', content: 'RUN' },
  ];
  expect(select('value > 5', rows)).toEqual({ passed: [0], undecided: 2 });
  expect(select('text == "RUN"', rows)).toEqual({ passed: [1, 2], undecided: 1 });
  expect(select('series.endsWith("/state") ? text == "RUN" : value > 5', rows)).toEqual({
    passed: [0, 2],
    undecided: 1,
  });
  expect(select('text == "RUN" || value > 5', rows)).toEqual({ passed: [0, 1, 2], undecided: 0 });
  expect(select('text == "STOP" || value > 9', rows)).toEqual({ passed: [], undecided: 3 });
});

test('times are compared to the microsecond, hours are UTC', () => {
  const start = Date.UTC(2024, 1, 29, 23, 59, 59) * 1000;
  const rows = [0, 1, minute].map((after) => ({ ...plain, time: start + after }));
  expect(select('time > timestamp("2024-02-29T23:59:59.000000Z")', rows).passed).toEqual([1, 2]);
  expect(select('time - timestamp("2024-02-29T23:59:59Z") >= duration("1m")', rows).passed).toEqual([2]);
  expect(select('time.getHours() == 0 && time.getDate() == 1 && time.getMonth() == 2', rows).passed).toEqual([2]);
  expect(select('time.getHours() >= 22', [{ ...plain, time: -1 }]).passed).toEqual([0]);
});

test('booleans and 64-bit integers have values', () => {
  const given = '0s a true\n1s a false\n2s a 1u';
  expect(run(where, 'value == 1', given).samples.map(({ time }) => time)).toEqual([0, 2_000_000]);
});

test.each([
  ['value >', 'Unexpected token', 7],
  ['valu > 5', 'a sample has value, text, series, quality and time', 0],
  ['value > 5 && text', 'requires bool operands', 0],
  ['value + text > 5', 'no such overload: double + string', 0],
  ['value', 'must be true or false', 0],
  ['text.matches("(a+)+$")', 'a pattern can take seconds', 0],
  ['quality == "Good"', 'a quality is one of good, uncertain, bad', 11],
  ['quality in ["good", "ok"]', 'a quality is one of good, uncertain, bad', 20],
  ['size(text) / size(series) > 1', 'the divisor could be 0', 0],
  ['size(text) * 4294967296 > 1', 'could grow beyond 2^53', 0],
  ['time > timestamp("2024-13-01T00:00:00Z")', 'ISO 8601', 7],
  ['time.getHours("Europe/Berlin") > 5', 'hours and days are UTC', 14],
  ['[1, 2].all(x, x > 0)', 'not supported', 0],
  ['string(value) == "1"', 'string() is not supported here', 0],
  [Array.from({ length: 300 }, () => 'value > 1').join(' && '), 'maxAstNodes', 0],
  [`${'('.repeat(100)}true${')'.repeat(100)}`, 'maxDepth', 0],
  [`${'!'.repeat(5000)}true`, 'longer than 4096', 0],
])('%s is refused', (expression, message, offset) => {
  const [issue] = where.config.safeParse(expression).error?.issues ?? [];
  expect(issue?.message).toContain(message);
  if (offset > 0) expect(issue).toMatchObject({ params: { offset } });
});

test('a complex expression whose parts may all be missing is refused before it takes the memory', () => {
  let expression = '(value > 1 ? text == "a" : true)';
  for (let i = 0; i < 12; i++) expression = `(${expression} ? value > ${i} : value < ${i})`;
  expect(where.config.safeParse(expression).error?.issues[0].message).toContain('too complex');
});

test('the message points at what is wrong', () => {
  const [issue] = where.config.safeParse('value > 1 &&\n  quality == "okay"').error?.issues ?? [];
  expect(issue?.message).toBe('a quality is one of good, uncertain, bad\n    quality == "okay"\n               ^');
});

test('a test on the series alone is made once per series, also for those that come later', () => {
  const given = Array.from({ length: 200 }, (_, i) => [
    sample(`lab/${i % 3 === 0 ? 'b' : 'c'}${i}`, 0, i % 10),
    { tick: i + 1 },
  ]).flat();
  const { samples } = run(where, 'series.contains("/b") || value > 5', given);
  const expected = Array.from({ length: 200 }, (_, i) => i).filter((i) => i % 3 === 0 || i % 10 > 5);
  expect(samples.map(({ series }) => Number(series.slice(5)))).toEqual(expected);
});

const two = (part: fc.Arbitrary<string>) => fc.tuple(part, part);
const binary = (part: fc.Arbitrary<string>, ...operators: string[]) =>
  fc.tuple(part, fc.constantFrom(...operators), part).map(([a, op, b]) => `(${a} ${op} ${b})`);

describe('for any expression and rows', () => {
  const literal = fc.oneof(fc.integer({ min: -3, max: 9 }).map(String), fc.constantFrom('0.5', '2.0', '1e3'));
  const { bool } = fc.letrec<Record<'bool' | 'double' | 'int' | 'string', string>>((tie) => {
    return {
      double: fc.oneof(
        { maxDepth: 3 },
        fc.constant('value'),
        fc
          .tuple(fc.constant('value'), fc.constantFrom('+', '-', '*', '/'), literal)
          .map((parts) => `(${parts.join(' ')})`),
        binary(tie('double'), '+', '-', '*', '/'),
        tie('double').map((a) => `(-${a})`),
        tie('int').map((a) => `double(${a})`),
        fc.tuple(tie('bool'), tie('double'), tie('double')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
      ),
      int: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(
          'size(text)',
          'series.size()',
          'time.getHours()',
          'time.getMinutes()',
          'time.getDayOfWeek()',
          '3',
          '-2',
        ),
        fc.constantFrom(
          'time.getMonth()',
          'time.getFullYear()',
          'time.getDate()',
          'time.getDayOfMonth()',
          'time.getMilliseconds()',
        ),
        binary(tie('int'), '+', '-'),
        fc
          .tuple(tie('int'), fc.constantFrom('/', '%'), fc.constantFrom('2', '-3', '7'))
          .map((parts) => `(${parts.join(' ')})`),
        fc.tuple(tie('bool'), tie('int'), tie('int')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
      ),
      string: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom('text', 'series', 'quality', '"a"', "'b\\'\"'", '"good"', '""'),
        two(tie('string')).map(([a, b]) => `(${a} + ${b})`),
        fc.tuple(tie('bool'), tie('string'), tie('string')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
      ),
      bool: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom('true', 'false', 'quality == "good"', 'quality in ["bad", "uncertain"]', 'text != "a"'),
        fc.constantFrom(
          'time >= timestamp("1970-01-01T00:01:00Z")',
          'time - timestamp("1970-01-01T00:00:00.5Z") < duration("90s")',
        ),
        binary(tie('double'), '<', '<=', '>', '>=', '==', '!='),
        fc.tuple(tie('double'), fc.constantFrom('<', '==', '!='), literal).map((parts) => `(${parts.join(' ')})`),
        binary(tie('int'), '<', '>=', '==', '!='),
        binary(tie('string'), '==', '!=', '<').filter((text) => !text.includes('quality')),
        fc
          .tuple(tie('string'), fc.constantFrom('startsWith', 'endsWith', 'contains'), tie('string'))
          .map(([a, f, b]) => `${a}.${f}(${b})`),
        fc.tuple(tie('double'), literal, literal).map(([a, b, c]) => `(${a} in [${b}, ${c}])`),
        binary(tie('bool'), '&&', '||', '==', '!='),
        tie('bool').map((a) => `!${a}`),
        fc.tuple(tie('bool'), tie('bool'), tie('bool')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
      ),
    };
  });
  const row: fc.Arbitrary<Row> = fc.record({
    series: fc.constantFrom('lab/a', 'lab/b', 'a'),
    time: fc.integer({ min: -200, max: 200 }).map((seconds) => seconds * 1_500_000),
    content: fc.oneof(
      fc.constantFrom(...values),
      fc.double({ min: -10, max: 10 }),
      fc.constantFrom('', 'a', 'b', 'ab', 'x😀'),
    ),
    quality: fc.constantFrom(Quality.good, Quality.uncertain, Quality.bad),
  });

  test('the loop decides as the library does, row by row', () => {
    let compared = 0;
    fc.assert(
      fc.property(bool, fc.array(row, { minLength: 1, maxLength: 20 }), (expression, rows) => {
        // Literals that do not agree in type are refused by both alike: nothing to compare.
        if (!where.config.safeParse(expression).success) return;
        compared++;
        expect(select(expression, rows)).toEqual(interpret(expression, rows));
      }),
      { numRuns: 500 },
    );
    expect(compared).toBeGreaterThan(200);
  });
});
