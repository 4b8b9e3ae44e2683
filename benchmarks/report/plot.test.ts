import { expect, test } from 'vitest';
import type { Plot } from '../scenario.ts';
import { plotOf } from './plot.ts';

const plot: Plot = {
  title: 'Cost <as> work grows',
  kind: 'line',
  x: { label: 'series', scale: 'log' },
  y: { label: 'µs' },
  lines: [
    {
      name: 'agent',
      points: [
        [10, 1],
        [1_000, 2],
        [100_000, 4],
      ],
    },
    {
      name: 'hub',
      points: [
        [10, 2],
        [100_000, 8],
      ],
    },
  ],
};

test('A line goes through its points in order of x, with a mark that tells each', () => {
  const html = plotOf(plot);
  expect(html).toContain('Cost &lt;as&gt; work grows');
  expect(html.match(/<circle/g)).toHaveLength(5);
  expect(html).toContain('<title>agent: 4 at 100 k</title>');
  expect(html).toContain('class="line" d="M64 223.8L304 193.5L544 133"');
  expect(html).toContain('<li class="c1">hub</li>');
  expect(html).not.toContain('NaN');
});

test('Bars of several lines stand beside one another on their place', () => {
  const html = plotOf({ ...plot, kind: 'bars' });
  expect(html.match(/<rect/g)).toHaveLength(5);
  expect(html).not.toContain('NaN');
});

test('A histogram is an area, and one line needs no legend', () => {
  const html = plotOf({ ...plot, kind: 'histogram', lines: plot.lines.slice(0, 1) });
  expect(html).toContain('class="area"');
  expect(html).not.toContain('legend');
});

test('Without points it says so', () => {
  expect(plotOf({ ...plot, lines: [{ name: 'agent', points: [] }] })).toContain('no points');
});
