import { capturesOfPath, starsOf } from '@sluis/protocol';
import { z } from 'zod';

const PATTERN = /^(?!.*(?:[^/]\*\*|\*\*[^/]))[^/]+(?:\/[^/]+)*$/;
const PATH = /^[^/]+(?:\/[^/]+)*$/;
/** As long as the path of a source's series may be. */
const MAX_LENGTH = 1024;
const PLACE = /\{(\d{1,3})\}/g;

/** A pattern of paths in a configuration: `*` is any one level or a part of one, `**` any number of levels. */
export const seriesPattern = z
  .string()
  .max(MAX_LENGTH)
  .regex(PATTERN, { error: 'is no pattern of paths: write lab/*/temperature, lab/press-*/force or lab/**' })
  .meta({ written: ['lab/*/temperature', 'lab/press-*/force', 'lab/**'] });

/** A path made of what a pattern captures: `{1}` is what its first `*` or `**` stands for. */
export const pathTemplate = z
  .string()
  .max(MAX_LENGTH)
  .regex(PATH, { error: 'is no path: write lab/{1}/temperature, where {1} is what the first * or ** stands for' })
  .meta({ written: ['lab/{1}/temperature'] });

/** The numbers that stand in braces in a {@link pathTemplate}. */
export function placesOf(template: string): number[] {
  return Array.from(template.matchAll(PLACE), ([, place]) => Number(place));
}

/** The first number in braces for which the pattern captures nothing. */
export function missingCapture(pattern: string, template: string): number | undefined {
  const stars = starsOf(pattern);
  return placesOf(template).find((place) => place < 1 || place > stars);
}

/**
 * The path that a template gives for one that the pattern matches; undefined for others. A level that is nothing but the capture
 * of no level vanishes, so that the path may be empty.
 */
export function pathFrom(pattern: string, template: string): (path: string) => string | undefined {
  const capturesOf = capturesOfPath(pattern);
  const levels = template.split('/');
  return (path) => {
    const captures = capturesOf(path);
    if (!captures) return undefined;
    const filled = levels.map((level) =>
      level.replaceAll(PLACE, (_, place: string) => captures[Number(place) - 1] ?? ''),
    );
    return filled.filter((level) => level !== '').join('/');
  };
}
