import { z } from 'zod';
import { textOf } from './text-of.ts';

const bytes: Record<string, number> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

const SIZE = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB|TiB)$/;

/** `512KiB 64MiB 10GiB` in bytes, or undefined if it is not a size. */
export function parseSize(text: string): number | undefined {
  const match = SIZE.exec(text);
  if (!match) return undefined;
  const size = Math.round(Number(match[1]) * bytes[match[2]]);
  return Number.isSafeInteger(size) ? size : undefined;
}

/** Whole bytes as {@link parseSize} reads them, in the largest unit that they are a whole number of. */
export function formatSize(size: number): string {
  const [unit, length] = Object.entries(bytes).findLast(([, length]) => size % length === 0 && size >= length) ?? [
    'B',
    1,
  ];
  return `${size / length}${unit}`;
}

const written = ['512KiB', '64MiB', '10GiB'];

const expected = 'is not a size: write 512KiB, 64MiB or 10GiB';

/** A size in a configuration: text such as `64MiB` in, bytes out. */
export const size = textOf(expected)
  .transform((text, context): number => {
    const parsed = parseSize(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: `'${text}' ${expected}` });
    return z.NEVER;
  })
  .meta({ unit: 'size', pattern: SIZE.source, written });

/** A size above zero. */
export const positiveSize = size
  .refine((bytes) => bytes > 0, { error: 'must be more than 0B' })
  .meta({ unit: 'size', pattern: `^(?!0+(?:\\.0+)?[A-Z])${SIZE.source.slice(1)}`, written });
