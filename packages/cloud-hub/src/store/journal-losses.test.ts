import { expect, test } from 'vitest';
import { type LossRow, MAX_LOSSES, withReport } from './journal-losses.ts';

const loss = (n: number, samples = n) => ({
  source: 'tcp',
  reason: 'quota',
  samples,
  sequences: { from: n, to: n + 1 },
  firstTime: n,
  lastTime: n + 1,
});
const report = (epoch: string, count: number) => ({
  epoch,
  losses: Array.from({ length: count }, (_, i) => loss(i + 1)),
});
const total = (rows: readonly LossRow[]): number => rows.reduce((sum, { samples }) => sum + samples, 0);
const sumTo = (n: number): number => (n * (n + 1)) / 2;

test('a report takes the place of the one before, and a repeat changes nothing', () => {
  const once = withReport([], { epoch: 'a', losses: [loss(1, 5), loss(2, 7)] });
  expect(total(once)).toBe(12);
  expect(withReport(once, { epoch: 'a', losses: [loss(1, 5), loss(2, 7)] })).toEqual(once);
  const grown = withReport(once, { epoch: 'a', losses: [loss(1, 12), loss(3, 1)] });
  expect(total(grown)).toBe(13);
});

test('what journals lost that are gone stays, and is bounded without any of it being forgotten or counted twice', () => {
  let rows: LossRow[] = [];
  for (const epoch of ['a', 'b', 'c', 'd']) {
    rows = withReport(rows, report(epoch, 200));
    rows = withReport(rows, report(epoch, 256));
  }
  expect(rows).toHaveLength(MAX_LOSSES);
  expect(total(rows)).toBe(4 * sumTo(256));
  expect(withReport(rows, report('d', 256))).toEqual(rows);
  expect(rows[0]).toMatchObject({ source: 'tcp', reason: 'quota', firstTime: 1, lastTime: 257 });
  // More than an agent of ours tells.
  rows = withReport(rows, report('e', 2 * MAX_LOSSES));
  expect(rows).toHaveLength(MAX_LOSSES);
  expect(total(rows)).toBe(4 * sumTo(256) + sumTo(2 * MAX_LOSSES));
});
