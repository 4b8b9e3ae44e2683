import { marbles, run } from '@sluis/plugin-sdk/testing';
import { expect, test } from 'vitest';
import { durations } from '../durations.ts';

test('each state gets the seconds that it lasted of each window', () => {
  const states = { r: 'RUN', s: 'STOP', x: { value: 'RUN', quality: 'bad' } } as const;
  const given = marbles('r---s----- ----r--x-- r', states, { series: 'press', step: '1s' });
  const windows = { step: '10s', unit: 's' } as const;
  const running = marbles('ab', { a: 4, b: 3 }, { ...windows, series: 'press/s/RUN' });
  const stop = marbles('ab', { a: 6, b: 4 }, { ...windows, series: 'press/s/STOP' });
  const { samples } = run(durations, { every: '10s' }, given);
  expect(samples).toEqual(running.flatMap((line, i) => [line, stop[i]]));
});
