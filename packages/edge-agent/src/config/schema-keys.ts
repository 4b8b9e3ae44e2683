import { isSchema, type JsonSchema } from './json-schema.ts';

/** The keys that a JSON Schema allows in the object at `path`, over all its alternatives: for "did you mean". */
export function keysAt(root: JsonSchema, path: readonly PropertyKey[]): string[] {
  const at = path.reduce<JsonSchema[]>((schemas, key) => schemas.flatMap((schema) => step(root, schema, key)), [root]);
  return at.flatMap((schema) => alternatives(root, schema).flatMap(({ properties }) => Object.keys(properties ?? {})));
}

/** The texts that a JSON Schema allows at `path`, over all its alternatives. */
export function valuesAt(root: JsonSchema, path: readonly PropertyKey[]): string[] {
  const at = path.reduce<JsonSchema[]>((schemas, key) => schemas.flatMap((schema) => step(root, schema, key)), [root]);
  const values = at.flatMap((schema) =>
    alternatives(root, schema).flatMap(({ const: only, enum: several }) => several ?? [only]),
  );
  return [...new Set(values)].filter((value) => typeof value === 'string');
}

function step(root: JsonSchema, schema: JsonSchema, key: PropertyKey): JsonSchema[] {
  return alternatives(root, schema).flatMap(({ properties, additionalProperties, items }) => {
    const next = properties?.[String(key)] ?? (typeof key === 'number' ? items : additionalProperties);
    return isSchema(next) ? [next] : [];
  });
}

function alternatives(root: JsonSchema, schema: JsonSchema): JsonSchema[] {
  const { $ref, anyOf, oneOf, allOf } = schema;
  const referred: unknown = $ref?.startsWith('#/$defs/') ? root.$defs?.[$ref.slice('#/$defs/'.length)] : undefined;
  const nested = [referred, ...(anyOf ?? []), ...(oneOf ?? []), ...(allOf ?? [])].filter(isSchema);
  return [schema, ...nested.flatMap((inner) => alternatives(root, inner))];
}
