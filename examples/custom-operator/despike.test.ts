import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { marbles, operatorConformance, run } from '@sluis/plugin-sdk/testing';
import { expect, test } from 'vitest';
import despike from './despike.ts';
import { oven } from './oven.ts';
import { picture } from './picture.ts';

// Its example, replayed and restarted at every place, and all that the contract asks for.
operatorConformance(despike, { refuses: [[{ by: 0 }, 'despike.by']] });

test.each([
  ['115111', '111111'],
  ['111999', '111199'],
  ['121212', '121212'],
])('%s becomes %s', (given, expected) => {
  const options = { series: 'm1/t', step: '1s' } as const;
  expect(run(despike, { by: 2 }, marbles(given, {}, options)).samples).toEqual(marbles(expected, {}, options));
});

test('of an oven with a loose contact no spike is left', () => {
  const { samples } = run(despike, { by: 5 }, oven());
  const steps = samples.slice(1).map(({ value }, i) => Math.abs(Number(value) - Number(samples[i].value)));
  expect(Math.max(...steps)).toBeLessThan(3);
});

test('the picture shows this', () => {
  expect(readFileSync(join(import.meta.dirname, 'picture.svg'), 'utf8')).toBe(picture());
});
