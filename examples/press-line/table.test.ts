import { expect, test } from 'vitest';
import { drawTable, tableLine } from './table.ts';

const picture = {
  rows: [
    { path: 'lab/press-1/ram/force', value: 1812.25, unit: 'kN', rate: 249.6 },
    { path: 'lab/press-1/ram/position', value: -3, unit: 'mm', rate: 250 },
    { path: 'lab/press-1/process/running', value: true, unit: '', rate: 0 },
  ],
  flow: { sent: 12_345, journaled: 12_340, stored: undefined, lagMs: 203.7 },
  url: 'http://127.0.0.1:8080',
};

test('a table shows every series, the flow and the address', () => {
  expect(drawTable(picture, { columns: 80, lines: 24, colours: false })).toEqual([
    'series                              last unit     rate/s',
    'lab/press-1/ram/force           1,812.25 kN          250',
    'lab/press-1/ram/position              -3 mm          250',
    'lab/press-1/process/running         true               0',
    '',
    'sent 12,345 ▸ journaled 12,340 ▸ stored – ▸ lag 204 ms',
    '',
    'http://127.0.0.1:8080  Ctrl-C ends it',
  ]);
});

test.each([
  [20, 5],
  [40, 9],
  [80, 10],
  [200, 60],
])('it fits %d columns and %d lines, however many series there are', (columns, lines) => {
  const rows = Array.from({ length: 50 }, (_, i) => ({ ...picture.rows[i % 3], path: `lab/${'x'.repeat(i)}` }));
  const drawn = drawTable({ ...picture, rows }, { columns, lines, colours: false });
  expect(drawn.length).toBeLessThanOrEqual(Math.max(lines, 8));
  expect(Math.max(...drawn.map((line) => line.length))).toBeLessThanOrEqual(Math.max(columns, 38));
  if (lines < 50) expect(drawn.some((line) => /^and \d+ more series$/.test(line))).toBe(true);
});

test('colours change nothing but the looks', () => {
  const sheet = { columns: 80, lines: 24 };
  const coloured = drawTable(picture, { ...sheet, colours: true }).join('\n');
  const plain = drawTable(picture, { ...sheet, colours: false }).join('\n');
  expect(coloured).not.toBe(plain);
  // eslint-disable-next-line no-control-regex -- the escape sequences are what is taken away
  expect(coloured.replaceAll(/\u001B\[\d+m/g, '')).toBe(plain);
});

test('a log gets the flow and one value in a line', () => {
  expect(tableLine(picture)).toBe(
    'sent 12,345 ▸ journaled 12,340 ▸ stored – ▸ lag 204 ms  lab/press-1/ram/force 1,812.25 kN',
  );
});
