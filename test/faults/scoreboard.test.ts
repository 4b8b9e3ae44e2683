import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseArguments, SCOREBOARD } from './arguments.ts';
import { shedIsLost } from './outcome.ts';
import { isGood, readRows, render, type Row, type Rows, writeScoreboard } from './scoreboard.ts';

const row = (result: Row['result']): Row => ({
  about: 'something is done',
  result,
  seconds: 12.3,
  seed: 7,
  share: 1,
  date: '2026-01-02T03:04Z',
  commit: 'abc1234',
  machine: 'a machine',
});
const outcome = { rounds: 20, acknowledged: 12_345, lost: 0, double: 0, recovered: true };
const rows: Rows = {
  good: row({ outcome: { ...outcome, note: 'slow | but well' } }),
  bad: row({ outcome: { ...outcome, lost: 1 } }),
  broken: row({ failed: 'it broke\n  at a line' }),
  absent: row({ notRun: 'it needs root' }),
};

test('the scoreboard has a line for each that ran, and says which failed, and which were not run and why', () => {
  const lines = render(rows, [...Object.keys(rows), 'new']).split('\n');
  expect(lines).toContain(
    String.raw`| ${'`good`'} | something is done | 20 | 12,345 | 0 | 0 | 0 | yes | 12 s | slow \| but well |`,
  );
  expect(lines).toContain('| `broken` | something is done |  |  |  |  |  | **failed** | 12 s |  |');
  expect(lines).toContain('- `broken`: it broke');
  expect(lines).toContain('- `absent`: it needs root');
  expect(lines).toContain('- `new`: never run yet.');
  expect(lines).toContain('| `good` | 2026-01-02T03:04Z | abc1234 | 7 | 1 | a machine |');
  expect(Object.values(rows).map(isGood)).toEqual([true, false, false, false]);
});

test('a fault that was never done, or while nothing was acknowledged, shows nothing', () => {
  expect(isGood(row({ outcome: { ...outcome, rounds: 0 } }))).toBe(false);
  expect(isGood(row({ outcome: { ...outcome, acknowledged: 0 } }))).toBe(false);
});

test('a gap that is reported is a loss where nothing is damaged and no policy sheds', () => {
  expect(shedIsLost({ ...outcome, shed: 3, note: 'slow' })).toEqual({
    ...outcome,
    lost: 3,
    shed: 0,
    note: 'of what is lost, 3 are reported as gaps; slow',
  });
  expect(shedIsLost(outcome)).toEqual({ ...outcome, shed: 0 });
});

test('a run of some renews their rows and keeps the others, in the order of the table', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-scoreboard-'));
  try {
    const file = join(folder, 'reliability.md');
    writeScoreboard(file, { good: rows.good, bad: rows.bad, gone: rows.good }, ['bad', 'good', 'new']);
    writeScoreboard(file, { ...readRows(file), bad: rows.good }, ['bad', 'good', 'new']);
    expect(readRows(file)).toEqual({ bad: rows.good, good: rows.good });
    const text = readFileSync(file, 'utf8');
    expect(text.indexOf('| `bad`')).toBeLessThan(text.indexOf('| `good`'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('arguments: names, seed and share; a quick look writes no scoreboard unless it is asked to', () => {
  const known = ['kill-hub', 'eio'];
  const usual = { names: [], share: 1, list: false, help: false, strict: false, out: SCOREBOARD };
  expect(parseArguments([], known)).toMatchObject(usual);
  expect(parseArguments(['eio', '--seed', '7', '--share', '0.1'], known)).toMatchObject({
    names: ['eio'],
    seed: 7,
    share: 0.1,
    out: undefined,
  });
  expect(parseArguments(['--share', '0.1', '--out', 'x.md'], known).out).toBe('x.md');
  expect(() => parseArguments(['eoi'], known)).toThrow('there is no fault "eoi"; there are: kill-hub, eio');
  expect(() => parseArguments(['--seed', 'x'], known)).toThrow('--seed x');
  expect(() => parseArguments(['--share', '0'], known)).toThrow('--share 0');
});
