import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bake, PARTS } from './bake.ts';
import { baked } from './parts.ts';
import { pictureOf } from './picture.ts';

const found = baked();

test('each part has the temperatures that were measured while it was in the oven', () => {
  const samples = bake().filter(({ series }) => series.endsWith('/temperature'));
  for (const { name, from, to } of PARTS) {
    const own = samples.filter(({ time }) => time >= from && time < to).map(({ value }) => Number(value));
    expect(found.parts.find((part) => part.name === name)).toMatchObject({
      time: from,
      min: Math.min(...own),
      max: Math.max(...own),
      // From its first sample to its last.
      seconds: own.length - 1,
    });
  }
});

test('the alarm is raised once, and returns', () => {
  expect(found.alarm.map(([, state]) => state)).toEqual(['NORM', 'UNACK', 'RTNUN']);
});

test('the picture shows this', () => {
  expect(readFileSync(join(import.meta.dirname, 'picture.svg'), 'utf8')).toBe(pictureOf(found));
});
