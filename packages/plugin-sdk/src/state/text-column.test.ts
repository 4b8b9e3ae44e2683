import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Reborn } from './reborn.ts';
import { SeriesTexts } from './text-column.ts';

const series = fc.integer({ min: 0, max: 4 });
const step = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(series, fc.constantFrom('', 'on', 'off', 'über', '\0', '🏭')) },
  { weight: 1, arbitrary: fc.array(series) },
);

test('texts are those of a Map, also where they are restored at any moment with other ids', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const texts = new Reborn((state) => state.text('last'));
      const naive = new Map<number, string>();
      for (const step of steps) {
        const [at, text] = step;
        if (typeof text === 'string') {
          expect(texts.part.set(texts.id(at), text)).toBe(true);
          naive.set(at, text);
        } else texts.restore(step as number[]);
        for (let s = 0; s < 5; s++) expect(texts.part.get(texts.id(s))).toBe(naive.get(s) ?? '');
      }
    }),
  );
});

test('at the limit a series has no text, and others have what they had', () => {
  const texts = new SeriesTexts({ limit: 5 });
  expect([texts.set(0, 'abc'), texts.set(9, 'de'), texts.set(9, 'def')]).toEqual([true, true, false]);
  expect([texts.get(0), texts.get(9), texts.get(1_000)]).toEqual(['abc', '', '']);
  expect([texts.set(0, 'abcde'), texts.set(1, 'x'), texts.get(1)]).toEqual([true, false, '']);
});
