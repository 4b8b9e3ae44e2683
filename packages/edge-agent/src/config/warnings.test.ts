import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { outlineOf } from '../sources/index.ts';
import { plainJsonSchema } from './json-schema.ts';
import { plainSecrets } from './plain-secrets.ts';
import { agentSchema } from './schema.ts';
import { rules, surprises } from './warnings.ts';

const DISK = 100 * 2 ** 30;

/** The warnings of a configuration, as rule and path. */
function warningsOf(text: string, { diskBytes = DISK, ends = false } = {}) {
  const hub = text.includes('hub:') ? '' : 'hub: { url: grpc://127.0.0.1:1 }\n';
  const given: unknown = parse(`agent: { id: a, site: lab }\n${hub}${text}`);
  const config = agentSchema.parse(given);
  const outlines = Object.fromEntries(
    Object.entries(config.sources).map(([name, source]) => [name, { ...outlineOf(source), ends }]),
  );
  return surprises({
    config,
    outlines,
    diskBytes,
    plainSecrets: plainSecrets(given, plainJsonSchema()),
    isWritten: (path) => parseDocument(text).hasIn(path),
  });
}

const one = 'sources: { tcp: { type: line-protocol, listen: 127.0.0.1:1 } }';
const two = `sources:
  one: { type: mqtt, url: mqtt://h, topics: ['plant/#'] }
  two: { type: mqtt, url: mqtt://other, topics: ['+/state'] }`;
const stream = (steps: string) => `${one}\nstreams: { s: { from: tcp, steps: [ ${steps} ] } }`;

test('what is as people mean it gives no warning', () => {
  expect(warningsOf('')).toEqual([]);
  expect(
    warningsOf(
      `sources:
  tcp:  { type: line-protocol, listen: 127.0.0.1:8094 }
  http: { type: line-protocol, http: 127.0.0.1:8086 }
  mqtt: { type: mqtt, url: mqtt://127.0.0.1:1883, topics: ['plant/#'] }
streams:
  raw: { from: [tcp, http, mqtt] }
  ten: { from: tcp, steps: [ { where: value < 500.0 }, { deadband: 0.05 }, { window: { every: 10s, aggregate: [mean, min, max, count] } } ] }`,
    ),
  ).toEqual([]);
});

const window = 'window: { every: 10s, aggregate: [mean] }';

test.each([
  ['source-unread', one, ['sources', 'tcp'], 'no stream reads "tcp": its samples stay at the edge'],
  [
    'nothing-passes',
    stream('{ where: value > 10 && value < 5 }'),
    ['streams', 's', 'steps', 0, 'where'],
    'no value is both',
  ],
  [
    'nothing-passes',
    stream('{ where: value > 10 }, { where: value < 5 }'),
    ['streams', 's', 'steps', 1, 'where'],
    'no value is both',
  ],
  [
    'nothing-passes',
    stream('{ where: value > 10 }, { deadband: 1 }, { where: value < 5 }'),
    ['streams', 's', 'steps', 2, 'where'],
    'no value is both',
  ],
  [
    'nothing-passes',
    stream(`{ ${window} }, { where: text == "on" }`),
    ['streams', 's', 'steps', 1, 'where'],
    'results of a window are numbers',
  ],
  [
    'same-series',
    `${two}\nstreams: { raw: { from: [one, two] } }`,
    ['sources', 'two'],
    '"one" and "two" may give the same name to different series, such as lab/plant/**',
  ],
  ['same-series', `${two}\nstreams: { a: { from: one }, b: { from: two } }`, ['sources', 'two'], 'the same name'],
  [
    'same-series',
    'sources: { a: { type: simulator }, b: { type: simulator, seed: 2 } }\nstreams: { s: { from: [a, b] } }',
    ['sources', 'b'],
    'lab/press-1/**',
  ],
  [
    'same-address',
    `sources:
  a: { type: line-protocol, listen: 0.0.0.0:8094 }
  b: { type: line-protocol, http: 127.0.0.1:8094 }
streams: { s: { from: [a, b] } }`,
    ['sources', 'b'],
    '"b" wants 127.0.0.1:8094, which "a" has already',
  ],
  [
    'same-address',
    'sources: { a: { type: line-protocol, http: 127.0.0.1:8090 } }\nstreams: { s: { from: a } }',
    ['sources', 'a'],
    'which the status page has already',
  ],
  [
    'late-windows-crowd',
    stream('{ window: { every: 10s, aggregate: [mean], lateness: 1d } }'),
    ['streams', 's', 'steps', 0, 'window', 'lateness'],
    'each series holds 8641 windows open, and more than 30 series',
  ],
  [
    'window-of-windows',
    stream(`{ ${window} }, { window: { every: 15s, aggregate: [max] } }`),
    ['streams', 's', 'steps', 1, 'window', 'every'],
    'windows of 15s do not hold whole windows of 10s',
  ],
  [
    'window-beyond-journal',
    `${stream('{ window: { every: 1h, aggregate: [mean], lateness: 30m } }')}\njournal: { keep: 1h }`,
    ['journal', 'keep'],
    'a window takes 90m to close',
  ],
  [
    'series-beyond-limit',
    `limits: { series: 10 }
sources: { tcp: { type: line-protocol, listen: 127.0.0.1:1, maxSeries: 11 } }
streams: { s: { from: tcp } }`,
    ['sources', 'tcp', 'maxSeries'],
    '"tcp" may add 11 series, and the agent takes 10 in all',
  ],
  [
    'secret-in-file',
    `sources: { m: { type: mqtt, url: mqtt://h, topics: [a], username: u, password: hunter2 } }
streams: { s: { from: m } }`,
    ['sources', 'm', 'password'],
    'a secret stands in the file',
  ],
  [
    'never-sent',
    "hub: { url: grpc://127.0.0.1:1, limit: 0B, schedule: [ { from: '08:00', to: '18:00', limit: 0B } ] }",
    ['hub', 'limit'],
    'nothing but alarms is ever sent',
  ],
  ['quota-tiny', 'journal: { quota: 0B }', ['journal', 'quota'], 'intake stops at 0B'],
  ['quota-tiny', 'journal: { quota: 1KiB, hardQuota: 4KiB }', ['journal', 'hardQuota'], 'intake stops at 4KiB'],
  ['quota-tiny', 'outbox: { quota: 1KiB }', ['outbox', 'quota'], 'what is sent stops at 1KiB'],
  [
    'deadband-after-window',
    stream(`{ ${window} }, { deadband: 1 }`),
    ['streams', 's', 'steps', 1, 'deadband'],
    'corrections by late samples',
  ],
])('%s: %s', (rule, text, path, message) => {
  expect(warningsOf(text)).toEqual([
    { rule, path, message: expect.stringContaining(message), hint: expect.any(String) },
  ]);
});

