import { map } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineOperator } from '../operator.ts';
import { expectCase, operatorConformance } from './operator-conformance.ts';
import { innocent } from './planted.ts';
import { isSample, sample } from './sample.ts';
import { wildLines } from './wild-lines.ts';

const offset = defineOperator({
  name: 'offset',
  version: 1,
  summary: 'Adds to each value.',
  config: z.strictObject({ by: z.number() }),
  examples: [
    { title: 'By one', config: { by: 1 }, given: '0s a 1 Cel\ntick 1s\n1s a 2 ?', expected: '0s a 2 Cel\n1s a 3 ?' },
  ],
  create: ({ config: { by }, count }) =>
    map((batch) => {
      count('offset: rows', batch.length);
      return { ...batch, value: batch.value.map((value) => value + by) };
    }),
});

operatorConformance(offset, {
  cases: [
    {
      title: 'In time',
      config: { by: 0 },
      given: '0s a 1\ntick 1s\n1s a 2',
      expected: '0s a 1\ntick 1s\n1s a 2',
      counts: { 'offset: rows': 2 },
    },
  ],
  refuses: [
    [{ by: 'a' }, 'offset.by: '],
    [{ to: 1 }, 'offset: Unrecognized key: "to"'],
  ],
});

test('an example that is not so fails', () => {
  const example = { title: '', config: { by: 1 }, given: '0s a 1', expected: '0s a 1' };
  expect(() => expectCase(offset, example)).toThrow("expected '0s  a  2' to be '0s  a  1'");
  expect(() => expectCase(offset, { ...example, expected: '0s a 2', counts: {} })).toThrow('to deeply equal {}');
});

test('an operator without examples is refused', () => {
  expect(() => operatorConformance(innocent['passes everything'])).toThrow("operator 'planted' has no examples");
});

test('examples without any sample are refused', () => {
  const examples = [{ title: 'Nothing', config: { by: 1 }, given: 'tick 1s', expected: '' }];
  expect(() => operatorConformance({ ...offset, examples })).toThrow(
    "operator 'offset' has examples without any sample",
  );
});

test('a bad day has all that is bad, and is the same each time', () => {
  const lines = wildLines([sample('m/t', 0, 1, { unit: 'Cel' })], 1, 1000);
  expect(lines).toEqual(wildLines([sample('m/t', 0, 1, { unit: 'Cel' })], 1, 1000));
  expect(lines).not.toEqual(wildLines([sample('m/t', 0, 1, { unit: 'Cel' })], 2, 1000));
  const kinds = lines.map((line) =>
    isSample(line) ? `${line.kind} ${line.quality} ${line.lane} ${line.series}` : Object.keys(line).join(' '),
  );
  const parts = ['double', 'text', 'boolean', 'int64', 'uint64', 'bad', 'uncertain', 'alarm', 'm/t', 'wild/b'];
  for (const part of [...parts, 'tick', 'dropped']) {
    expect(
      kinds.some((kind) => kind.includes(part)),
      part,
    ).toBe(true);
  }
});
