import { isSchema, type JsonSchema, plainJsonSchema } from './json-schema.ts';

/** Levels of headings. */
const HIGHEST = 2;
const DEEPEST = 3;

/** The page about every key of agent.yaml, in Markdown, from the schema; `frame` says what no key says. */
export function configurationPage(frame: string): string {
  const sections = Object.entries(propertiesOf(plainJsonSchema())).flatMap(([key, schema]) =>
    section(key, schema, HIGHEST),
  );
  return `${frame.trimEnd()}\n\n${sections.join('\n\n')}\n`;
}

/** A heading, what it is, its keys as a table, and the sections of keys that hold keys themselves. */
export function section(path: string, schema: JsonSchema, level: number): string[] {
  const { additionalProperties: named, items, oneOf, anyOf, description } = schema;
  // Of several forms, those without keys are told by the type.
  const forms = anyOf?.filter(hasKeys) ?? [];
  if (forms.length > 0)
    return forms.flatMap((form) => section(path, { ...form, ...(description && { description }) }, level));
  if (isSchema(named)) return section(`${path}.NAME`, { description, ...named }, level);
  if (isSchema(items)) return section(`${path}[]`, { description, ...items }, level);
  const choices = oneOf?.filter(({ properties }) => properties) ?? [];
  const own = [`${'#'.repeat(level)} \`${path}\``, ...(description ? [description] : [])];
  if (choices.length > 0) return [...own, ...choices.flatMap((choice) => choiceOf(path, choice, level + 1))];
  return [...own, ...keys(path, schema, DEEPEST)];
}

/** One of the forms of an object that the value of a key tells apart: the key says what the form is. */
function choiceOf(path: string, choice: JsonSchema, level: number): string[] {
  const entries = Object.entries(propertiesOf(choice));
  const [key, { const: value, description }] = entries.find(([, property]) => property.const !== undefined) ?? ['', {}];
  const heading = `${'#'.repeat(level)} \`${path}\` with \`${key}: ${String(value)}\``;
  const others = { ...choice, properties: Object.fromEntries(entries.filter(([name]) => name !== key)) };
  return [heading, ...(description ? [description] : []), ...keys(path, others, level)];
}

function keys(path: string, schema: JsonSchema, level: number): string[] {
  const properties = Object.entries(propertiesOf(schema));
  const rows = properties.map(([key, property]) => {
    const cells = [`\`${key}\``, typeOf(property), defaultOf(schema, key), property.description ?? ''];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const table = ['| key | type | default | what it is |', '| --- | --- | --- | --- |', ...rows].join('\n');
  const below = properties.filter(
    ([, property]) => hasKeys(property) || (isSchema(property.items) && hasKeys(property.items)),
  );
  return [table, ...below.flatMap(([key, property]) => section(`${path}.${key}`, property, level))];
}

function defaultOf({ required, properties }: JsonSchema, key: string): string {
  const property = properties?.[key];
  if (isSchema(property) && property.default !== undefined) return `\`${plain(property.default)}\``;
  return required?.includes(key) ? 'required' : '';
}

/** A value's type in words. */
function typeOf(schema: JsonSchema): string {
  const { unit, const: only, enum: values, anyOf, items, type, minimum, exclusiveMinimum, maximum } = schema;
  if (typeof unit === 'string') return unit;
  if (only !== undefined) return `\`${plain(only)}\``;
  if (values) return values.map((value) => `\`${plain(value)}\``).join(', ');
  if (anyOf) return anyOf.map(typeOf).join(', or ');
  if (isSchema(items)) return `list of: ${typeOf(items)}`;
  if (type === 'string') return 'text';
  if (type === 'boolean') return '`true`, `false`';
  if (type !== 'integer' && type !== 'number') return type === undefined ? 'any' : 'keys, see below';
  const bounds = [
    ...(minimum === undefined ? [] : [`from ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? [] : [`to ${maximum}`]),
  ];
  return [type === 'integer' ? 'whole number' : 'number', ...bounds].join(' ');
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function hasKeys({ properties, additionalProperties, oneOf, anyOf }: JsonSchema): boolean {
  return Boolean(properties ?? oneOf) || isSchema(additionalProperties) || (anyOf?.some(hasKeys) ?? false);
}

function propertiesOf({ properties = {} }: JsonSchema): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(properties).filter((entry): entry is [string, JsonSchema] => isSchema(entry[1])),
  );
}
