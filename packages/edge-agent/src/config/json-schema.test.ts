import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { sources } from '../sources/index.ts';
import { agentJsonSchema, type JsonSchema, plainJsonSchema } from './json-schema.ts';
import { writtenSchema } from './schema.ts';

const validate = new Ajv({ allowUnionTypes: true }).compile(agentJsonSchema());

const agent = 'agent: { id: a, site: lab }';
const hub = 'hub: { url: grpc://127.0.0.1:7443 }';
const head = `${agent}\n${hub}`;
const source = (config: string) => `${head}\nsources: { a: ${config} }`;
const step = (config: string) => `${head}\nsources: {}\nstreams: { s: { from: a, steps: [ ${config} ] } }`;

const documents = [
  head,
  agent,
  hub,
  '{}',
  '[]',
  `${head}\nsorces: {}`,
  'agent: { id: a }\nhub: { url: grpc://h:1 }',
  'agent: { id: "a b", site: lab }\nhub: { url: grpc://h:1 }',
  `agent: { id: ${'a'.repeat(65)}, site: lab }\n${hub}`,
  'agent: { id: a, site: lab, status: 127.0.0.1 }\nhub: { url: grpc://h:1 }',
  'agent: { id: a, site: lab, status: "[::1]:1" }\nhub: { url: grpc://h:1 }',
  'agent: { id: a, site: lab, skew: 0s }\nhub: { url: grpc://h:1 }',
  'agent: { id: a, site: lab, skew: 1.5h }\nhub: { url: grpc://h:1 }',
  'agent: { id: a, site: lab, skew: 10 }\nhub: { url: grpc://h:1 }',
  `${head}\njournal: { quota: 64MiB }`,
  `${head}\njournal: { quota: 64MB }`,
  `${head}\njournal: { quota: 64 }`,
  `${head}\nlimits: { series: 0 }`,
  `${head}\nlimits: { series: 1.5 }`,
  `${head}\nlimits: { series: 7 }`,
  source('{ type: simulator }'),
  source('{ type: simulator, presses: 1001 }'),
  source('{ type: simulator, listen: 127.0.0.1:1 }'),
  source('{ type: carrier-pigeon }'),
  source('{ }'),
  source('{ type: line-protocol }'),
  source('{ type: line-protocol, listen: 127.0.0.1:1 }'),
  source('{ type: line-protocol, http: 127.0.0.1:1, maxBody: 1MiB }'),
  source('{ type: line-protocol, http: 127.0.0.1:1, listen: 127.0.0.1:2 }'),
  source('{ type: mqtt, url: mqtt://h, topics: [a/#] }'),
  source('{ type: mqtt, url: MQTTs://h, topics: [a/#] }'),
  source('{ type: line-protocol, listen: 127.0.0.1:65536 }'),
  source('{ type: mqtt, url: mqtt://h, topics: [a], maxPacket: 0B }'),
  source('{ type: mqtt, url: mqtt://h, topics: a }'),
  source('{ type: mqtt, url: mqtt://h, topics: [] }'),
  source('{ type: mqtt, url: http://h, topics: [a] }'),
  source('{ type: mqtt, url: mqtt://h, topics: [a], qos: 3 }'),
  source('{ type: mqtt, url: mqtt://h, topics: [a], qos: "1" }'),
  source('{ type: mqtt, url: mqtt://h, topics: [a], unit: us, version: 5 }'),
  source('{ type: mqtt, url: mqtt://h, topics: [a], unit: min }'),
  source('{ type: mqtt, url: mqtts://h, topics: [a], cert: c }'),
  source('{ type: mqtt, url: mqtts://h, topics: [a], cert: c, key: k }'),
  source('{ type: mqtt, url: mqtt://h, topics: [a], clientId: "" }'),
  source('{ type: csv, path: ./in.csv }'),
  source('{ type: csv }'),
  source('{ type: csv, path: "" }'),
  source('{ type: csv, path: a, time: t, delimiter: ";", decimal: ",", series: "{machine}/{column}", unit: ms }'),
  source('{ type: csv, path: a, delimiter: ";;" }'),
  source('{ type: csv, path: a, decimal: ";" }'),
  source('{ type: ndjson, path: a, poll: 1m }'),
  source('{ type: ndjson, path: a, poll: 0s }'),
  source('{ type: ndjson, path: a, delimiter: "," }'),
  source('{ type: simulator, whenFull: shed-oldest, maxSeries: 5 }'),
  source('{ type: simulator, whenFull: shed }'),
  source('{ type: simulator, maxSeries: 0 }'),
  `${head}\njournal: { keep: 7d, hardQuota: 2GiB }\noutbox: { keep: 0s }`,
  `${head}\noutbox: { keep: 30d, whenFull: shed-oldest }`,
  `${agent}\nhub: { url: grpc://h:1, limit: 1MiB, schedule: [ { from: "22:00", to: "06:00", days: [sat], limit: 0B } ] }`,
  `${agent}\nhub: { url: grpc://h:1, schedule: [ { from: "24:00", to: "06:00", limit: 0B } ] }`,
  `${agent}\nhub: { url: grpc://h:1, schedule: [ { from: "22:00", limit: 0B } ] }`,
  `${head}\nsources: { "a b": { type: simulator } }`,
  step('{ where: value > 1.0 }'),
  step('{ where: value > 1.0 }, { deadband: 1 }'),
  step('{ where: value > 1.0, deadband: 1 }'),
  step('{ }'),
  step('{ deadband: -1 }'),
  step('{ smooth: 1 }'),
  step('{ window: { every: 10s, aggregate: [mean, max] } }'),
  step('{ window: { every: 10s, aggregate: [mean, mean] } }'),
  step('{ window: { every: 10s, aggregate: [] } }'),
  step('{ window: { every: 10s, aggregate: [median] } }'),
  step('{ window: { every: 0s, aggregate: [mean] } }'),
  step('{ window: { aggregate: [mean] } }'),
  step('{ window: { every: 10s, aggregate: [mean], lateness: 0s, idle: 1m } }'),
  step('{ window: { every: 10s, size: 1m, aggregate: [p50, p99.9, timeWeightedMean], revise: 8h } }'),
  step('{ window: { size: 1m, aggregate: [mean] } }'),
  step('{ window: { every: 10s, session: 1m, aggregate: [mean] } }'),
  step('{ window: { sliding: 10s, aggregate: [p100] } }'),
  step('{ window: { sliding: 10s, aggregate: [stddev] } }'),
  step('{ window: { session: 30s, aggregate: [duration] } }'),
  step('{ window: { count: 0, aggregate: [mean] } }'),
  step('{ window: { count: 100, aggregate: [mean] } }'),
  step('{ window: { state: true, aggregate: [duration] } }'),
  step('{ window: { state: false, aggregate: [duration] } }'),
  `${head}\nstreams: { s: { from: [] } }`,
  `${head}\nstreams: { s: { from: [a, b], as: x/y } }`,
  `${head}\nstreams: ./sluis.config.ts`,
  `${head}\nstreams: raw`,
  `${head}\nstreams: [ { from: a } ]`,
  step('{ with: { weight: 0.2 } }'),
  step('{ deadband: 1, with: { weight: 0.2 } }'),
  step('{ deadband: 1, use: ./plugins/smooth }'),
  step('{ use: 1 }'),
  `${head}\nstreams: { s: { from: [a, b], as: x//y } }`,
  `${head}\nstreams: { s: { from: a, as: ${'x/'.repeat(100)}x } }`,
];

