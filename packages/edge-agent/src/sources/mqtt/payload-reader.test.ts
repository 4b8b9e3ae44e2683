import { BatchBuilder, MAX_TEXT_BYTES, SeriesTable } from '@sluis/protocol';
import { SeriesLimitError } from '@sluis/plugin-sdk';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rowsOf } from '../fake-context.ts';
import { PayloadReader, type PayloadReaderOptions } from './payload-reader.ts';

const ARRIVAL = 1_700_000_000_000_000;

function read(
  payload: string | Buffer,
  {
    topic = 'plant/m1',
    retained = false,
    ...options
  }: Partial<PayloadReaderOptions> & { topic?: string; retained?: boolean } = {},
) {
  const series = new SeriesTable();
  const rows = new BatchBuilder();
  const rejected: string[] = [];
  const reader = new PayloadReader({
    site: 'lab',
    series,
    topics: ['#'],
    time: undefined,
    unit: 'ms',
    rows,
    reject: (reason, _count, example) => rejected.push(`${reason}: ${example}`),
    ...options,
  });
  // Twice: the second time topic and members are known.
  reader.read({ topic, payload: Buffer.from(payload), retained }, ARRIVAL);
  const first = rowsOf(rows.take(), series);
  reader.read({ topic, payload: Buffer.from(payload), retained }, ARRIVAL);
  expect(rowsOf(rows.take(), series)).toEqual(first);
  return {
    rows: first.map(({ path, time, kind, value }) => [path, kind, value, time - ARRIVAL]),
    rejected: rejected.slice(0, rejected.length / 2),
  };
}

describe('payloads', () => {
  test.each([
    ['20.5', 'double', 20.5],
    [' -7 ', 'double', -7],
    ['+1e3', 'double', 1000],
    ['.5', 'double', 0.5],
    ['9007199254740993', 'int64', 9007199254740993n],
    ['-9223372036854775808', 'int64', -9223372036854775808n],
    ['18446744073709551615', 'uint64', 18446744073709551615n],
    ['18446744073709551616', 'double', 2 ** 64],
    ['9007199254740993.0', 'double', 9007199254740992],
    ['true', 'boolean', true],
    ['false', 'boolean', false],
    ['"quoted \\u00e9"', 'text', 'quoted é'],
    ['"unfinished', 'text', '"unfinished'],
    ['running', 'text', 'running'],
    ['NaN', 'text', 'NaN'],
    ['20,5', 'text', '20,5'],
    ['TRUE', 'text', 'TRUE'],
    ['läuft 😀', 'text', 'läuft 😀'],
  ])('%s is one %s', (payload, kind, value) => {
    expect(read(payload)).toEqual({ rows: [['lab/plant/m1', kind, value, 0]], rejected: [] });
  });

  test.each(['', 'null', '{}', '[]', '{"a":null}'])("'%s' is no sample", (payload) => {
    expect(read(payload)).toEqual({ rows: [], rejected: [] });
  });

  test('members append levels, value appends none, arrays append their indexes, and a slash is %2F', () => {
    const payload = {
      value: 1,
      temperature: { value: 2, max: 3 },
      axis: [4, { value: 5 }],
      'm/s': 6,
      '': 7,
      state: 'running',
      on: true,
    };
    expect(read(JSON.stringify(payload)).rows).toEqual([
      ['lab/plant/m1', 'double', 1, 0],
      ['lab/plant/m1/temperature', 'double', 2, 0],
      ['lab/plant/m1/temperature/max', 'double', 3, 0],
      ['lab/plant/m1/axis/0', 'double', 4, 0],
      ['lab/plant/m1/axis/1', 'double', 5, 0],
      ['lab/plant/m1/m%2Fs', 'double', 6, 0],
      ['lab/plant/m1/', 'double', 7, 0],
      ['lab/plant/m1/state', 'text', 'running', 0],
      ['lab/plant/m1/on', 'boolean', true, 0],
    ]);
  });

  test('integers in JSON stay exact where a double would not hold them', () => {
    const payload =
      '{"a":9007199254740993,"b":18446744073709551615,"c":42,"d":0.1234567890123456789,"e":"9007199254740993","f":1e20}';
    expect(read(payload).rows.map(([, kind, value]) => [kind, value])).toEqual([
      ['int64', 9007199254740993n],
      ['uint64', 18446744073709551615n],
      ['double', 42],
      ['double', Number('0.1234567890123456789')],
      ['text', '9007199254740993'],
      ['double', 1e20],
    ]);
  });

  test('topics are taken as they are, empty levels included', () => {
    expect(read('1', { topic: '/a//b/' }).rows[0][0]).toBe('lab//a//b/');
  });

  test('names that objects have of themselves are members like any', () => {
    expect(read('{"__proto__":1,"constructor":2,"toString":{"length":3}}').rows.map(([path]) => path)).toEqual([
      'lab/plant/m1/__proto__',
      'lab/plant/m1/constructor',
      'lab/plant/m1/toString/length',
    ]);
  });

  test('any 64-bit integer in JSON keeps its value', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), fc.nat({ max: 63 }), (wide, shift) => {
        const integer = wide >> BigInt(shift);
        const { rows } = read(`{"a":[${integer}]}`);
        expect(BigInt(rows[0][2])).toBe(integer);
      }),
    );
  });

  test('JSON of any shape gives a sample for each leaf that is not null', () => {
    const leaves = (value: unknown): number => {
      if (value === null) return 0;
      return typeof value === 'object' ? Object.values(value).reduce((sum: number, v) => sum + leaves(v), 0) : 1;
    };
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        fc.pre(typeof value === 'object');
        const { rows, rejected } = read(JSON.stringify(value));
        expect([rows.length, rejected]).toEqual([leaves(JSON.parse(JSON.stringify(value))), []]);
      }),
    );
  });
});

