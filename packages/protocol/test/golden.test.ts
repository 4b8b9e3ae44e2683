import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeSegment, encodeSegment } from '../src/index.ts';
import { type TextRow, columnsOf, textRows } from './text-rows.ts';
import { vectors } from './vectors.ts';

const folder = join(import.meta.dirname, 'golden');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.seg'))
  .map((file) => file.slice(0, -'.seg'.length));

describe.each(names)('golden vector %s', (name) => {
  const rows = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as TextRow[];

  test('is read as it was written', () => {
    expect(textRows(decodeSegment(readFileSync(join(folder, `${name}.seg`))))).toEqual(rows);
  });

  test.each(['fast', 'tight'] as const)("is what today's encoder writes (%s)", (effort) => {
    expect(textRows(decodeSegment(encodeSegment(columnsOf(rows), { effort }).bytes))).toEqual(rows);
  });
});

test('every vector is there', () => {
  expect(vectors.map(({ name }) => name).sort()).toEqual(names.sort());
});

test("the specification's example is the vector of that name", () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/segment-format.md'), 'utf8');
  const block = /```segment\n(.*?)```/s.exec(page)?.[1] ?? '';
  const hex = block.replaceAll(/ {2,}.*$/gm, '').replaceAll(/\s/g, '');
  expect(hex).toBe(readFileSync(join(folder, 'example.seg')).toString('hex'));
});