test('of a window behind it, nothing-passes says that it never closes', () => {
  expect(warningsOf(stream(`{ where: 'false' }, { ${window} }`))).toMatchObject([
    { rule: 'nothing-passes', hint: expect.stringContaining('no window of it ever closes') },
  ]);
});

test('nothing-passes is said once, where it begins', () => {
  const found = warningsOf(stream(`{ where: 'false' }, { deadband: 1 }, { where: value > 5 }, { where: value < 1 }`));
  expect(found).toMatchObject([{ rule: 'nothing-passes', path: ['streams', 's', 'steps', 0, 'where'] }]);
});

test('last-window-open: the input may end, and no idle time closes the window', () => {
  const of = (keys: string) =>
    warningsOf(stream(`{ window: { every: 10s, aggregate: [mean]${keys} } }`), { ends: true });
  expect(of('')).toMatchObject([{ rule: 'last-window-open', path: ['streams', 's', 'steps', 0, 'window'] }]);
  expect(of(', idle: 1m')).toEqual([]);
  expect(warningsOf(stream(`{ ${window} }`))).toEqual([]);
});

test('key-without-effect: a key that another one makes void', () => {
  const of = (keys: string) =>
    warningsOf(`sources: { a: { ${keys} } }\nstreams: { s: { from: a } }`).map(({ rule, path }) => [rule, path.at(-1)]);
  const tcp = 'type: line-protocol, listen: 127.0.0.1:1';
  for (const [key, value] of Object.entries({ maxBody: '1MiB', maxRequests: '1', timeout: '1s' })) {
    expect(of(`${tcp}, ${key}: ${value}`)).toEqual([['key-without-effect', key]]);
    expect(of(`type: line-protocol, http: 127.0.0.1:1, ${key}: ${value}`)).toEqual([]);
  }
  const mqtt = 'type: mqtt, url: mqtt://h, topics: [a]';
  for (const [key, value] of Object.entries({ sessionExpiry: '1h', receiveMaximum: '9' })) {
    expect(of(`${mqtt}, ${key}: ${value}`)).toEqual([['key-without-effect', key]]);
    expect(of(`${mqtt}, version: 5, ${key}: ${value}`)).toEqual([]);
  }
  expect(of(`${mqtt}, unit: s`)).toEqual([['key-without-effect', 'unit']]);
  expect(of(`${mqtt}, unit: s, time: ts`)).toEqual([]);
});

