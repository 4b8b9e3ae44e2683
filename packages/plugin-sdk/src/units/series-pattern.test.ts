import { expect, test } from 'vitest';
import { missingCapture, pathFrom, pathTemplate, seriesPattern } from './series-pattern.ts';

test.each([
  ['lab/*/temp', 'lab/{1}/temperature', 'lab/m1/temp', 'lab/m1/temperature'],
  ['lab/press-*/*', 'hall/{2}/{1}', 'lab/press-7/force', 'hall/force/7'],
  ['lab/**', 'plant/{1}', 'lab/a/b/c', 'plant/a/b/c'],
  ['lab/**', 'plant/{1}/x', 'lab', 'plant/x'],
  ['lab/**', '{1}', 'lab', ''],
  ['lab/*', 'lab/{name}-{1}', 'lab/{1}', 'lab/{name}-{1}'],
  ['lab/*/temp', 'lab/{1}', 'lab/m1/force', undefined],
])('%s to %s: %s becomes %s', (pattern, template, path, expected) => {
  expect(pathFrom(pattern, template)(path)).toBe(expected);
});

test.each([
  ['lab/*/*', 'lab/{2}/{1}', undefined],
  ['lab/*', 'lab/{2}', 2],
  ['lab', 'lab/{0}', 0],
])('of %s, %s lacks %s', (pattern, template, expected) => {
  expect(missingCapture(pattern, template)).toBe(expected);
});

test.each(['', '/lab', 'lab/', 'lab//t', 'lab/a**', 'lab/**b/t', 'lab/***'])('%j is no pattern', (text) => {
  expect(seriesPattern.safeParse(text).error?.issues[0].message).toContain('is no pattern of paths');
});

test.each(['*', '**', 'lab/*-*/**', 'a*b*'])('%j is one', (text) => {
  expect(seriesPattern.parse(text)).toBe(text);
});

test.each(['', 'lab/', 'lab//{1}'])('%j is no path', (text) => {
  expect(pathTemplate.safeParse(text).error?.issues[0].message).toContain('is no path');
});
