import { z } from 'zod';
import { textOf } from './text-of.ts';

const bytes: Record<string, number> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** `512KiB 64MiB 10GiB` in bytes, or undefined if it is not a size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB|TiB)$/.exec(text);
  if (!match) return undefined;
  const size = Math.round(Number(match[1]) * bytes[match[2]]);
  return Number.isSafeInteger(size) ? size : undefined;
}

const expected = 'is not a size: write 512KiB, 64MiB or 10GiB';

/** A size in a configuration: text such as `64MiB` in, bytes out. */
export const size = textOf(expected).transform((text, context): number => {
  const parsed = parseSize(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: `'${text}' ${expected}` });
  return z.NEVER;
});
