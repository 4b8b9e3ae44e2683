import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { energies } from './energy.ts';
import { pictureOf } from './picture.ts';
import { PARTS, production, STEP } from './production.ts';

const found = energies();
const power = production().filter(({ unit }) => unit === 'kW');
const HOURS_PER_STEP = STEP / 3_600_000_000;

function kWh(from: number, to: number): number {
  const within = power.filter(({ time }) => time >= from && time < to);
  return within.reduce((sum, { value }) => sum + Number(value) * HOURS_PER_STEP, 0);
}

test('each part has the energy from its first sample to its last', () => {
  expect([...found.parts.keys()]).toEqual(PARTS.map(({ name }) => name));
  for (const { name, from, to } of PARTS) {
    expect(found.parts.get(name)).toEqual({ time: from, kWh: expect.closeTo(kWh(from, to - STEP), 9) });
  }
});

test('the meter has counted all of it', () => {
  expect(found.meter.length).toBeGreaterThan(25);
  for (const reading of found.meter) expect(reading.kWh).toBeCloseTo(kWh(0, reading.time), 9);
});

test('the picture shows this', () => {
  expect(readFileSync(join(import.meta.dirname, 'picture.svg'), 'utf8')).toBe(pictureOf(found));
});