test.each(documents)('an editor says of %j what the agent says', (text) => {
  const document: unknown = parse(text);
  expect(validate(document)).toBe(writtenSchema.safeParse(document).success);
});

test('each type of source and each key at the top occurs', () => {
  const all = documents.join('\n');
  const keys = Object.keys(writtenSchema.shape);
  expect(sources.filter(({ type }) => !all.includes(`type: ${type}`))).toEqual([]);
  expect(keys.filter((key) => !all.includes(`${key}: {`))).toEqual([]);
});

test('both answers occur often', () => {
  const accepted = documents.filter((text) => validate(parse(text)));
  expect(accepted.length).toBeGreaterThan(15);
  expect(documents.length - accepted.length).toBeGreaterThan(15);
});

test.each([
  ['an expression', step('{ where: value > }')],
  ['an operator from outside', step('{ use: ./plugins/smooth, with: { weight: 0.2 } }')],
  ['a topic filter', source('{ type: mqtt, url: mqtt://h, topics: [a#] }')],
  ['a time zone', `${agent}\nhub: { url: grpc://h:1, zone: Mars/Olympus }`],
  ['a template', source('{ type: csv, path: a, series: "{" }')],
  ['keys that differ in their values', source('{ type: csv, path: a, delimiter: ",", decimal: "," }')],
  ['keys that depend on a value', source('{ type: mqtt, url: mqtt://h, topics: [a], ca: c }')],
])('of %s only the agent tells', (_, text) => {
  const document: unknown = parse(text);
  expect(writtenSchema.safeParse(document).success).toBe(false);
  expect(validate(document)).toBe(true);
});

