import { UserError } from '@sluis/runtime';
import { expect, test } from 'vitest';
import { report } from '../report/fixtures.ts';
import { compare, readReport } from './against.ts';

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
  const { changes, differences, added, gone } = compare(report, { machine: report.machine, outcomes: slower });
  expect(changes).toMatchObject([
    { what: 'in batches', of: 'ratio', before: 5, now: 5, betterPercent: 0 },
    { what: 'size', of: 'value', before: 1.25, now: 0.625, percent: -50, betterPercent: 50 },
  ]);
  expect({ differences, added, gone }).toEqual({ differences: [], added: [], gone: [] });
});

test('A scenario that did not run now is not gone', () => {
  expect(compare(report, { ...report, outcomes: [] })).toMatchObject({ changes: [], gone: [] });
});

test('What is no report is refused', () => {
  expect(() => readReport(import.meta.filename)).toThrow(UserError);
  expect(() => readReport('no-such-file.json')).toThrow(/cannot read/);
});
