import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hoursOfPress } from './oee.ts';
import { pictureOf } from './picture.ts';
import { HOUR, shift } from './shift.ts';

const hours = hoursOfPress();

test('availability is the time that the press ran', () => {
  expect(hours.map(({ factors }) => factors.availability)).toEqual([1, 0.75, 1, 0.5, 1, 1, expect.closeTo(0.3), 1]);
});

test('performance and quality are those of the parts that were made', () => {
  const samples = shift();
  for (const { hour, factors } of hours) {
    const parts = samples.filter(
      ({ series, time }) => series.endsWith('/good') && time >= hour * HOUR && time < (hour + 1) * HOUR,
    );
    const good = parts.filter(({ value }) => value === true).length;
    expect(factors.quality).toBeCloseTo(good / parts.length, 9);
    expect(factors.performance).toBeCloseTo((parts.length * 10) / (3600 * factors.availability), 9);
  }
});

test('OEE is the product of the three', () => {
  for (const { factors } of hours) {
    expect(factors.overall).toBeCloseTo(factors.availability * factors.performance * factors.quality, 9);
  }
});

test('states tell where the time went', () => {
  const of = (name: 'RUN' | 'SETUP' | 'PAUSE' | 'DOWN') => hours.map(({ minutes }) => minutes[name]);
  expect(of('RUN')).toEqual([60, 45, 60, 30, 60, 60, 18, 60]);
  expect([of('SETUP')[1], of('PAUSE')[3], of('DOWN')[6]]).toEqual([15, 30, 42]);
});

test('the picture shows this', () => {
  expect(readFileSync(join(import.meta.dirname, 'picture.svg'), 'utf8')).toBe(pictureOf(hours));
});