test('status-open: others can reach the status page', () => {
  const of = (status: string) => {
    const config = agentSchema.parse({ agent: { id: 'a', site: 'lab', status }, hub: { url: 'grpc://127.0.0.1:1' } });
    return surprises({ config, outlines: {}, diskBytes: DISK, plainSecrets: [], isWritten: () => false });
  };
  expect(of('0.0.0.0:8090')).toMatchObject([{ rule: 'status-open', path: ['agent', 'status'] }]);
  expect(of('[::1]:8090')).toEqual([]);
});

test('quota-beyond-disk: journal and outbox together do not fit', () => {
  const GiB = 2 ** 30;
  expect(warningsOf('', { diskBytes: 6 * GiB })).toMatchObject([
    {
      rule: 'quota-beyond-disk',
      path: ['outbox', 'quota'],
      message: expect.stringContaining('may grow to 6GiB, too much for a disk of 6GiB'),
    },
  ]);
  expect(warningsOf('journal: { quota: 3GiB, hardQuota: 8GiB }', { diskBytes: 10 * GiB })).toMatchObject([
    { path: ['journal', 'quota'] },
  ]);
  expect(warningsOf('', { diskBytes: 9 * GiB })).toEqual([]);
});

test.each([
  ['select: m1/temperature', ['select'], 'm1/temperature'],
  ["select: { series: '**', except: ['lab/x', 'press-*/t'] }", ['select', 'except', 1], 'press-*/t'],
  ["convert: { to: Cel, series: ['*/t', mill/t] }", ['convert', 'series', 1], 'mill/t'],
  ['rename: [ { from: lab/a, to: b }, { from: a, to: c } ]', ['rename', 1, 'from'], 'a'],
])('pattern-off-site: %s', (step, path, pattern) => {
  expect(warningsOf(stream(`{ ${step} }`))).toMatchObject([
    {
      rule: 'pattern-off-site',
      path: ['streams', 's', 'steps', 0, ...path],
      message: `"${pattern}" matches no series: every path starts with the site, lab/`,
    },
  ]);
});

test('renamed-alike: two streams give series of different sources one name', () => {
  const streamOf = (source: string, from: string, rest = '') =>
    `{ from: ${source}, steps: [ { rename: [ { from: '${from}', to: lab/t }, { from: 'lab/*/x', to: 'lab/{1}/y' } ] } ${rest} ] }`;
  const other = streamOf('two', 'lab/b');
  const both = (a: string) => `${two}\nstreams: { a: ${a}, b: ${other} }`;
  expect(warningsOf(both(streamOf('one', 'lab/a', ', { deadband: 1 }')))).toMatchObject([
    { rule: 'same-series' },
    {
      rule: 'renamed-alike',
      path: ['streams', 'b', 'steps', 0, 'rename', 0, 'to'],
      message: '"a" and "b" both give the name lab/t',
    },
  ]);
  const windowed = warningsOf(both(streamOf('one', 'lab/a', `, { ${window} }`)));
  expect(windowed.filter(({ rule }) => rule === 'renamed-alike')).toEqual([]);
});

test('each rule has a test', () => {
  const text = readFileSync(import.meta.filename, 'utf8');
  expect(rules.filter(({ id }) => !text.includes(`'${id}`))).toEqual([]);
});

test.each([
  'sources: { m: { type: mqtt, url: mqtt://h, topics: [a], password: "${secret:m}" } }\nstreams: { s: { from: m } }',
  "hub: { url: grpc://127.0.0.1:1, limit: 0B, schedule: [ { from: '22:00', to: '06:00', limit: 1MiB } ] }",
  `${two}\nstreams: { a: { from: one }, b: { from: two, as: other } }`,
  `${two}\nstreams: { a: { from: one }, b: { from: two, steps: [ { ${window} } ] } }`,
  stream(`{ ${window} }, { window: { every: 30s, aggregate: [max] } }`),
  stream('{ where: value > 5 }, { where: value > 10 }'),
  stream('{ where: value > 100 }, { convert: { to: Cel } }, { where: value < 50 }'),
  stream('{ rename: [ { from: lab/a, to: plant/a } ] }, { where: series == "plant/a" }, { select: plant/a }'),
  stream("{ select: ['*/t', '**/x', l*b/y] }"),
  stream(`{ where: value > 10 }, { ${window} }, { where: value < 5 }`),
  'sources: { a: { type: line-protocol, listen: 127.0.0.1:0 }, b: { type: line-protocol, listen: 127.0.0.1:0 } }\nstreams: { s: { from: [a, b] } }',
])('no warning: %s', (text) => {
  expect(warningsOf(text)).toEqual([]);
});
