import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { count, keep, port, size } from './arguments.ts';

const HOUR = 3_600_000_000;

test('rules are a pattern and a duration, kept in order', () => {
  expect(keep('lab/**=1h', [])).toEqual([{ match: 'lab/**', keep: HOUR }]);
  expect(keep('**=1d', keep('a=b/**=2h', []))).toEqual([
    { match: 'a=b/**', keep: 2 * HOUR },
    { match: '**', keep: 24 * HOUR },
  ]);
});

test('sizes have a unit', () => {
  expect(['1B', '1.5KiB', '512MiB', '1GiB', '2TiB'].map(size)).toEqual([1, 1536, 2 ** 29, 2 ** 30, 2 ** 41]);
});

test.for([
  [keep, ['', '=1d', 'lab/**', 'lab/**=', 'lab/**=1', 'lab/**=0s', 'lab/**=week']],
  [size, ['', '1', '1GB', '-1GiB', '0B', '1e3MiB', '9999999TiB']],
  [count, ['', '0', '-1', '1.5', 'many']],
  [port, ['', '-1', '65536', '80a']],
] as const)('what is none is refused %#', ([parse, texts]) => {
  for (const text of texts) expect(() => parse(text, []), text).toThrow(InvalidArgumentError);
});
