import { isSchema } from './json-schema.ts';
import { REFERENCE } from './substitute.ts';

/** Where a document has a secret as it is, in place of a reference to it: those that its schema calls secret. */
export function plainSecrets(value: unknown, schema: unknown, path: readonly PropertyKey[] = []): PropertyKey[][] {
  if (!isSchema(schema)) return [];
  const { additionalProperties, items, oneOf = [], properties = {}, secret } = schema;
  if (secret === true) return typeof value === 'string' && value.search(REFERENCE) === -1 ? [[...path]] : [];
  if (Array.isArray(value)) return value.flatMap((item, i) => plainSecrets(item, items, [...path, i]));
  if (!isRecord(value)) return [];
  const form = oneOf.find((choice) => isSchema(choice.properties?.type) && choice.properties.type.const === value.type);
  if (form) return plainSecrets(value, form, path);
  return Object.entries(value).flatMap(([key, inner]) =>
    plainSecrets(inner, properties[key] ?? additionalProperties, [...path, key]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
