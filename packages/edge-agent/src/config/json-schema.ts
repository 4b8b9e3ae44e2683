import { configJsonSchema, type JsonSchema } from '@sluis/plugin-sdk';
import { writtenSchema } from './schema.ts';
import { REFERENCE } from './substitute.ts';

export type { JsonSchema };

/** The schema as JSON Schema of what a file may hold when its references are replaced, as {@link configJsonSchema} gives it. */
export function plainJsonSchema(): JsonSchema {
  return configJsonSchema(writtenSchema);
}

/** For editors: also accepts a reference wherever there is a text. Draft 7, which the YAML servers of editors know. */
export function agentJsonSchema(): JsonSchema {
  return {
    ...withReferences(plainJsonSchema()),
    title: 'agent.yaml',
    description: 'Configuration of a Sluis agent. What spans keys, and expressions, only "sluis-agent check" tells.',
  };
}

const reference = { type: 'string', pattern: REFERENCE.source } as const;

function withReferences(schema: JsonSchema): JsonSchema {
  const {
    unit: _unit,
    written: _written,
    secret: _secret,
    properties,
    additionalProperties,
    propertyNames,
    items,
    anyOf,
    oneOf,
    ...rest
  } = schema;
  const walked: JsonSchema = {
    ...rest,
    ...(properties && { properties: mapValues(properties, (property) => walk(property)) }),
    ...(additionalProperties !== undefined && { additionalProperties: walk(additionalProperties) }),
    ...(propertyNames && { propertyNames: walk(propertyNames) }),
    ...(items !== undefined && !Array.isArray(items) && { items: walk(items) }),
    ...(anyOf && { anyOf: anyOf.map((inner) => walk(inner)) }),
    // Conditions on which keys there are, as one of several forms, stay as they are.
    ...(oneOf && (isChoice(oneOf) ? { anyOf: [...oneOf.map((inner) => walk(inner)), chosenLater(oneOf)] } : { oneOf })),
  };
  return walked.type === 'string' && walked.const === undefined ? textOrReference(walked) : walked;
}

function walk<Schema>(schema: Schema): Schema | JsonSchema {
  return typeof schema === 'object' && schema !== null ? withReferences(schema as JsonSchema) : schema;
}

function textOrReference({ type, pattern, enum: values, minLength, maxLength, ...about }: JsonSchema): JsonSchema {
  const lengths = { ...(minLength !== undefined && { minLength }), ...(maxLength !== undefined && { maxLength }) };
  if (values === undefined && Object.keys(lengths).length === 0) {
    return { type, ...(pattern !== undefined && { pattern: `(?:${pattern})|${REFERENCE.source}` }), ...about };
  }
  const text = { type, ...(pattern !== undefined && { pattern }), ...(values && { enum: values }), ...lengths };
  return { anyOf: [text, reference], ...about };
}

/** Objects of which a key's one value says which of them it is. */
function isChoice(schemas: readonly JsonSchema[]): boolean {
  return schemas.every(({ properties }) => properties && choosingKey(properties) !== undefined);
}

function choosingKey(properties: NonNullable<JsonSchema['properties']>): string | undefined {
  return Object.keys(properties).find((key) => typeof properties[key] === 'object' && 'const' in properties[key]);
}

/** The choice itself may be a reference; an editor then cannot tell which keys there are. */
function chosenLater([{ properties = {} }]: readonly JsonSchema[]): JsonSchema {
  const key = choosingKey(properties) ?? '';
  return { type: 'object', properties: { [key]: reference }, required: [key] };
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, to: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]));
}

export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
