import { z } from 'zod';
import { textOf } from './text-of.ts';

const microseconds: Record<string, number> = {
  us: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};

const DURATION = /^(\d+(?:\.\d+)?)(us|ms|s|m|h|d)$/;

/** `250ms 10s 5m 1h 7d` in whole µs, or undefined if it is not a duration, or no whole number of µs. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (!match) return undefined;
  const [whole, decimals = ''] = match[1].split('.');
  // In whole numbers, for 1.1 s as doubles are not quite 1100000 µs.
  const scaled = BigInt(whole + decimals) * BigInt(microseconds[match[2]]);
  const scale = 10n ** BigInt(decimals.length);
  const duration = Number(scaled / scale);
  return scaled % scale === 0n && Number.isSafeInteger(duration) ? duration : undefined;
}

/** Whole µs as {@link parseDuration} reads them, in the largest unit that they are a whole number of. */
export function formatDuration(µs: number): string {
  const [unit, length] = Object.entries(microseconds).findLast(([, length]) => µs % length === 0 && µs >= length) ?? [
    's',
    microseconds.s,
  ];
  return `${µs / length}${unit}`;
}

const expected = 'is not a duration: write 250ms, 10s, 5m, 1h or 7d';

const outOfRange = 'is finer than the finest, which is 1us, or longer than 285 years';

const written = ['250ms', '10s', '5m', '1h', '7d'];

/** A duration in a configuration: text such as `10s` in, whole µs out. */
export const duration = textOf(expected)
  .transform((text, context): number => {
    const parsed = parseDuration(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: `'${text}' ${DURATION.test(text) ? outOfRange : expected}` });
    return z.NEVER;
  })
  .meta({ unit: 'duration', pattern: DURATION.source, written });

/** A duration above zero. */
export const positiveDuration = duration
  .refine((µs) => µs > 0, { error: 'must be longer than 0' })
  .meta({ unit: 'duration', pattern: `^(?!0+(?:\\.0+)?[a-z])${DURATION.source.slice(1)}`, written });
