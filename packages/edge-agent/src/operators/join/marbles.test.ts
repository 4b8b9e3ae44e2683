import { marbles, run, together } from '@sluis/plugin-sdk/testing';
import { expect, test } from 'vitest';
import { join } from '../join.ts';

test('each sample meets the newest of the other series, once that has come as far', () => {
  const at = { series: 'lab/part', step: '1s' } as const;
  const parts = marbles('a---b---b', { a: 'P-1', b: 'P-2' }, at);
  const force = marbles('-1-23-4--', {}, { ...at, series: 'lab/force' });
  const config = { left: 'lab/force', right: 'lab/part', emit: { part: 'label' } };
  const expected = marbles('-a-ab-b--', { a: 'P-1', b: 'P-2' }, { ...at, series: 'lab/force/s/part' });
  expect(run(join, config, together(parts, force)).samples).toEqual(expected);
});
