import { defineOperator, matchesPath, moveRows, NOWHERE, ofSeries, seriesPattern } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { z } from 'zod';
import { type Conversion, conversionOf } from './convert/conversion.ts';
import { convertRows } from './convert/convert-rows.ts';
import { NotUcumError, parseUnit, UnitError } from './convert/unit.ts';

/** As long as a unit may be: a hub takes no longer one. */
const MAX_UNIT_LENGTH = 64;

const unit = z
  .string()
  .max(MAX_UNIT_LENGTH)
  .superRefine((text, context) => {
    const message = faultOf(() => parseUnit(text));
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .meta({ written: ['Cel', '[degF]', 'kPa', 'm/s', 'kW.h', '/min'] });

const several = z.array(seriesPattern).min(1);

const config = z
  .strictObject({
    to: unit.describe('Unit that values get, as UCUM writes it: Cel, [degF], kPa, m/s, {rev}/min.'),
    from: unit.optional().describe('Unit of series that have none; one that has a unit has that.'),
    series: z
      .union([seriesPattern, several])
      .optional()
      .describe('Pattern of paths, or several: others pass as they are. Unless given, all are converted.'),
  })
  .superRefine(({ to, from }, context) => {
    if (from === undefined) return;
    const message = faultOf(() => conversionOf(from, to));
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['from'], message });
  });

/** What becomes of a series: the conversion and its id in the new unit; or why it is dropped. */
type Outcome =
  | { readonly id: number; readonly conversion?: Conversion }
  | { readonly id: typeof NOWHERE; readonly reason: string };

/**
 * Converts values to another unit, which their series then has: numbers become doubles, whole numbers of 64 bits by way of the
 * nearest. Quality and revision stay, so that a bad sample is converted and stays bad; a NaN stays NaN. What has no value in the
 * new unit, such as the logarithm of nothing, is of bad quality. Texts pass as they are, and so do all samples whose series is in
 * that unit already. Late samples and corrections are converted as any other.
 *
 * A series without a unit, for which there is no `from`, is dropped and counted as `convert: no unit`; one whose unit is not UCUM's, such
 * as `°F` or `kWh`, as `convert: no UCUM unit`, for which the log once has the remedy; one that measures something else as
 * `convert: another unit`: its values would not be what its unit says. A hub keeps the unit in which a path was first sent: where a
 * stream has sent samples before it converts them, give what is new a path of its own, by `as` or a `rename`. What becomes of a series follows from its name and unit:
 * there is no state.
 */
export const convert = defineOperator({
  name: 'convert',
  version: 1,
  summary: 'Convert values to another unit.',
  config,
  examples: [
    {
      title: 'Degrees Fahrenheit',
      config: { to: 'Cel', from: '[degF]', series: 'lab/*/temperature' },
      given: `
        0s  lab/m1/temperature  212  [degF]
        0s  lab/m2/temperature  77
        1s  lab/m2/temperature  -40  ?
        1s  lab/m3/temperature  298.15 K
        1s  lab/m3/pressure     4.2  bar
      `,
      expected: `
        0s  lab/m1/temperature  100   Cel
        0s  lab/m2/temperature  25    Cel
        1s  lab/m2/temperature  -40   Cel ?
        1s  lab/m3/temperature  25    Cel
        1s  lab/m3/pressure     4.2   bar
      `,
    },
    {
      title: 'What has no such value, and what has no such unit',
      config: { to: 'dB[W]' },
      given: `
        0s  radio/a  100   W
        1s  radio/a  2i
        2s  radio/a  0
        3s  radio/a  'OFF'
        4s  radio/a  NaN
        0s  radio/b  7
        0s  radio/c  12    V
        0s  radio/d  30    dB[W]
      `,
      expected: `
        0s  radio/a  20                 dB[W]
        1s  radio/a  3.0102999566398116
        2s  radio/a  -Infinity !
        3s  radio/a  'OFF'
        4s  radio/a  NaN
        0s  radio/d  30                 dB[W]
      `,
    },
  ],
  create({ config: { to, from = '', series: patterns = '**' }, series, stream, count, log }) {
    const matches = (typeof patterns === 'string' ? [patterns] : patterns).map(matchesPath);
    const conversions = new Map<string, Conversion | UnitError>();
    let isTold = false;

    const refused = (path: string, error: UnitError): Outcome => {
      if (!(error instanceof NotUcumError)) return { id: NOWHERE, reason: 'convert: another unit' };
      if (!isTold) {
        const remedy = 'Give it one before this step, by a rename with "unit", or at its source';
        log.warn(
          { series: path },
          `convert in stream '${stream}': ${error.message}, and "${path}" is left out. ${remedy}`,
        );
      }
      isTold = true;
      return { id: NOWHERE, reason: 'convert: no UCUM unit' };
    };

    const outcomeOf = ofSeries(series, ({ path, unit: declared }): Outcome => {
      const own = declared === '' ? from : declared;
      const kept = { id: series.intern(path, declared) };
      if (declared === to || !matches.some((matches) => matches(path))) return kept;
      if (own === '') return { id: NOWHERE, reason: 'convert: no unit' };
      const conversion = conversions.get(own) ?? conversionOrWhyNot(own, to);
      conversions.set(own, conversion);
      if (conversion instanceof UnitError) return refused(path, conversion);
      return { id: series.intern(path, to), ...(own !== to && { conversion }) };
    });
    const target = (id: number): number => outcomeOf(id).id;

    return map((batch) => {
      const dropped = new Map<string, number>();
      // In the ids that came in, which say what becomes of them.
      const converted = convertRows(batch, (id, rows) => {
        const outcome = outcomeOf(id);
        if (!('reason' in outcome)) return outcome.conversion;
        dropped.set(outcome.reason, (dropped.get(outcome.reason) ?? 0) + rows);
        return undefined;
      });
      for (const [reason, rows] of dropped) count(reason, rows);
      return moveRows(converted, target);
    });
  },
});

function faultOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof UnitError) return error.message;
    throw error;
  }
}

function conversionOrWhyNot(from: string, to: string): Conversion | UnitError {
  try {
    return conversionOf(from, to);
  } catch (error) {
    if (error instanceof UnitError) return error;
    throw error;
  }
}
