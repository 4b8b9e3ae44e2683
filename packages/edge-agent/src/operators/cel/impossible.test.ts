import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkExpression } from './check.ts';
import { whyNonePass } from './impossible.ts';

const numbers = { site: 'lab', onlyNumbers: true };
const all = { site: 'lab', onlyNumbers: false };

test.each([
  [['value > 10 && value < 5'], 'no value is both value > 10 and value < 5'],
  [['value > 10', 'value < 5.0'], 'no value is both value > 10 and value < 5.0'],
  [['10 < value && quality == "good" && value <= 10'], 'no value is both 10 < value and value <= 10'],
  [['value == 1 && value == 2'], 'no value is both'],
  [['value < -1 && value == -1'], 'no value is both'],
  [['false'], 'false is never true'],
  [
    ['series.startsWith("plant/") && value > 1'],
    'series.startsWith("plant/") is never true: every path starts with the site, lab/',
  ],
  [['series == "m1/temperature"'], 'is never true'],
])('nothing passes %j', (expressions, reason) => {
  expect(whyNonePass(expressions, all)).toContain(reason);
});

test('no result of a window has a text', () => {
  expect(whyNonePass(['text == "RUN"'], numbers)).toContain('needs a text');
  expect(whyNonePass(['text == "RUN"'], all)).toBeUndefined();
});

test.each([
  ['value >= 10 && value <= 10'],
  ['value > 10 || value < 5'],
  ['!(value > 10 && value < 5)'],
  ['series.startsWith("lab/m1") && series.endsWith("/x")'],
  ['series.startsWith("l")'],
  ['series == "lab/m1/x"'],
])('something may pass %s', (expression) => {
  expect(whyNonePass([expression], numbers)).toBeUndefined();
});

test('what it says nothing passes, nothing passes', () => {
  const operator = fc.constantFrom('<', '<=', '>', '>=', '==');
  const comparison = fc
    .tuple(operator, fc.integer({ min: -2, max: 2 }), fc.boolean())
    .map(([op, constant, left]) => (left ? `${constant} ${op} value` : `value ${op} ${constant}`));
  const values = [-3, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, Number.NaN];
  fc.assert(
    fc.property(fc.array(comparison, { minLength: 1, maxLength: 4 }), (parts) => {
      const { evaluate } = checkExpression(parts.join(' && '));
      const passes = values.some((value) =>
        evaluate({ value, text: '', series: 'lab/x', quality: 'good', time: new Date(0) }),
      );
      expect(whyNonePass(parts, numbers) === undefined).toBe(passes);
    }),
  );
});
