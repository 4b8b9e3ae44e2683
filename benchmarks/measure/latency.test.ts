import { expect, test } from 'vitest';
import { Latencies, latencyPlot } from './latency.ts';

test('Latencies tell percentiles to three digits and the share of each step', () => {
  const latencies = new Latencies();
  for (let ms = 1; ms <= 1000; ms++) latencies.add(ms);
  latencies.add(-5, 24);
  expect(latencies.count).toBe(1024);
  expect(latencies.percentile(50)).toBeCloseTo(488, -1);
  expect(latencies.percentile(99)).toBeCloseTo(990, -1);
  const points = latencies.points();
  expect(points.reduce((sum, [, percent]) => sum + percent, 0)).toBeCloseTo(100, 6);
  expect([points[0]?.[1], points.at(-1)?.[1]]).toEqual([0, 0]);
  const most = Math.max(...points.map(([, percent]) => percent));
  expect(points.find(([, percent]) => percent === most)?.[0]).toBeCloseTo(891.25, 2);
});

test('No latencies make an empty line', () => {
  expect(new Latencies().percentile(99)).toBe(0);
  expect(latencyPlot('of none', { live: new Latencies() }).lines).toEqual([{ name: 'live', points: [] }]);
});
