import { BatchBuilder, MAX_TEXT_BYTES } from '@sluis/protocol';
import { SeriesLimitError } from '@sluis/plugin-sdk';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { FakeContext, rowsOf } from '../fake-context.ts';
import type { Follows } from '../file/record-reader.ts';
import { csvConfig } from './config.ts';
import { csvReaders } from './csv.ts';

function setup(config: Partial<z.input<typeof csvConfig>> = {}) {
  const context = new FakeContext(
    csvConfig.parse({ type: 'csv', path: 'in.csv', time: 't', unit: 's', series: 'm/{column}', ...config }),
  );
  const rows = new BatchBuilder();
  const reader = csvReaders(context)(rows)({ name: 'in', path: 'in.csv', position: { line: 1, time: null } });
  const take = () => rowsOf(rows.take(), context.series);
  return { context, reader, take };
}

function read(text: string | Buffer, config?: Parameters<typeof setup>[0], follows: Follows = 'nothing') {
  const { context, reader, take } = setup(config);
  const bytes = Buffer.from(text);
  const start = reader.readStart(bytes, follows);
  if (typeof start !== 'number') return { start, rows: [], context };
  reader.skip(1);
  const taken = start + reader.read(bytes.subarray(start), follows);
  return { start, taken, rows: take(), context };
}

const values = (text: string, config?: Parameters<typeof setup>[0]) =>
  read(text, config).rows.map(({ path, value }) => `${path}=${value}`);

test('each cell tells its own type, whatever stands above it', () => {
  const { rows } = read(
    't,a\n1,1\n2,on\n3,TRUE\n4,-1.5e-3\n5," x"\n6,NaN\n7,-inf\n8,\n9,""\n10,  \n11,+.5\n12,1 2\n13,"7"\n',
  );
  expect(rows.map(({ time, kind, value }) => [time / 1e6, kind, value])).toEqual([
    [1, 'double', 1],
    [2, 'text', 'on'],
    [3, 'boolean', true],
    [4, 'double', -0.0015],
    [5, 'text', ' x'],
    [6, 'double', Number.NaN],
    [7, 'double', -Infinity],
    [11, 'double', 0.5],
    [12, 'text', '1 2'],
    [13, 'double', 7],
  ]);
});

test('all doubles are read bit for bit, with a comma too', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }), (doubles) => {
      const lines = doubles.map((value, i) => `${i};${Object.is(value, -0) ? '-0' : String(value)}\n`).join('');
      const point = read(`t;a\n${lines}`, { delimiter: ';' }).rows.map(({ value }) => value);
      const comma = read(`t;a\n${lines.replaceAll('.', ',')}`, { delimiter: ';', decimal: ',' });
      expect(point).toEqual(doubles);
      expect(comma.rows.map(({ value }) => value)).toEqual(doubles);
    }),
  );
});

test('with a decimal comma a number with a point is a text', () => {
  expect(values('t;a;b\n1;1,5;1.500,25\n', { delimiter: ';', decimal: ',' })).toEqual([
    'lab/m/a=1.5',
    'lab/m/b=1.500,25',
  ]);
});

test('names become paths as they are, but for the slash', () => {
  expect(values('t,a/b, c ,"d""e",\n1,1,2,3,4\n')).toEqual(['lab/m/a%2Fb=1', 'lab/m/ c =2', 'lab/m/d"e=3']);
});

test('levels are filled in by a line’s other cells, {file} and {column}', () => {
  const text = 't,machine,value,speed\n1,a/1,5,6\n2,"b ""2""",7,\n3,,8,9\n';
  const { rows, context } = read(text, { series: '{file}/x-{machine}' });
  expect(rows.map(({ path, value }) => `${path}=${value}`)).toEqual([
    'lab/in/x-a%2F1=5',
    'lab/in/x-a%2F1/speed=6',
    'lab/in/x-b "2"=7',
  ]);
  expect(context.rejected.map(({ reason }) => reason)).toEqual(['level']);
  expect(values(text, { series: '{column}/{machine}' }).slice(0, 2)).toEqual([
    'lab/value/a%2F1=5',
    'lab/speed/a%2F1=6',
  ]);
});

test('without a time, lines have the time at which they are read, each later than the one before', () => {
  const { rows, context } = read('a,b\n1,2\n3,4\n', { time: undefined });
  const now = context.clock;
  expect(rows.map(({ time }) => time)).toEqual([now, now, now + 1, now + 1]);
});

test.each([
  ['a,b\n', 'it has no column "t"'],
  ['t,a,a\n', 'the column "a" is there twice'],
  ['"t,a\n', 'its first line is no CSV'],
  ['"t"x,a\n', 'its first line is no CSV'],
  [Buffer.from('t,\xb0C\n', 'latin1'), 'its first line is not UTF-8'],
])('%j is no header', (text, fault) => {
  expect(read(text).start).toEqual({ fault: expect.stringContaining(fault) });
});

test('what is wrong with one cell leaves the others', () => {
  const { rows, context } = read(
    Buffer.concat([
      Buffer.from('t,a,b\n1,1e999,2\n2,'),
      Buffer.from('\xb0', 'latin1'),
      Buffer.from(`,3\n3,${'x'.repeat(MAX_TEXT_BYTES + 1)},4\n`),
    ]),
  );
  expect(rows.map(({ value }) => value)).toEqual([2, 3, 4]);
  expect(context.rejected.map(({ reason }) => reason)).toEqual(['value', 'utf-8', 'text too long']);
});

test('a series beyond the limit is rejected, and others go on', () => {
  const { context, reader, take } = setup();
  const intern = context.series.intern.bind(context.series);
  context.series.intern = (path) => {
    if (path.endsWith('/b')) throw new SeriesLimitError('too many');
    return intern(path);
  };
  const bytes = Buffer.from('t,a,b\n1,1,2\n2,3,x\n');
  const start = reader.readStart(bytes, 'more');
  reader.read(bytes.subarray(Number(start)), 'more');
  expect(take().map(({ value }) => value)).toEqual([1, 3]);
  expect(context.rejectedCount('series limit')).toBe(2);
});

test('a cell that is quoted over more lines than a record may have gives up its first line alone', () => {
  const { rows, context } = read(`t,a\n1,"x\n${'2,5\n'.repeat(70)}3,6\n`, undefined, 'more');
  expect(rows).toHaveLength(71);
  expect(context.rejected.map(({ reason }) => reason)).toEqual(['quote']);
});

test('blank lines are nothing, and an example has its file and line', () => {
  const { rows, context } = read('t,a\n\n1,1\r\n\r\n2\n');
  expect(rows).toHaveLength(1);
  expect(context.rejected).toEqual([
    { reason: 'cell count', count: 1, example: 'in.csv line 5: 1 cells instead of 2: 2' },
  ]);
});