describe('times', () => {
  test.each([
    ['{"t":1700000000001,"v":1}', 'ms', 1000],
    ['{"t":1700000000.000002,"v":1}', 's', 2],
    ['{"t":1700000000000003999,"v":1}', 'ns', 3],
    ['{"t":"1700000000000004","v":1}', 'us', 4],
    ['{"t":"2023-11-14T22:13:20.000005Z","v":1}', 'ms', 5],
    ['{"v":1}', 'ms', 0],
  ] as const)('%s in %s', (payload, unit, after) => {
    expect(read(payload, { time: 't', unit })).toEqual({
      rows: [['lab/plant/m1/v', 'double', 1, after]],
      rejected: [],
    });
  });

  test.each(['"yesterday"', 'true', 'null', '{}', '1e300', '"2023-02-30"'])('a time %s rejects the message', (time) => {
    const { rows, rejected } = read(`{"a":1,"t":${time}}`, { time: 't' });
    expect(rows).toEqual([]);
    expect(rejected).toEqual([
      expect.stringContaining('time: plant/m1: the member "t" is neither ISO 8601 nor a number of ms'),
    ]);
  });
});

describe('what is rejected, and counted', () => {
  test.each([
    ['{"a":1', 'json'],
    ['[1,]', 'json'],
    ['{a:1}', 'json'],
    ['{"a":1e999,"b":"x"}', 'value'],
    [`${'['.repeat(40)}1${']'.repeat(40)}`, 'too deep'],
    [JSON.stringify(Array.from({ length: 5000 }, () => 1)), 'too many samples'],
    [Buffer.of(0x7b, 0xff, 0x7d), 'utf-8'],
  ])('%s', (payload, reason) => {
    const { rows, rejected } = read(payload);
    expect(rejected).toEqual([expect.stringMatching(new RegExp(`^${reason}: .*plant/m1`))]);
    expect(rows.map(([path]) => path)).toEqual(reason === 'value' ? ['lab/plant/m1/b'] : []);
  });

  test('topics that are no longer subscribed to', () => {
    expect(read('1', { topic: 'old/topic', topics: ['plant/#'] })).toEqual({
      rows: [],
      rejected: [expect.stringContaining('topic: old/topic')],
    });
  });

  test('series beyond the limit, alone', () => {
    const rows = new BatchBuilder();
    const rejected: string[] = [];
    const series = {
      intern: (path: string) => {
        if (path.endsWith('b')) throw new SeriesLimitError('one more than the limit');
        return rows.length;
      },
    };
    const options = { site: 'lab', series, topics: ['#'], time: undefined, unit: 'ms', rows } as const;
    new PayloadReader({ ...options, reject: (reason) => rejected.push(reason) }).read(
      { topic: 'm', payload: Buffer.from('{"a":1,"b":2,"c":3}'), retained: false },
      0,
    );
    expect([rows.length, rejected]).toEqual([2, ['series limit']]);
  });
});

test('what is remembered of topics and members is bounded', () => {
  const series = new SeriesTable();
  const rows = new BatchBuilder();
  const options = { site: 'lab', series, topics: ['#'], time: undefined, unit: 'ms', rows, maxRemembered: 10 } as const;
  const reader = new PayloadReader({ ...options, reject: () => expect.unreachable() });
  for (let i = 0; i < 100; i++) {
    reader.read({ topic: `t${i % 7}`, payload: Buffer.from(`{"a":1,"b${i % 3}":2}`), retained: false }, 0);
    expect(reader.remembered).toBeLessThanOrEqual(10);
  }
  expect(rows.length).toBe(200);
  expect(series.size).toBe(7 * 4);
});

test('a text that is longer than a sample may have is rejected, what is beside it taken', () => {
  const long = 'é'.repeat(MAX_TEXT_BYTES / 2);
  expect(read(long).rows).toEqual([['lab/plant/m1', 'text', long, 0]]);
  expect(read(JSON.stringify({ log: `${long}x`, count: 1 }))).toEqual({
    rows: [['lab/plant/m1/count', 'double', 1, 0]],
    rejected: [`text too long: lab/plant/m1/log: the text is longer than ${MAX_TEXT_BYTES} bytes`],
  });
});
