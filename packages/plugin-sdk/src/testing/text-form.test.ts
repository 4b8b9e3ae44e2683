import { kindNames, laneNames, qualityNames } from '@sluis/protocol';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Dropped, type Line, sample } from './sample.ts';
import { format, parse, TextFormError } from './text-form.ts';

const SECOND = 1_000_000;

describe('the text form', () => {
  test('is read line by line', () => {
    const lines = parse(`
      # A press warms up.
      0s     m1/t      20.5   Cel
      500ms  m1/t      NaN ?        # its unit is known by now
      tick 1s
      -1h    m1/run    true
      1s     'press 1' 'it\\'s "idle"' !
      2s     m1/n      42i  r1 @alarm
      2s     m1/n      18446744073709551615u
      2s     #1        -0
      3s     m1/t      -
    `);
    expect(lines).toEqual([
      sample('m1/t', 0, 20.5, { unit: 'Cel' }),
      sample('m1/t', SECOND / 2, Number.NaN, { unit: 'Cel', quality: 'uncertain' }),
      { tick: SECOND },
      sample('m1/run', -3600 * SECOND, true),
      sample('press 1', SECOND, 'it\'s "idle"', { quality: 'bad' }),
      sample('m1/n', 2 * SECOND, 42n, { revision: 1, lane: 'alarm' }),
      sample('m1/n', 2 * SECOND, 2n ** 64n - 1n, { kind: 'uint64' }),
      sample('#1', 2 * SECOND, -0),
      { series: 'm1/t', unit: 'Cel', time: 3 * SECOND, dropped: true },
    ]);
  });

  test.each([
    ['0s m1/t', 'line 1: expected a time, a path and a value'],
    ['\n\nsoon m1/t 1', "line 3: 'soon' is no time: write 250ms, 10s"],
    ['0s m1/t 1,5', "'1,5' is no value: write 20.5, NaN, true, 'text', 42i, 7u or -"],
    ['0s m1/t 9223372036854775808i', 'does not fit into 64 bits'],
    ['0s m1/t -1u', 'does not fit into 64 bits'],
    ['0s m1/t 1 r65536', "'r65536' is none of"],
    ['0s m1/t 1 @urgent', "'@urgent' is none of"],
    ['0s m1/t 1 ? !', "'!' is one too many"],
    ['0s m1/t 1 Cel kN', "'kN' is one too many"],
    ["0s m1/t 'a\\x'", 'quotes and escapes are those of JSON'],
    ['0s m1/t - ?', "'-' has only a time"],
    ['tick', "expected 'tick 5s'"],
  ])('%j is refused', (text, message) => {
    expect(() => parse(text)).toThrow(TextFormError);
    expect(() => parse(text)).toThrow(message);
  });

  const time = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer({ min: -9, max: 9 }).map((seconds) => seconds * SECOND),
  );
  const name = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('m1/t', 'r1', '?', '@', 'tick', '#', '%', '[degF]', '\ud800', '\u2028', "'"),
  );
  const content = fc.oneof(
    fc.double().map((value) => ({ value, kind: kindNames[0] })),
    fc.boolean().map((value) => ({ value, kind: kindNames[1] })),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ value, kind: kindNames[2] })),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => ({ value, kind: kindNames[3] })),
    name.map((value) => ({ value, kind: kindNames[4] })),
  );
  const line: fc.Arbitrary<Line> = fc.oneof(
    time.map((tick) => ({ tick: tick === 0 ? 0 : tick })),
    fc.record({ series: name, time }).map(({ series, time }): Dropped => {
      return { series, unit: '', time: time === 0 ? 0 : time, dropped: true };
    }),
    fc
      .record({
        series: name,
        time,
        content,
        quality: fc.constantFrom(...qualityNames),
        revision: fc.nat(0xffff),
        lane: fc.constantFrom(...laneNames),
      })
      .map(({ series, time, content: { value, kind }, ...options }) =>
        sample(series, time === 0 ? 0 : time, value, { ...options, kind }),
      ),
  );

  test('is the inverse of what is written', () => {
    const units = fc.array(name);
    fc.assert(
      fc.property(fc.array(line), units, (lines, units) => {
        // The unit is the series': one for each.
        const named = lines.map((line) =>
          'tick' in line ? line : { ...line, unit: units[line.series.length % (units.length || 1)] ?? '' },
        );
        expect(parse(format(named))).toEqual(named);
      }),
    );
  });
});
