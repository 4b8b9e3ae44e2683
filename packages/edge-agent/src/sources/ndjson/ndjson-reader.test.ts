import { BatchBuilder } from '@sluis/protocol';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { FakeContext, rowsOf } from '../fake-context.ts';
import { ndjsonConfig } from './config.ts';
import { ndjsonReaders } from './ndjson.ts';

function read(text: string, config: Partial<z.input<typeof ndjsonConfig>> = {}) {
  const context = new FakeContext(
    ndjsonConfig.parse({ type: 'ndjson', path: 'in.ndjson', time: 't', unit: 's', series: 'm', ...config }),
  );
  const rows = new BatchBuilder();
  const reader = ndjsonReaders(context)(rows)({ name: 'in', path: 'in.ndjson', position: { line: 1, time: null } });
  const bytes = Buffer.from(text);
  const start = reader.readStart(bytes, 'more') ?? 0;
  const taken = start + reader.read(bytes.subarray(start));
  const shown = rowsOf(rows.take(), context.series).map(({ path, time, value }) => [path, time / 1e6, value]);
  return { taken, rows: shown, rejected: context.rejected };
}

test('members become paths, and value appends nothing', () => {
  const line = '{"t":1,"value":2.5,"motor":{"current":3,"value":4,"on":true},"a/b":"x","none":null,"list":[5,6]}';
  expect(read(`\uFEFF${line}\r\n`).rows).toEqual([
    ['lab/m', 1, 2.5],
    ['lab/m/motor/current', 1, 3],
    ['lab/m/motor', 1, 4],
    ['lab/m/motor/on', 1, true],
    ['lab/m/a%2Fb', 1, 'x'],
    ['lab/m/list/0', 1, 5],
    ['lab/m/list/1', 1, 6],
  ]);
});

test('{column} as the last level is the same as nothing, other places are filled in by members', () => {
  const line = '{"t":1,"axis":"x","no":7,"value":1}\n';
  for (const series of ['{file}/{axis}-{no}', '{file}/{axis}-{no}/{column}']) {
    expect(read(line, { series }).rows).toEqual([['lab/in/x-7', 1, 1]]);
  }
  expect(read('{"t":1,"a":2}\n', { series: '{column}' }).rows).toEqual([['lab/a', 1, 2]]);
});

test('times are read as in CSV', () => {
  const options = { unit: undefined, zone: 'Europe/Amsterdam' };
  expect(read('{"t":"2024-07-01 12:00:00","a":1}\n', options).rows).toEqual([['lab/m/a', 1_719_828_000, 1]]);
  expect(read('{"t":1719828000.5,"a":1}\n').rows).toEqual([['lab/m/a', 1_719_828_000.5, 1]]);
});

test('lines that are wrong are counted, and others go on; one without an end waits', () => {
  const text =
    '{"t":1,"a":1}\n{"t":2,"a":\n[1]\n\n{"a":3}\n{"t":"x","a":1}\n{"t":4,"m":{},"a":9007199254740993}\n{"t":5';
  const { rows, rejected, taken } = read(text);
  expect(rows).toEqual([
    ['lab/m/a', 1, 1],
    ['lab/m/a', 4, 9007199254740993n],
  ]);
  expect(taken).toBe(text.length - '{"t":5'.length);
  expect(rejected.map(({ reason, example }) => `${reason} ${example?.slice(0, 17)}`)).toEqual([
    'json in.ndjson line 2:',
    'json in.ndjson line 3:',
    'time in.ndjson line 5:',
    'time in.ndjson line 6:',
  ]);
  expect(read('{"t":1,"a":1}\n', { series: '{machine}' }).rejected.map(({ reason }) => reason)).toEqual(['level']);
  expect(read('{"t":1,"a":1}\n', { unit: undefined }).rejected[0].example).toContain('a number needs the key "unit"');
});
