import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT_CONFIG, UserError } from '@sluis/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sources } from '../sources/index.ts';
import { loadConfig } from './load.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-config-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const head = `agent: { id: press-1, site: lab }
hub: { url: grpc://127.0.0.1:7443 }
`;

function load(text: string, env: NodeJS.ProcessEnv = {}) {
  const file = join(folder, 'agent.yaml');
  writeFileSync(file, text);
  return loadConfig(file, env);
}

function problemOf(text: string, env: NodeJS.ProcessEnv = {}): string {
  try {
    load(text, env);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.exitCode).toBe(EXIT_CONFIG);
    return error.message.replaceAll(`${folder}/`, '');
  }
  throw new Error('the configuration was accepted');
}

test('defaults are filled in and paths are relative to the file', () => {
  const { config } = load(`${head}sources:
  tcp: { type: line-protocol, listen: 127.0.0.1:8094 }
streams:
  raw: { from: tcp }
  ten: { from: [tcp], steps: [ { where: 'value < 500.0' }, { deadband: 0.05 }, { window: { every: 10s, aggregate: [mean, min, max, count] } } ] }
`);
  expect(config.agent).toMatchObject({ data: join(folder, 'edge-data'), status: { host: '127.0.0.1', port: 8090 } });
  expect(config.streams.raw).toMatchObject({ from: ['tcp'], steps: [] });
  expect(config.streams.ten.steps.map((step) => Object.keys(step)[0])).toEqual(['where', 'deadband', 'window']);
});

test('an unknown key is shown in its place, with what was probably meant', () => {
  expect(problemOf(`${head}sorces: {}\n`)).toBe(
    `agent.yaml:3:1: unknown key "sorces"
  3 | sorces: {}
    | ^^^^^^
  hint: did you mean "sources"?`,
  );
  expect(problemOf(`${head}sources:\n  tcp: { type: line-protocol, lisen: 127.0.0.1:1 }\n`)).toContain(
    'did you mean "listen"?',
  );
});

test('a value of the wrong kind is shown in its place', () => {
  const problem = problemOf(`${head}sources:
  tcp: { type: line-protocol, listen: 127.0.0.1:8094 }
streams:
  ten:
    from: tcp
    steps:
      - window: { every: 10 seconds, aggregate: [mean] }
`);
  expect(problem).toContain('agent.yaml:9:26: streams.ten.steps.0.window.every:');
  expect(problem).toContain("'10 seconds' is not a duration");
});

test('YAML that is none is shown in its place', () => {
  expect(problemOf('agent: { id: press-1\n')).toMatch(/^agent\.yaml:\d+:\d+: /);
});

test.each([
  ['sources: *nowhere', 'agent.yaml:3:10: there is no anchor &nowhere above'],
  ['limits: &a { series: 1, x: *a, y: [*b] }', 'agent.yaml:3:36: there is no anchor &b above'],
  [
    `a: &a [1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]`,
    'its aliases cannot be followed',
  ],
  ['limits: { series: !secret many }', 'agent.yaml:3:19: Unresolved tag: !secret'],
  ['sources: { __proto__: { type: csv, path: x } }', 'agent.yaml:3:12: nothing can be called __proto__'],
  ['---\nagent: {}', 'agent.yaml:3:1: a second document begins here'],
])('%s is a problem of the file, shown as one', (text, message) => {
  expect(problemOf(`${head}${text}\n`)).toContain(message);
});

test('what sources have in common may be written once', () => {
  const { config } = load(`${head}sources:
  one: &file { type: csv, path: ./one.csv, time: t }
  two: { <<: *file, path: ./two.csv }
`);
  expect(config.sources.two).toMatchObject({ type: 'csv', config: { path: './two.csv', time: 't' } });
});

test.each(['..', '.', 'a b', 'a/b', ''])('%j is no name of a source or stream', (name) => {
  const source = '{ type: csv, path: x }';
  const told = 'the name must be 1 to 64 letters';
  expect(problemOf(`${head}sources: { "${name}": ${source} }`)).toContain(`agent.yaml:3:12: sources.${name}: ${told}`);
  expect(problemOf(`${head}streams: { "${name}": { from: x } }`)).toContain(told);
});

test.each([
  ['', 'agent: is missing'],
  [`${head}sources: { f: { type: csv } }`, 'sources.f.path: is missing'],
  [`${head}streams: { a: { from: 1 } }`, 'streams.a.from: must be the name of a source, or a list of names'],
])('what %j lacks is said in words', (text, message) => {
  expect(problemOf(text)).toContain(message);
});

test('every problem is shown, not only the first', () => {
  const problem = problemOf('agent: { id: press-1, site: lab, statsu: 1 }\nhub: { ulr: x }\n');
  expect(problem).toContain('"statsu"');
  expect(problem).toContain('"ulr"');
});

test('a stream from a source that is not there is a problem of meaning', () => {
  const problem = problemOf(`${head}sources:
  tcp: { type: line-protocol, listen: 127.0.0.1:8094 }
streams:
  raw: { from: tpc }
`);
  expect(problem).toContain('agent.yaml:6:16: streams.raw.from: there is no source "tpc"');
  expect(problem).toContain('did you mean "tcp"?');
});

test('two streams that could emit the same series need "as"', () => {
  const sources = `${head}sources:\n  tcp: { type: line-protocol, listen: 127.0.0.1:8094 }\nstreams:\n  raw: { from: tcp }\n`;
  expect(problemOf(`${sources}  calm: { from: tcp, steps: [ { deadband: 1 } ] }\n`)).toContain(
    '"calm" and "raw" would both emit the series of tcp',
  );
  expect(load(`${sources}  calm: { from: tcp, steps: [ { deadband: 1 } ], as: calm }\n`).config.streams.calm.as).toBe(
    'calm',
  );
});

test('an operator from outside is refused in words, in its place', () => {
  const problem = problemOf(`${head}sources: { tcp: { type: line-protocol, listen: 127.0.0.1:1 } }
streams:
  calm:
    from: tcp
    steps: [ { use: ./plugins/smooth, with: { weight: 0.2 } }, { deadband: -1 } ]
`);
  expect(problem).toContain(
    `agent.yaml:7:21: streams.calm.steps.0.use: the operator "./plugins/smooth" is from outside: until streams have hosts of their own, those run in the test kit and with sluis-plugin only
  7 |     steps: [ { use: ./plugins/smooth, with: { weight: 0.2 } }, { deadband: -1 } ]
    |                     ^^^^^^^^^^^^^^^^`,
  );
  expect(problem).toContain('streams.calm.steps.1.deadband');
  for (const step of ['{ with: { weight: 0.2 } }', '{ use: ./smooth, deadband: 1 }', '{}']) {
    expect(problemOf(`${head}streams: { s: { from: tcp, steps: [ ${step} ] } }\n`)).toContain(
      'a step is one of where, ',
    );
  }
});

test('plaintext to another machine is refused', () => {
  const problem = problemOf('agent: { id: a, site: lab }\nhub: { url: grpc://hub.example:7443 }\n');
  expect(problem).toContain('agent.yaml:2:13: hub.url:');
  expect(problem).toContain('loopback only');
});

test('references to environment and secrets are replaced and remembered for redaction', () => {
  mkdirSync(join(folder, 'secrets'));
  writeFileSync(join(folder, 'secrets', 'site'), 'hall-3\n');
  const { config, redacted } = load(
    'agent: { id: "${env:AGENT}", site: "${secret:site}" }\nhub: { url: grpc://localhost:7443 }\n',
    { AGENT: 'a-1' },
  );
  expect(config.agent).toMatchObject({ id: 'a-1', site: 'hall-3' });
  expect(redacted).toEqual(['a-1', 'hall-3']);
});

test('a reference to nothing says what to set', () => {
  const problem = problemOf(
    'agent: { id: "${env:AGENT}", site: "${secret:site}" }\nhub: { url: grpc://localhost:7443 }\n',
  );
  expect(problem).toContain('agent.yaml:1:14: the environment has no AGENT');
  expect(problem).toContain('cannot read the secret site');
});

test('a file that is not there is an error of configuration', () => {
  expect(() => loadConfig(join(folder, 'nowhere.yaml'))).toThrow(UserError);
});

test('a hard quota below the quota is refused', () => {
  expect(problemOf(`${head}journal: { quota: 2MiB, hardQuota: 1MiB }\n`)).toContain(
    'agent.yaml:3:36: journal.hardQuota: intake would stop before the quota is reached',
  );
  expect(load(`${head}journal: { quota: 2MiB, hardQuota: 2MiB }\n`).config.journal.hardQuota).toBe(2 << 20);
});

test('what a stream puts into paths is one or more names', () => {
  const stream = (as: string) => `${head}sources: { tcp: { type: line-protocol, listen: 127.0.0.1:1 } }
streams: { raw: { from: tcp, as: ${JSON.stringify(as)} } }
`;
  for (const as of ['twin', 'line-1/press.2', `${'a'.repeat(64)}/${'b'.repeat(64)}`]) {
    expect(load(stream(as)).config.streams.raw.as).toBe(as);
  }
  const long = Array.from({ length: 4 }, () => 'c'.repeat(64)).join('/');
  for (const as of ['', '/', 'a//b', '/a', 'a/', 'a b', 'a\u0000b', 'd'.repeat(65), long]) {
    expect(problemOf(stream(as))).toContain('streams.raw.as: must be');
  }
});

test('a secret is not shown by the error that it leads to', () => {
  mkdirSync(join(folder, 'secrets'));
  writeFileSync(join(folder, 'secrets', 'pw'), 'S3cretPW');
  const problem = problemOf(`${head}sources:\n  m: { type: mqtt, url: 'http://u:\${secret:pw}@h', topics: ['a'] }\n`);
  expect(problem).toContain('[redacted]');
  expect(problem).not.toContain('S3cretPW');
  const streams = '{ a: { from: f }, "${secret:pw}": { from: f } }';
  const hinted = problemOf(`${head}sources: { f: { type: csv, path: x } }\nstreams: ${streams}\n`);
  expect(hinted).toContain('such as  as: [redacted]');
  expect(hinted).not.toContain('S3cretPW');
});

test.each([
  [
    '{ typ: line-protocol, listen: 127.0.0.1:1 }',
    'sources.tcp.type: the key "type" is missing',
    'did you mean "type" by "typ"?',
  ],
  [
    '{ type: line-protocoll, listen: 127.0.0.1:1 }',
    'agent.yaml:4:16: sources.tcp.type: there is no type "line-protocoll"',
    'did you mean "line-protocol"?',
  ],
  [
    '{ type: carrier-pigeon }',
    'there is no type "carrier-pigeon"',
    `it is one of ${sources.map(({ type }) => type).join(', ')}`,
  ],
])('a source %s is told what was probably meant', (source, message, hint) => {
  const problem = problemOf(`${head}sources:\n  tcp: ${source}\n`);
  expect(problem).toContain(message);
  expect(problem).toContain(hint);
});

test('an unknown aggregate is told what was probably meant', () => {
  const problem = problemOf(`${head}sources:
  tcp: { type: line-protocol, listen: 127.0.0.1:1 }
streams:
  ten: { from: tcp, steps: [ { window: { every: 10s, aggregate: [men] } } ] }
`);
  expect(problem).toContain('did you mean "mean"?');
});

test('a warning is shown in its place and keeps nothing from running', () => {
  const { config, warnings } = load(`${head}sources:
  tcp: { type: line-protocol, listen: 127.0.0.1:8094 }
`);
  expect(Object.keys(config.sources)).toEqual(['tcp']);
  expect(warnings).toMatchObject([{ rule: 'source-unread', line: 4, column: 8 }]);
  expect(warnings[0].shown.replace(`${folder}/`, '')).toBe(
    `agent.yaml:4:8: warning: no stream reads "tcp": its samples stay at the edge
  4 |   tcp: { type: line-protocol, listen: 127.0.0.1:8094 }
    |        ^
  hint: name it in the "from" of a stream, or leave it so if it shall stay on the site`,
  );
});

test('a secret that stands in the file is shown neither by the warning of it nor by errors beside it', () => {
  const source = "{ type: mqtt, url: mqtt://127.0.0.1:1883, topics: ['a'], username: u, password: Pl4inPW }";
  const { redacted, warnings } = load(`${head}sources: { m: ${source} }\nstreams: { raw: { from: m } }\n`);
  expect(warnings).toMatchObject([{ rule: 'secret-in-file', shown: expect.stringContaining('password: [redacted]') }]);
  expect(JSON.stringify(warnings)).not.toContain('Pl4inPW');
  expect(redacted).toEqual(['Pl4inPW']);
  const aliased = source.replace('Pl4inPW', '*name').replace('u,', '&name Pl4inPW,');
  expect(load(`${head}sources: { m: ${aliased}, n: ${source} }\n`).redacted).toContain('Pl4inPW');
  const problem = problemOf(`${head}sources: { m: ${source.replace('username', 'usrname')} }\n`);
  expect(problem).toContain('agent.yaml:3:');
  expect(problem).not.toContain('Pl4inPW');
});

test('a warning shows no secret, and the secrets that are used are known', () => {
  mkdirSync(join(folder, 'secrets'));
  writeFileSync(join(folder, 'secrets', 'place'), '198.51.100.7');
  const { secrets, warnings } = load(
    'agent: { id: a, site: lab, status: "${secret:place}:8090" }\nhub: { url: grpc://127.0.0.1:1 }\n',
  );
  expect(warnings.map(({ rule }) => rule)).toEqual(['status-open']);
  expect(JSON.stringify(warnings)).not.toContain('198.51.100.7');
  expect(secrets).toEqual([join(folder, 'secrets', 'place')]);
});
