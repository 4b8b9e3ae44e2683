import { z } from 'zod';
import { type Address, formatAddress } from './units/address-text.ts';
import { formatDuration } from './units/duration.ts';
import { formatSize } from './units/size.ts';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** How a default, which zod has as the program sees it, is written in a file. */
const formats: Readonly<Record<string, (value: never) => string>> = {
  duration: (µs: number) => formatDuration(µs),
  size: (bytes: number) => formatSize(bytes),
  address: (address: Address) => formatAddress(address),
};

/**
 * JSON Schema (draft 7) of what is written in a file: `10s`, not the µs that `create` gets. `unit` tells what a text stands for,
 * `secret` that it is one. Throws a TypeError for a default that cannot be written.
 */
export function configJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema, path }) {
      const { def } = zodSchema._zod;
      // Of a transform, zod has examples and defaults of what comes out only.
      if (jsonSchema.written) jsonSchema.examples = jsonSchema.written as string[];
      if (def.type === 'default') jsonSchema.default ??= writtenDefault(jsonSchema, def.defaultValue, path);
    },
  });
}

function writtenDefault(
  { unit, type }: JsonSchema,
  value: unknown,
  path: readonly PropertyKey[],
): JsonSchema['default'] {
  const format = typeof unit === 'string' ? formats[unit] : undefined;
  if (format) return format(value as never);
  if (typeof value === type || (typeof value === 'object' && Object.keys(value ?? {}).length === 0))
    return value as JsonSchema['default'];
  throw new TypeError(`the default of ${path.join('.')} cannot be written: its schema needs a unit`);
}
