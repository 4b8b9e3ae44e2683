import { SeriesLimitError } from '@sluis/plugin-sdk';
import { MAX_TEXT_BYTES, SeriesTable } from '@sluis/protocol';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Row, rowsOf } from '../fake-context.ts';
import { KeyCache } from './key-cache.ts';
import { type BadLine, LineReader } from './line-reader.ts';
import { readPlainly } from './reference-parser.ts';
import { precisions } from '../timestamp.ts';

const ARRIVAL = 1_700_000_000_000_000;

class Bench {
  readonly series: SeriesTable;
  readonly bad: BadLine[] = [];
  readonly reader: LineReader;

  constructor({
    precision = 'ns',
    maxLine = 64 << 10,
    keys = new KeyCache(),
    series = new SeriesTable(),
    intern = (path: string) => series.intern(path),
  }: {
    precision?: keyof typeof precisions;
    maxLine?: number;
    keys?: KeyCache;
    series?: SeriesTable;
    intern?: (path: string) => number;
  } = {}) {
    this.series = series;
    this.reader = new LineReader({
      site: 'lab',
      series: { intern },
      keys,
      precision: precisions[precision],
      maxLine,
      bad: (line) => this.bad.push(line),
    });
  }

  read(...chunks: (string | Buffer)[]): Row[] {
    for (const chunk of chunks) this.reader.push(Buffer.from(chunk), ARRIVAL);
    this.reader.end(ARRIVAL);
    return this.take();
  }

  take(): Row[] {
    return rowsOf(this.reader.rows.take(), this.series);
  }
}

function read(text: string | Buffer, options: ConstructorParameters<typeof Bench>[0] = {}): Row[] {
  return new Bench(options).read(text);
}

function refused(text: string | Buffer, options: ConstructorParameters<typeof Bench>[0] = {}): BadLine[] {
  const bench = new Bench(options);
  expect(bench.read(text)).toEqual([]);
  return bench.bad;
}

const double = (path: string, value: number, time = ARRIVAL): Row => ({ path, time, kind: 'double', value });

describe('names', () => {
  test('site, tag values in order of the keys, measurement, and the field unless it is value', () => {
    expect(read('temperature,machine=m1 value=20.5 1700000000000000000')).toEqual([double('lab/m1/temperature', 20.5)]);
    expect(read('motor,b=2,a=1 current=3,value=4')).toEqual([
      double('lab/1/2/motor/current', 3),
      double('lab/1/2/motor', 4),
    ]);
  });

  test('tag keys are ordered by their bytes, not by code units', () => {
    expect(read('m,\u{1F600}=last,\uFF5E=first v=1')).toEqual([double('lab/first/last/m/v', 1)]);
  });

  test('escaped commas, equals signs and spaces belong to names; other backslashes are kept', () => {
    expect(read(String.raw`a\ b\,c\=d,t\ a\,g\==v\ a\,l\=u fi\ e\,l\=d=1`)).toEqual([
      double(String.raw`lab/v a,l=u/a b,c\=d/fi e,l=d`, 1),
    ]);
    expect(read(String.raw`a\b,t=c\d\\ e=1`)).toEqual([]);
    expect(read(String.raw`a\b,t=c\d e=1`)).toEqual([double(String.raw`lab/c\d/a\b/e`, 1)]);
  });

  test('a slash in a name is %2F', () => {
    expect(read('a/b,t=c/d e/f=1')).toEqual([double('lab/c%2Fd/a%2Fb/e%2Ff', 1)]);
  });
});

