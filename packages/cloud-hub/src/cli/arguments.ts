import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../http/times.ts';
import type { RetentionRule } from '../store/sample-files.ts';

const HIGHEST_PORT = 65_535;
const bytes: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

export function port(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > HIGHEST_PORT)
    throw new InvalidArgumentError(`a port is a number from 0 to ${HIGHEST_PORT}`);
  return number;
}

/** At least one. */
export function count(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || !Number.isSafeInteger(number))
    throw new InvalidArgumentError('a number of connections is a whole one, 1 at least');
  return number;
}

/** `512MiB`, `1.5GiB` in bytes. */
export function size(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB|TiB)$/.exec(text);
  const parsed = match ? Math.round(Number(match[1]) * bytes[match[2]]) : 0;
  if (parsed <= 0 || !Number.isSafeInteger(parsed)) {
    throw new InvalidArgumentError('a size is a number with its unit: 512MiB, 1GiB or 2TiB');
  }
  return parsed;
}

/** Collects `PATTERN=DURATION`. */
export function keep(text: string, before: readonly RetentionRule[]): RetentionRule[] {
  // A path may hold an equals sign, a duration does not.
  const at = text.lastIndexOf('=');
  const duration = parseDuration(text.slice(at + 1));
  if (at < 1 || duration === undefined) {
    throw new InvalidArgumentError("a rule is a pattern and a duration: 'lab/**=30d', '*/debug/**=12h'");
  }
  return [...before, { match: text.slice(0, at), keep: duration }];
}
