import {
  defineOperator,
  MAX_PATH_BYTES,
  missingCapture,
  moveRows,
  NOWHERE,
  ofSeries,
  pathFrom,
  pathTemplate,
  placesOf,
  seriesPattern,
  starsOf,
} from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { z } from 'zod';

/** As long as a unit may be: a hub takes no longer one. */
const MAX_UNIT_LENGTH = 64;

const rule = z
  .strictObject({
    from: seriesPattern.describe('Pattern of the paths that it is about.'),
    to: pathTemplate.describe('The new path; {1} is what the first * or ** of from stands for, {2} the second.'),
    unit: z
      .string()
      .max(MAX_UNIT_LENGTH)
      .optional()
      .describe('Unit (UCUM) that the series has, where its source does not say so; nothing is converted.'),
  })
  .superRefine(({ from, to }, context) => {
    const missing = missingCapture(from, to);
    const unused = Array.from({ length: starsOf(from) }, (_, i) => i + 1).find(
      (place) => !placesOf(to).includes(place),
    );
    if (missing !== undefined) {
      const stars = starsOf(from);
      const message = `{${missing}} stands for nothing: "${from}" has ${stars === 1 ? 'one * or **' : `${stars} of * and **`}`;
      context.addIssue({ code: 'custom', path: ['to'], message });
    } else if (unused !== undefined) {
      const message = `{${unused}} is missing: all that "${from}" matches would become one series`;
      context.addIssue({ code: 'custom', path: ['to'], message });
    }
  });

const config = z
  .array(rule)
  .min(1)
  .superRefine((rules, context) => {
    rules.forEach(({ from }, i) => {
      const earlier = rules.findIndex((other) => other.from === from);
      if (earlier === i) return;
      context.addIssue({
        code: 'custom',
        path: [i, 'from'],
        message: `an earlier rule is about "${from}": this one never is`,
      });
    });
  });

/**
 * Gives series other paths, by the first rule whose pattern matches; a series that none matches keeps its own. A unit of a rule
 * replaces the series'. Samples pass as they are, of whatever kind and quality, late ones and corrections as well; watermarks go
 * with their series.
 *
 * Series that get one path become one series: the samples of all pass, and of two with one time that which came later counts,
 * as a correction does. A rule that would make one of all that it matches is refused; what several rules make one is
 * warned of in the log when it happens. Samples whose new path would be empty, or longer than a hub takes, are dropped and
 * counted. New names follow from names: there is no state.
 */
export const rename = defineOperator({
  name: 'rename',
  version: 1,
  summary: 'Give series other paths, by patterns.',
  config,
  names: 'chosen',
  examples: [
    {
      title: 'One word for temperatures, with their unit',
      config: [
        { from: 'lab/*/temp', to: 'lab/{1}/temperature', unit: 'Cel' },
        { from: 'lab/press-*/F', to: 'lab/presses/{1}/force' },
      ],
      given: `
        0s  lab/m1/temp      21.5
        0s  lab/press-7/F    12.5 kN
        0s  lab/press-7/temp 60   ?
        0s  lab/m1/state     'RUN'
      `,
      expected: `
        0s  lab/m1/temperature      21.5 Cel
        0s  lab/presses/7/force     12.5 kN
        0s  lab/press-7/temperature 60   Cel ?
        0s  lab/m1/state            'RUN'
      `,
    },
    {
      title: 'Many levels, and two series that become one',
      config: [
        { from: 'lab/old/t1', to: 'lab/oven/temperature' },
        { from: 'lab/plc/**/value', to: 'lab/{1}' },
      ],
      given: `
        0s  lab/plc/oven/temperature/value  180 Cel
        1s  lab/old/t1                      181 Cel
        2s  lab/plc/line/2/speed/value      0.4 m/s
        3s  lab/plc/oven/temperature/value  182
        3s  lab/plc/value                   1
      `,
      expected: `
        0s  lab/oven/temperature  180 Cel
        1s  lab/oven/temperature  181
        2s  lab/line/2/speed      0.4 m/s
        3s  lab/oven/temperature  182
        3s  lab                   1
      `,
    },
  ],
  create({ config: rules, series, stream, log, count }) {
    const compiled = rules.map(({ from, to, unit }) => ({ newPath: pathFrom(from, to), unit }));
    /** The series that each new one was first made of, for the log alone. */
    const origins = new Map<number, string>();

    const target = ofSeries(series, ({ path, unit }) => {
      const renamed = newName(path, unit);
      if (renamed.path === '' || Buffer.byteLength(renamed.path) > MAX_PATH_BYTES) return NOWHERE;
      const id = series.intern(renamed.path, renamed.unit);
      const origin = origins.get(id) ?? path;
      origins.set(id, origin);
      if (origin !== path) {
        const text = `rename in stream '${stream}': ${origin} and ${path} become one series, ${renamed.path}: of two samples with one time only one counts`;
        log.warn({ stream, series: renamed.path, of: [origin, path] }, text);
      }
      return id;
    });

    function newName(path: string, unit: string): { path: string; unit: string } {
      for (const { newPath, unit: newUnit = unit } of compiled) {
        const renamed = newPath(path);
        if (renamed !== undefined) return { path: renamed, unit: newUnit };
      }
      return { path, unit };
    }

    return map((batch) => {
      const renamed = moveRows(batch, target);
      if (renamed.length < batch.length) count('rename: no such path', batch.length - renamed.length);
      return renamed;
    });
  },
});
