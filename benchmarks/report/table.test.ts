import { expect, test } from 'vitest';
import { compare } from '../run/against.ts';
import { report } from './fixtures.ts';
import { isFailed, type Outcome } from '../run/outcome.ts';
import { isMet, ratioOf } from './numbers.ts';
import { reportOf } from './report.ts';
import { changesOf, tableOf, verdictOf } from './table.ts';

test('The table shows each figure beside its yardstick, and what became of each scenario', () => {
  expect(tableOf(report.outcomes)).toBe(
    `\
stream: operators (12 s)
  figure      value              yardstick       ratio   target         
  in batches  40 M samples/s     8 M one by one  5.00 ×  ≥ 30 M, ≥ 4 ×  met
  size        1.25 bytes/sample                          ≤ 1            MISSED
  · CPU seconds of all threads & <not> of the clock

codec: segments (0 s)
  FAILED: Error: <broken>

nab: real data (0 s)
  not run: there is no folder
`.replace('target         \n', 'target\n'),
  );
  expect(verdictOf(report.outcomes)).toBe('1 of 2 targets met; failed: codec; not run: nab');
});

test('A target that could not be measured is shown as that, and is not met', () => {
  const [stream] = report.outcomes;
  if (stream?.status !== 'measured') throw new Error('the fixture has figures');
  const without: Outcome = {
    ...stream,
    result: { figures: [], unmeasured: [{ what: 'real data', target: { atMost: 1 }, why: 'there is no folder' }] },
  };
  expect(tableOf([without])).toContain('· not measured: there is no folder');
  expect(tableOf([without])).toMatch(/real data +≤ 1 +NOT MEASURED/);
  expect(verdictOf([without])).toBe('0 of 1 targets met; not measured: stream: real data');
  expect(reportOf({ ...report, outcomes: [without] })).toContain('✗ not measured');
  expect(isFailed([without], true)).toBe(true);
  expect(isFailed([without], false)).toBe(false);
});

test('Strict: what is missed or did not run fails', () => {
  const [stream, , missing] = report.outcomes;
  for (const one of [stream, missing]) {
    expect(isFailed([one], true)).toBe(true);
    expect(isFailed([one], false)).toBe(false);
  }
});

test('Changes name another machine and what became better, worse, new or gone', () => {
  const [stream, ...others] = report.outcomes;
  if (stream?.status !== 'measured') throw new Error('the fixture has figures');
  const [batches, size] = stream.result.figures;
  if (!batches || !size) throw new Error('the fixture has two figures');
  const now = {
    machine: report.machine,
    load: report.load,
    outcomes: [
      {
        ...stream,
        result: {
          figures: [
            { ...batches, value: 20e6 },
            { ...size, what: 'length' },
          ],
        },
      },
      ...others,
    ],
  };
  const text = changesOf(compare(report, now));
  expect(text).toMatch(/stream: in batches +ratio +5 +2.5 +-50.0 % +± 10 % +worse/);
  expect(text).toContain('new: stream: length, bytes/sample');
  expect(text).toContain('gone: stream: size, bytes/sample');
  expect(text).toContain('Beyond the noise: stream: in batches -50.0 % (worse).');

  const elsewhere = {
    ...now,
    machine: { ...report.machine, cores: 4 },
    load: { ...report.load, before: [2, 1, 1] as const },
  };
  const other = changesOf(compare(report, elsewhere));
  expect(other).toContain('cores 2 → 4; load 0.0 → 2.0');
  expect(other).toMatch(/stream: in batches +ratio +5 +2.5 +-50.0 % +not known\n/);
});

test('A yardstick of 0 gives no ratio, and meets no target of one', () => {
  const yardstick = { what: 'nothing', value: 0 };
  const figure = {
    what: 'speed',
    value: 1,
    unit: 'MB/s',
    better: 'higher',
    yardstick,
    ratioTarget: { atLeast: 2 },
  } as const;
  expect(ratioOf(figure)).toBeUndefined();
  expect(isMet(figure)).toBe(false);
});