const reference = '"${env:X}"';
test.each([
  `agent: { id: ${reference}, site: ${reference}, data: ${reference}, status: "127.0.0.1:\${env:PORT}", skew: ${reference} }\n${hub}`,
  `${agent}\nhub: { url: "grpc://127.0.0.1:\${env:PORT}" }`,
  `${agent}\nhub: { url: ${reference} }`,
  `${head}\njournal: { quota: "\${env:MEBIBYTES}MiB" }`,
  source(`{ type: ${reference}, listen: 127.0.0.1:1 }`),
  source(`{ type: line-protocol, listen: ${reference} }`),
  source(`{ type: mqtt, url: ${reference}, topics: [ ${reference} ], unit: ${reference}, clientId: "\${secret:ID}" }`),
  `${head}\nsources: { ${reference}: { type: simulator } }`,
  step(`{ where: ${reference} }`),
  step(`{ window: { every: ${reference}, aggregate: [ ${reference} ] } }`),
  `${head}\nstreams: { s: { from: ${reference}, as: ${reference} } }`,
  `${head}\nstreams: ${reference}`,
  `${head}\nstreams: "./\${env:LINE}/sluis.config.ts"`,
])('a reference is taken for what it will be: %j', (text) => {
  expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
});

test('a reference is taken for no number', () => {
  const document: unknown = parse(`${head}\nlimits: { series: ${reference} }`);
  expect(validate(document)).toBe(writtenSchema.safeParse(document).success);
});

test('defaults are the same', () => {
  const text = `${head}
sources:
  tcp: { type: line-protocol, listen: 127.0.0.1:1 }
  mqtt: { type: mqtt, url: mqtt://h, topics: [a] }
  csv: { type: csv, path: a }
  lines: { type: ndjson, path: a }
  sim: { type: simulator }
streams:
  s: { from: tcp, steps: [ { window: { every: 10s, aggregate: [mean] } } ] }
`;
  const filled = filledIn(parse(text), plainJsonSchema());
  expect(filled).toMatchObject({
    journal: { quota: '1GiB' },
    sources: { tcp: { maxLine: '64KiB' } },
    streams: { s: { steps: [{ window: { lateness: '0s' } }] } },
  });
  expect(writtenSchema.parse(filled)).toEqual(writtenSchema.parse(parse(text)));
});

test('every key is described', () => {
  const bare = everyKey(plainJsonSchema()).filter(({ schema }) => !schema.description);
  expect(bare.map(({ path }) => path)).toEqual([]);
});

test('the committed schema is the one that the agent prints', () => {
  const committed = readFileSync(join(import.meta.dirname, '../../../../docs/agent.schema.json'), 'utf8');
  expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(agentJsonSchema())));
});

/** The document with the schema's defaults where it says nothing. */
function filledIn(value: unknown, schema: JsonSchema): unknown {
  if (Array.isArray(value)) return value.map((item) => filledIn(item, schema.items as JsonSchema));
  if (typeof value !== 'object' || value === null) return value;
  const given = new Map(Object.entries(value));
  const chosen = schema.oneOf?.find(({ properties }) => properties && constOf(properties.type) === given.get('type'));
  const form = chosen ?? schema.anyOf?.find(({ additionalProperties }) => additionalProperties) ?? schema;
  const { properties = {}, additionalProperties } = form as {
    properties?: Record<string, JsonSchema>;
    additionalProperties?: unknown;
  };
  for (const [key, { default: value }] of Object.entries(properties)) {
    if (!given.has(key) && value !== undefined) given.set(key, structuredClone(value));
  }
  return Object.fromEntries(
    [...given].map(([key, value]) => [key, filledIn(value, properties[key] ?? (additionalProperties as JsonSchema))]),
  );
}

function constOf(schema: unknown): unknown {
  return (schema as JsonSchema | undefined)?.const;
}

/** All keys, and the forms that objects may have. */
function everyKey(schema: JsonSchema, path = ''): { path: string; schema: JsonSchema }[] {
  const { properties = {}, additionalProperties, items, oneOf = [], anyOf = [] } = schema;
  const nested = [additionalProperties, items, ...oneOf, ...anyOf].filter((inner) => typeof inner === 'object');
  return [
    ...Object.entries(properties as Record<string, JsonSchema>).flatMap(([key, property]) => [
      { path: `${path}.${key}`, schema: property },
      ...everyKey(property, `${path}.${key}`),
    ]),
    ...nested.flatMap((inner) => everyKey(inner as JsonSchema, `${path}[]`)),
  ];
}
