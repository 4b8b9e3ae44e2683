import {
  bySeries,
  defineOperator,
  Kind,
  kindNames,
  matchesPath,
  ofSeries,
  qualityNames,
  seriesPattern,
  takeRows,
} from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { z } from 'zod';

const several = z.array(seriesPattern).min(1);
const patterns = z.union([seriesPattern, several]);
const kinds = z.enum(kindNames);
const qualities = z.enum(qualityNames);

const config = z.union([
  seriesPattern,
  several,
  z
    .strictObject({
      series: patterns.optional().describe('Pattern of paths, or several: these. Unless given, all.'),
      except: patterns.optional().describe('Pattern of paths, or several: but these not.'),
      kind: z
        .union([kinds, z.array(kinds).min(1)])
        .optional()
        .describe('What the value is, or may be.'),
      quality: z
        .union([qualities, z.array(qualities).min(1)])
        .optional()
        .describe('How good the sample is, or may be.'),
    })
    .refine((keys) => Object.keys(keys).length > 0, { error: 'expected one of series, except, kind, quality' }),
]);

/**
 * Passes the samples of series whose paths match, those of some kind or quality, or both. It compares nothing but these: a NaN, a
 * late sample or a correction passes as any other, and what is of bad quality does unless `quality` says otherwise. What is left
 * out was not asked for, and is not counted. There is no state; which series match is looked up once for each.
 */
export const select = defineOperator({
  name: 'select',
  version: 1,
  summary: 'Pass the samples of some series, or of some kind or quality.',
  config,
  examples: [
    {
      title: 'The temperatures of all machines',
      config: 'lab/*/temperature',
      given: `
        0s  lab/m1/temperature  21.5 Cel
        0s  lab/m1/pressure     4.2  bar
        0s  lab/m2/temperature  22   Cel ?
        0s  lab/m2/b/temperature  23 Cel
        0s  mill/m1/temperature 24   Cel
      `,
      expected: `
        0s  lab/m1/temperature  21.5 Cel
        0s  lab/m2/temperature  22   Cel ?
      `,
    },
    {
      title: 'All numbers that are not bad, but those of the test bench',
      config: { except: ['lab/bench/**', '**/raw-*'], kind: ['double', 'int64'], quality: ['good', 'uncertain'] },
      given: `
        0s  lab/m1/temperature  21.5
        0s  lab/m1/state        'RUN'
        0s  lab/m1/parts        17i
        0s  lab/m1/running      true
        1s  lab/m1/temperature  NaN !
        1s  lab/m1/raw-force    12
        1s  lab/bench/x/force   13
        2s  lab/m1/temperature  NaN ?
      `,
      expected: `
        0s  lab/m1/temperature  21.5
        0s  lab/m1/parts        17i
        2s  lab/m1/temperature  NaN ?
      `,
    },
  ],
  create({ config: given, series: table }) {
    const {
      series = '**',
      except = [],
      kind,
      quality,
    } = typeof given === 'string' || Array.isArray(given) ? { series: given } : given;
    const wanted = listOf(series).map(matchesPath);
    const unwanted = listOf(except).map(matchesPath);
    const isSelected = ofSeries(
      table,
      ({ path }) => wanted.some((matches) => matches(path)) && !unwanted.some((matches) => matches(path)),
    );
    const kindPasses = passing(kindNames, kind);
    const qualityPasses = passing(qualityNames, quality);
    const doublesPass = kindPasses[Kind.double] === 1;
    const hasRowTests = kind !== undefined || quality !== undefined;
    let rows = new Uint32Array(0);

    return map((batch) => {
      const { length, kind: kinds, quality: qualities } = batch;
      if (length === 0) return batch;
      if (rows.length < length) rows = new Uint32Array(length);
      let count = 0;
      bySeries(batch, (id, from, to) => {
        if (!isSelected(id)) return;
        if (!hasRowTests) {
          for (let row = from; row < to; row++) rows[count++] = row;
        } else if (kinds) {
          for (let row = from; row < to; row++) {
            if (kindPasses[kinds[row]] & qualityPasses[qualities[row]]) rows[count++] = row;
          }
        } else if (doublesPass) {
          for (let row = from; row < to; row++) if (qualityPasses[qualities[row]]) rows[count++] = row;
        }
      });
      return count === length ? batch : takeRows(batch, rows, count);
    });
  },
});

function listOf<Item>(one: Item | readonly Item[]): readonly Item[] {
  return Array.isArray(one) ? one : [one as Item];
}

/** 1 for each name that passes, in order of the names: all if none is asked for. */
function passing<Name extends string>(names: readonly Name[], asked: Name | readonly Name[] | undefined): Uint8Array {
  return Uint8Array.from(names, (name) => (asked === undefined || listOf<Name>(asked).includes(name) ? 1 : 0));
}
