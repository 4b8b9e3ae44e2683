import { UserError } from '@sluis/runtime';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { report } from '../report/fixtures.ts';
import { compare, movedTo, readReport } from './against.ts';
import type { Report } from './outcome.ts';

test('Two runs are compared by ratio where there is a yardstick, otherwise by value; lower may be better', () => {
  const slower = report.outcomes.map((outcome) =>
    outcome.status === 'measured'
      ? {
          ...outcome,
          result: {
            figures: outcome.result.figures.map((figure) => ({
              ...figure,
              value: figure.value / 2,
              ...(figure.yardstick && { yardstick: { ...figure.yardstick, value: figure.yardstick.value / 2 } }),
            })),
          },
        }
      : outcome,
  );
  const { changes, differences, added, gone } = compare(report, { ...report, outcomes: slower });
  expect(changes).toMatchObject([
    { what: 'in batches', of: 'ratio', before: 5, now: 5, betterPercent: 0 },
    { what: 'size', of: 'value', before: 1.25, now: 0.625, percent: -50, betterPercent: 50 },
  ]);
  expect({ differences, added, gone }).toEqual({ differences: [], added: [], gone: [] });
});

test('Noise is what rounds differed by, in either run; what is counted has none', () => {
  const of = (value: number, spread: number | undefined, yardstick?: number) => {
    const beside = yardstick === undefined ? {} : { yardstick: { what: 'file', value: 10, spread: yardstick } };
    const figure = { what: 'speed', value, unit: 'MB/s', better: 'higher', ...beside, spread } as const;
    return {
      ...report,
      outcomes: [{ name: 'one', about: '', seconds: 1, status: 'measured', result: { figures: [figure] } }],
    } as const;
  };
  const moved = (before: Report, now: Report) => {
    const [change] = compare(before, now).changes;
    return [change.noisePercent, movedTo(change)];
  };
  expect(moved(of(100, 0.01), of(106, 0.02))).toEqual([5, 'better']);
  expect(moved(of(100, 0.01), of(94, 0.08))).toEqual([8, undefined]);
  expect(moved(of(100, 0.1, 0.15), of(76, 0.1, 0.1))).toEqual([25, undefined]);
  expect(moved(of(100, undefined), of(109, undefined))).toEqual([10, undefined]);
  expect(moved(of(100, 0), of(99.9, 0))).toEqual([0, 'worse']);
  const busy = (one: ReturnType<typeof of>) => ({ ...one, load: { ...one.load, before: [9, 9, 9] as const } });
  expect(moved(of(100, 0.1, 0.1), busy(of(70, 0.1, 0.1)))).toEqual([20, 'worse']);
  expect(moved(of(100, 0.1), busy(of(70, 0.1)))).toEqual([Infinity, undefined]);
  expect(moved(of(100, 0), busy(of(99.9, 0)))).toEqual([0, 'worse']);
});

test('A scenario that did not run now is not gone', () => {
  expect(compare(report, { ...report, outcomes: [] })).toMatchObject({ changes: [], gone: [] });
});

test('What is no report is refused, also where only its form is wrong', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'sluis-')), 'report.json');
  onTestFinished(() => rmSync(dirname(path), { recursive: true }));
  const written = (text: unknown): string => {
    writeFileSync(path, JSON.stringify(text));
    return path;
  };
  expect(readReport(written(report))).toEqual(JSON.parse(JSON.stringify(report)));
  const { outcomes, ...without } = report;
  const bare = { ...report, outcomes: outcomes.map((outcome) => ({ ...outcome, result: {} })) };
  for (const wrong of [null, [], { format: 1 }, without, bare, { ...report, format: 0 }]) {
    expect(() => readReport(written(wrong))).toThrow(/was not written by --json/);
  }
  expect(() => readReport(import.meta.filename)).toThrow(UserError);
  expect(() => readReport('no-such-file.json')).toThrow(/cannot read/);
});