describe('values', () => {
  test('integers keep 64 bits, booleans and texts their type', () => {
    const line = String.raw`m i=-9223372036854775808i,u=18446744073709551615u,s=42i,t=T,f=False,x="a \"b\" \\ c, =d"`;
    expect(
      read(`${line}\n${line}`)
        .slice(6)
        .map(({ kind, value }) => [kind, value]),
    ).toEqual([
      ['int64', -9223372036854775808n],
      ['uint64', 18446744073709551615n],
      ['int64', 42n],
      ['boolean', true],
      ['boolean', false],
      ['text', String.raw`a "b" \ c, =d`],
    ]);
  });

  test('a text may hold line breaks, wherever the chunks are cut', () => {
    const text = 'm v="one\ntwo\r\nthree",w=2\nn v=3\n';
    const expected = [
      { path: 'lab/m/v', time: ARRIVAL, kind: 'text', value: 'one\ntwo\r\nthree' },
      double('lab/m/w', 2),
      double('lab/n/v', 3),
    ];
    for (let cut = 0; cut <= text.length; cut++) {
      expect(new Bench().read(text.slice(0, cut), text.slice(cut))).toEqual(expected);
    }
  });

  test('any spelling of a decimal gives the double that Number gives', () => {
    const digits = fc.stringMatching(/^\d{0,25}$/);
    const decimal = fc
      .tuple(fc.constantFrom('', '-'), digits, fc.option(digits), fc.option(fc.integer({ min: -330, max: 310 })))
      .map(([sign, whole, fraction, exponent]) => {
        return `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${exponent === null ? '' : `e${exponent}`}`;
      })
      .filter((text) => /\d/.test(text.replace(/e.*/, '')) && Number.isFinite(Number(text)));
    const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
    const bench = new Bench();
    bench.read('m value=0');
    fc.assert(
      fc.property(fc.oneof(decimal, double), (text) => {
        expect(bench.read(`m value=${text} 1`)).toEqual([
          { path: 'lab/m', time: 0, kind: 'double', value: Number(text) },
        ]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('times', () => {
  test.each([
    ['ns', '1700000000123456789', 1_700_000_000_123_456],
    ['ns', '-1', -1],
    ['ns', '-1000', -1],
    ['ns', '-1001', -2],
    ['ns', '999', 0],
    ['ns', '0', 0],
    ['ns', '9007199254740991999', 2 ** 53 - 1],
    ['us', '1700000000123456', 1_700_000_000_123_456],
    ['us', '-9007199254740991', -(2 ** 53) + 1],
    ['ms', '1700000000123', 1_700_000_000_123_000],
    ['s', '-1700000000', -1_700_000_000_000_000],
  ] as const)('%s %s', (precision, text, time) => {
    expect(read(`m value=1 ${text}\nm value=1 ${text}`, { precision })).toEqual([
      double('lab/m', 1, time),
      double('lab/m', 1, time),
    ]);
  });

  test.each([
    ['ns', '9007199254740992000'],
    ['ns', '-9007199254740992000'],
    ['us', '9007199254740992'],
    ['ms', '9007199254741'],
    ['s', '1700000000000'],
    ['s', '170000000000000000000000000000'],
  ] as const)('%s %s is out of range', (precision, text) => {
    expect(refused(`m value=1 ${text}`, { precision })).toMatchObject([{ fault: 'time', line: 1, column: 11 }]);
  });
});

describe('bad lines', () => {
  test.each([
    ['m', 2, 'syntax', 'the fields are missing'],
    ['m,t v=1', 4, 'syntax', 'a tag needs "="'],
    ['m,t= v=1', 5, 'syntax', 'no value'],
    ['m,=a v=1', 3, 'syntax', 'no name'],
    ['m,t=a=b v=1', 6, 'syntax', 'backslash'],
    ['m,t=a,t=b v=1', 7, 'syntax', 'twice'],
    [',t=a v=1', 1, 'syntax', 'measurement'],
    ['m v', 4, 'syntax', 'needs "="'],
    ['m =1', 3, 'syntax', 'no name'],
    ['m v=', 5, 'value', 'no value'],
    ['m v=1,', 7, 'syntax', 'no name'],
    ['m v=abc', 5, 'value', 'not a number'],
    ['m v=1.2.3', 5, 'value', 'not a number'],
    ['m v=0x10', 5, 'value', 'not a number'],
    ['m v=NaN', 5, 'value', 'not a number'],
    ['m v=1e999', 5, 'value', 'beyond'],
    ['m v=9223372036854775808i', 5, 'value', '64 bits'],
    ['m v=-1u', 5, 'value', 'negative'],
    ['m v=1.5i', 5, 'value', 'not a number'],
    ['m v="a"b', 8, 'syntax', 'followed'],
    ['m v="a', 5, 'syntax', 'not closed'],
    ['m v=1 12.5', 7, 'time', 'whole number'],
    ['m v=1 noon', 7, 'time', 'whole number'],
    ['m v=1 12 13', 10, 'syntax', 'nothing may follow'],
    ['é v=1,ü=x', 9, 'value', 'not a number'],
  ])('%s', (line, column, fault, reason) => {
    expect(refused(line)).toMatchObject([{ line: 1, column, fault, text: line }]);
    // The same line after its series are known, and with good lines around it.
    const bench = new Bench();
    const before = 'm v=0\nm,t=a v=0\n';
    expect(bench.read(`${before}${line}\ngood v=1\n`).at(-1)).toEqual(double('lab/good/v', 1));
    expect(bench.bad).toMatchObject([{ line: 3, column, fault, reason: expect.stringContaining(reason) }]);
  });

  test('bytes that are not UTF-8 are refused in names and texts', () => {
    const invalid = Buffer.of(0xff, 0xfe);
    for (const [before, after] of [
      ['', ' v=1\n'],
      ['m,', '=a v=1\n'],
      ['m,t=', ' v=1\n'],
      ['m ', '=1\n'],
      ['m v="', '"\n'],
    ]) {
      expect(refused(Buffer.concat([Buffer.from(before), invalid, Buffer.from(after)]))).toMatchObject([
        { fault: 'text' },
      ]);
    }
  });

  test('a text that is not closed costs its line only', () => {
    const bench = new Bench();
    expect(bench.read('a v="open\nb v=1\nc v="closed"\nd v=2\n').map((row) => row.path)).toEqual([
      'lab/b/v',
      'lab/c/v',
      'lab/d/v',
    ]);
    expect(bench.bad).toMatchObject([{ line: 3 }]);
  });

  test('a fault after a text with line breaks is reported where it is', () => {
    const bench = new Bench();
    bench.read('good v=1\nm v="a\nb",w=x\ngood v=2');
    expect(bench.bad).toMatchObject([{ line: 3, column: 6, text: 'b",w=x' }]);
  });

  test('a line that is too long is skipped up to its end, whatever the chunks', () => {
    const long = `m v="${'x'.repeat(60)}"`;
    const open = `m v="${'x\n'.repeat(50)}`;
    const text = `a v=1\n${long}\n${long}\nb v=2\r\n${'y'.repeat(40)}\n${open}c v=3\n`;
    const whole = new Bench({ maxLine: 40 });
    const rows = whole.read(text);
    expect(rows.map((row) => row.path)).toEqual(['lab/a/v', 'lab/b/v', 'lab/c/v']);
    for (let size = 1; size < text.length; size++) {
      const bench = new Bench({ maxLine: 40 });
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.slice(i * size, (i + 1) * size),
      );
      expect(bench.read(...chunks)).toEqual(rows);
      expect(bench.bad.map(({ line, fault }) => [line, fault])).toEqual(
        whole.bad.map(({ line, fault }) => [line, fault]),
      );
    }
  });

  test('what is kept of an endless line is bounded', () => {
    const bench = new Bench({ maxLine: 100 });
    for (let i = 0; i < 50; i++) {
      bench.reader.push(Buffer.alloc(90, 'x'), ARRIVAL);
      expect(bench.reader.pendingBytes).toBeLessThanOrEqual(101);
    }
    expect(bench.read('\nm v=1')).toEqual([double('lab/m/v', 1)]);
    expect(bench.bad).toMatchObject([{ line: 1, fault: 'length' }]);
  });

  test('a line cut off by an error is not read', () => {
    const bench = new Bench();
    bench.reader.push(Buffer.from('m v=1\nm v=12'), ARRIVAL);
    bench.reader.abort('cut off');
    expect(bench.take()).toEqual([double('lab/m/v', 1)]);
    expect(bench.bad).toMatchObject([{ line: 2, fault: 'incomplete', text: 'm v=12' }]);
  });

  test('a series beyond the limit is refused alone', () => {
    const series = new SeriesTable();
    const intern = (path: string) => {
      if (series.id(path) === undefined && series.size === 2) throw new SeriesLimitError(`no room for ${path}`);
      return series.intern(path);
    };
    const bench = new Bench({ series, intern });
    for (let i = 0; i < 2; i++) bench.reader.push(Buffer.from('m a=1,b=2,c=3\nm a=4\n'), ARRIVAL);
    expect(bench.take().map((row) => row.value)).toEqual([1, 2, 4, 1, 2, 4]);
    expect(bench.bad.map(({ line, column, fault, reason }) => [line, column, fault, reason])).toEqual([
      [1, 11, 'series limit', 'no room for lab/m/c'],
      [3, 11, 'series limit', 'no room for lab/m/c'],
    ]);
  });
});

test('blank lines, comments, indents and line ends of any kind are no samples', () => {
  const bench = new Bench();
  expect(
    bench
      .read('\n  \r\n# m v=9\n \t# x\n  m v=1  \r\nm v=2   7000 \nm   v=3\r\n\r\n')
      .map(({ value, time }) => [value, time]),
  ).toEqual([
    [1, ARRIVAL],
    [2, 7],
    [3, ARRIVAL],
  ]);
  expect(bench.bad).toEqual([]);
});

const character = fc.constantFrom('a', 'b', '7', '\\', ',', '=', ' ', '/', 'é', '😀', '"', '#', '.', "'");
const anyName = fc.string({ unit: character, minLength: 1, maxLength: 5 }).filter((name) => !name.endsWith('\\'));
const escaped = (name: string) => name.replace(/[,= ]/g, String.raw`\$&`);
const key = fc.oneof(fc.constantFrom('value', 'a', 'b', 'temperature'), anyName.map(escaped));
const measurement = fc.oneof(
  fc.constantFrom('m', 'motor'),
  anyName.filter((name) => !/^[# ]/.test(name)).map((name) => name.replace(/[, ]/g, String.raw`\$&`)),
);
const text = fc
  .string({ unit: fc.constantFrom('x', ' ', ',', '=', '"', '\\', '\n', '\r\n', 'é', '#'), maxLength: 6 })
  .map((t) => `"${t.replace(/["\\]/g, String.raw`\$&`)}"`);
const value = fc.oneof(
  fc.double().map(String),
  fc.integer().map((i) => `${i / 100}`),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map((i) => `${i}i`),
  fc.bigInt({ min: -5n, max: 2n ** 65n }).map((i) => `${i}u`),
  fc.constantFrom(
    't',
    'T',
    'true',
    'True',
    'TRUE',
    'f',
    'F',
    'false',
    'False',
    'FALSE',
    'tRUE',
    '-0',
    '+1',
    '.5',
    '1.',
    '-',
    '1e',
    '007',
    '1e5i',
  ),
  text,
);
const gap = fc.constantFrom(' ', ' ', ' ', '  ', ' \t');
const time = fc.oneof(
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.integer({ min: -5000, max: 5000 }).map(String),
  fc.constant('1700000000123456789'),
);
const anyPrecision = ['ns', 'us', 'ms', 's'] as const;
const readsWell = (line: string, precision: keyof typeof precisions) =>
  readPlainly(line, { precision, arrival: ARRIVAL }).badLines.length === 0;
const goodLine = fc
  .record({
    measurement,
    tags: fc.array(fc.tuple(key, key), { maxLength: 3 }),
    fields: fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 3 }),
    gap,
    time: fc.option(time),
    end: fc.constantFrom('\n', '\n', '\r\n', ' \n'),
    repeat: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ measurement: m, tags, fields, gap: g, time: t, end, repeat }) => {
    const head = [m, ...tags.map(([k, v]) => `${k}=${v}`)].join(',');
    return `${head}${g}${fields.map(([k, v]) => `${k}=${v}`).join(',')}${t === null ? '' : g + t}${end}`.repeat(repeat);
  })
  // Where reading goes on after a fault behind a text with line breaks, the plain parser does not know.
  .filter((line) => !/"[^]*\n[^]*"/.test(line) || anyPrecision.every((p) => readsWell(line, p)));
/** A line with a character added, changed or removed; never a quote, as the reference knows only texts that are closed. */
const badLine = fc
  .tuple(goodLine, fc.nat(), fc.constantFrom('', ' ', ',', '=', '\\', 'x', '1'), fc.boolean())
  .filter(([line]) => !line.includes('"'))
  .map(([line, at, inserted, replaced]) => {
    const position = at % line.length;
    const removed = replaced && line[position] !== '\n' ? 1 : 0;
    return (line.slice(0, position) + inserted + line.slice(position + removed)).toWellFormed();
  });
const document = fc
  .array(
    fc.oneof(
      { arbitrary: goodLine, weight: 5 },
      { arbitrary: badLine, weight: 3 },
      fc.constantFrom('\n', '  \n', '# x=1 y=2\n', '\r\n'),
    ),
    {
      maxLength: 4,
    },
  )
  .map((lines) => lines.join(''));

describe('against the plain parser', () => {
  const precision = fc.constantFrom(...anyPrecision);

  test('the same rows and the same bad lines, with series known and unknown', () => {
    fc.assert(
      fc.property(document, precision, (input, p) => {
        const expected = readPlainly(input, { precision: p, arrival: ARRIVAL });
        const keys = new KeyCache();
        const series = new SeriesTable();
        for (let round = 0; round < 3; round++) {
          const bench = new Bench({ precision: p, keys, series });
          expect(bench.read(input)).toEqual(expected.rows);
          expect(bench.bad.map((bad) => bad.line)).toEqual(expected.badLines);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('wherever the chunks are cut', () => {
    fc.assert(
      fc.property(document, (input) => {
        const bytes = Buffer.from(input);
        const expected = readPlainly(input, { precision: 'ns', arrival: ARRIVAL });
        const keys = new KeyCache();
        const series = new SeriesTable();
        for (let cut = 0; cut <= bytes.length; cut++) {
          const bench = new Bench({ keys, series });
          expect(bench.read(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(expected.rows);
          expect(bench.bad.map((bad) => bad.line)).toEqual(expected.badLines);
        }
      }),
      { numRuns: 40 },
    );
  });
});

test('a text that is longer than a sample may have is rejected, on the fast way and the slow one', () => {
  const fits = 'x'.repeat(MAX_TEXT_BYTES);
  const accents = 'é'.repeat(MAX_TEXT_BYTES / 2);
  const bench = new Bench({ maxLine: 1 << 20 });
  const lines = [fits, `${fits}x`, fits, `${fits}x`, accents, `${accents}x`, String.raw`\"${fits.slice(1)}`];
  const rows = bench.read(lines.map((text) => `m v="${text}"\n`).join(''));
  expect(rows.map(({ value }) => value)).toEqual([fits, fits, accents, `"${fits.slice(1)}`]);
  expect(bench.bad.map(({ line, column, fault }) => [line, column, fault])).toEqual(
    [2, 4, 6].map((line) => [line, 5, 'text too long']),
  );
});
