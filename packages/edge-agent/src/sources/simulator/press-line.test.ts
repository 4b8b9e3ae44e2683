import { BatchBuilder, SeriesTable } from '@sluis/protocol';
import { expect, test } from 'vitest';
import { type Row, rowsOf } from '../fake-context.ts';
import { KeyCache } from '../line-protocol/key-cache.ts';
import { LineReader } from '../line-protocol/line-reader.ts';
import { precisions } from '../timestamp.ts';
import { PayloadReader } from '../mqtt/payload-reader.ts';
import { type Report, pressLine, pressSignals, toLine, toMqtt } from './press-line.ts';

const START = 1_700_000_000_000_000;

function take(steps: number, options: Partial<Parameters<typeof pressLine>[0]> = {}): Report[] {
  const line = pressLine({ seed: 1, presses: 2, rateHz: 100, start: START, ...options });
  return Array.from({ length: steps }, () => line.next().value).flat();
}

const ramOf = (reports: Report[]) => reports.filter(({ group, machine }) => group === 'ram' && machine === 'press-1');

test('the same seed and start give the same reports, another seed gives others', () => {
  expect(take(500)).toEqual(take(500));
  expect(take(500, { seed: 2 })).not.toEqual(take(500));
  expect(take(5, { seed: 2 ** 40 })).not.toEqual(take(5, { seed: 2 ** 41 }));
});

test('reports come in order of time, the groups at their own rates, with the signals that are declared', () => {
  const reports = take(1000, { presses: 1 });
  const times = reports.map(({ time }) => time);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  const count = (group: string) => reports.filter((report) => report.group === group).length;
  expect([count('ram'), count('process')]).toEqual([1000, 100]);
  expect(count('state')).toBeGreaterThanOrEqual(10);
  for (const { group, values } of reports) expect(Object.keys(values)).toEqual(Object.keys(pressSignals[group]));
  expect(times.every((time) => Number.isSafeInteger(time))).toBe(true);
});

test('rates that do not divide a second keep step', () => {
  const times = ramOf(take(301, { rateHz: 300 })).map(({ time }) => time - START);
  expect([times[1], times[2], times[300]]).toEqual([3333, 6667, 1_000_000]);
});

test('the ram goes through its stroke, and forms on the way down only', () => {
  const samples = ramOf(take(6000, { rateHz: 200 })).map(({ values }) => values as { force: number; position: number });
  const positions = samples.map(({ position }) => position);
  expect(Math.min(...positions)).toBeGreaterThanOrEqual(0);
  expect(Math.min(...positions)).toBeLessThan(0.5);
  expect(Math.max(...positions)).toBeLessThanOrEqual(200);
  expect(Math.max(...positions)).toBeGreaterThan(199);
  const forming = samples.flatMap(({ force, position }, i) =>
    force > 50 ? [{ position, before: positions[i - 1] }] : [],
  );
  expect(forming.length).toBeGreaterThan(50);
  for (const { position, before } of forming) {
    expect(position).toBeLessThanOrEqual(12);
    expect(before).toBeGreaterThan(position);
  }
  expect(Math.max(...samples.map(({ force }) => force))).toBeGreaterThan(700);
});

test('over the best part of an hour: parts count up, energy too, temperatures settle, the press stops and goes on', () => {
  const reports = take(45 * 60 * 5, { rateHz: 5, presses: 1 });
  const states = reports.filter(({ group }) => group === 'state').map(({ values }) => values);
  const parts = states.map(({ parts }) => Number(parts));
  expect(parts).toEqual(parts.toSorted((a, b) => a - b));
  expect(parts.at(-1)).toBeGreaterThan(1000);
  expect(Number(states.at(-1)?.scrap)).toBeGreaterThan(0);
  expect(new Set(states.map(({ state }) => state))).toEqual(new Set(['running', 'idle', 'alarm']));
  const process = reports.filter(({ group }) => group === 'process').map(({ values }) => values);
  const energy = process.map(({ energy }) => Number(energy));
  expect(energy).toEqual(energy.toSorted((a, b) => a - b));
  const oil = process.slice(-1000).map(({ oil_temperature }) => Number(oil_temperature));
  expect(Math.min(...oil)).toBeGreaterThan(30);
  expect(Math.max(...oil)).toBeLessThan(75);
});

test('values have the resolution of their sensors', () => {
  for (const { values } of take(300)) {
    for (const value of Object.values(values))
      if (typeof value === 'number') expect(`${value}`).toMatch(/^\d+(\.\d{1,2})?$/);
  }
});

test('as line protocol and as MQTT JSON the reports are the same samples', () => {
  const reports = take(200);
  const series = new SeriesTable();
  const expected = reports.flatMap(({ machine, group, time, values }) => {
    return Object.entries(values).map(([name, value]): Row => {
      return {
        path: `lab/${machine}/${group}/${name}`,
        time,
        kind: typeof value === 'number' ? 'double' : 'text',
        value,
      };
    });
  });
  const fail = (...reason: unknown[]) => expect.unreachable(JSON.stringify(reason));
  const lines = new LineReader({
    site: 'lab',
    series,
    keys: new KeyCache(),
    precision: precisions.ns,
    maxLine: 1000,
    bad: fail,
  });
  lines.push(Buffer.from(reports.map(toLine).join('')), 0);
  expect(rowsOf(lines.rows.take(), series)).toEqual(expected);

  const rows = new BatchBuilder();
  const messages = new PayloadReader({
    site: 'lab',
    series,
    topics: ['#'],
    time: 'time',
    unit: 'us',
    rows,
    reject: fail,
  });
  for (const { topic, payload } of reports.map(toMqtt)) {
    messages.read({ topic, payload: Buffer.from(payload), retained: false }, 0);
  }
  expect(rowsOf(rows.take(), series)).toEqual(expected);
});
