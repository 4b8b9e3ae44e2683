import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@sluis/edge-agent';
import { UserError } from '@sluis/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from './folder.ts';
import { runToEnd } from './processes.ts';

/** EX_CONFIG of sysexits.h. */
const CONFIG_ERROR = 78;

const GOOD = `agent: { id: press-1, site: lab, data: ./edge-data, status: 127.0.0.1:8090 }
hub: { url: grpc://127.0.0.1:7443 }
sources:
  tcp:  { type: line-protocol, listen: 127.0.0.1:8094 }
  http: { type: line-protocol, http: 127.0.0.1:8086 }
  mqtt: { type: mqtt, url: mqtt://127.0.0.1:1883, topics: ['plant/#'] }
streams:
  raw: { from: [tcp, http, mqtt] }
  ten: { from: tcp, steps: [ { where: 'value < 500.0' }, { deadband: 0.05 }, { window: { every: 10s, aggregate: [mean, min, max, count] } } ] }
`;

let folder: AsyncDisposable & { path: string };
let file: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  file = join(folder.path, 'agent.yaml');
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

function agent(command: 'run' | 'check', text: string, env: NodeJS.ProcessEnv = {}) {
  writeFileSync(file, text);
  return runToEnd('agent', [command, '-c', file], env);
}

interface Case {
  /** Replaced in the good configuration, and by what. */
  readonly change: readonly [string | RegExp, string];
  /** The text that the caret stands under. */
  readonly at: string;
  readonly says: readonly RegExp[];
}

const cases: Record<string, Case> = {
  'an unknown key': {
    change: ['listen:', 'lisen:'],
    at: 'lisen',
    says: [/unknown key "lisen"/, /did you mean "listen"/],
  },
  'an unknown key at the top': {
    change: ['streams:', 'stream:'],
    at: 'stream:',
    says: [/unknown key "stream"/, /did you mean "streams"/],
  },
  'a key said twice': { change: ['hub:', 'agent: {}\nhub:'], at: 'agent: {}', says: [/unique|twice|duplicate/i] },
  'an unknown type of source': {
    change: ['type: mqtt', 'type: mqt'],
    at: 'mqt',
    says: [/there is no type "mqt"/, /did you mean "mqtt"/],
  },
  'a source that is not there': {
    change: ['from: tcp', 'from: tpc'],
    at: 'tpc',
    says: [/no source "tpc"/, /did you mean "tcp"/],
  },
  'a stream that could emit what another does': {
    change: ['  ten:', '  also: { from: http }\n  ten:'],
    at: 'http',
    says: [/"?raw"?/, /"?also"?/, /as:/],
  },
  'a step that is not there': {
    change: ['deadband: 0.05', 'deadbands: 0.05'],
    at: 'deadbands',
    says: [/did you mean "deadband"/],
  },
  'an expression that is none': { change: ["'value < 500.0'", "'value < '"], at: "'value < '", says: [/where/] },
  'an expression of an unknown name': { change: ["'value < 500.0'", "'valve < 500.0'"], at: "'valve", says: [/valve/] },
  'an expression of the wrong type': { change: ["'value < 500.0'", '\'value < "x"\''], at: "'value", says: [/where/] },
  'a negative deadband': { change: ['deadband: 0.05', 'deadband: -1'], at: '-1', says: [/deadband/] },
  'a duration without a unit': { change: ['every: 10s', 'every: 10'], at: '10', says: [/every/, /10s/] },
  'a duration of nothing': { change: ['every: 10s', 'every: 0s'], at: '0s', says: [/every/] },
  'an aggregate that is not there': { change: ['[mean, min', '[median, min'], at: 'median', says: [/mean/] },
  'an address that is none': {
    change: ['listen: 127.0.0.1:8094', 'listen: 8094'],
    at: '8094',
    says: [/127\.0\.0\.1:8094/],
  },
  'a port beyond all ports': {
    change: ['127.0.0.1:8094', '127.0.0.1:80940'],
    at: '127.0.0.1:80940',
    says: [/address/],
  },
  'a hub elsewhere, in plaintext': {
    change: ['grpc://127.0.0.1', 'grpc://hub.example.com'],
    at: 'grpc://hub',
    says: [/loopback|this machine/],
  },
  'a hub by another protocol': {
    change: ['grpc://127.0.0.1', 'https://127.0.0.1'],
    at: 'https://',
    says: [/grpc:\/\//],
  },
  'an environment that lacks a name': {
    change: ['id: press-1', "id: '${env:SLUIS_TEST_ABSENT}'"],
    at: "'${env",
    says: [/SLUIS_TEST_ABSENT/],
  },
  'a secret that is not there': {
    change: ['id: press-1', "id: '${secret:absent}'"],
    at: "'${secret",
    says: [/absent/, /secrets/],
  },
  'a site with a slash': { change: ['site: lab', 'site: lab/hall'], at: 'lab/hall', says: [/site/] },
  'no agent': { change: [/^agent:.*\n/, ''], at: '', says: [/agent/] },
  'text that is no YAML': {
    change: ['sources:', 'sources: ]'],
    at: ']',
    says: [/^[^\n]*\n[^\n]*\n[^\n]*$/],
  },
};

test.each(Object.entries(cases))('%s: exit code 78, the place, a caret and what to do', (_, { change, at, says }) => {
  const text = GOOD.replace(change[0], change[1]);
  expect(text).not.toBe(GOOD);
  writeFileSync(file, text);
  const { exitCode, message } = errorOf(() => loadConfig(file, {}));
  expect(exitCode).toBe(CONFIG_ERROR);
  for (const pattern of says) expect(message).toMatch(pattern);
  if (at !== '') expectPlace(message, text, at);
});

/** The message shows the file's line, and a caret under what is wrong in it. */
function expectPlace(message: string, text: string, at: string): void {
  const place = new RegExp(`${escaped(file)}:(\\d+):(\\d+): [^]*?\\n *\\d+ \\| (.*)\\n *\\| ( *)\\^`).exec(message);
  expect(place, message).not.toBeNull();
  const [, line, column, shown, indent] = place ?? [];
  expect(shown, 'the line is shown').toBe(text.split('\n')[Number(line) - 1].trimEnd());
  expect(indent.length, 'the caret stands at the column').toBe(Number(column) - 1);
  expect(shown.slice(Number(column) - 1), 'the place').toMatch(new RegExp(`^['"\\[]?${escaped(at.replace(/^'/, ''))}`));
}

function errorOf(run: () => unknown): UserError {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('the configuration was taken for a good one');
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

test('the command: a good one is called good; check and run tell an error alike, without a stack', async () => {
  const good = await agent('check', GOOD);
  expect(good.code, good.stderr).toBe(0);
  const wrong = GOOD.replace('listen:', 'lisen:');
  const told = await Promise.all([agent('check', wrong), agent('run', wrong)]);
  for (const { code, stderr } of told) {
    expect(code).toBe(CONFIG_ERROR);
    expectPlace(stderr, wrong, 'lisen');
    expect(stderr).toContain('did you mean "listen"?');
    expect(stderr).not.toMatch(/^\s+at /m);
  }
});

test('several errors are told at once', () => {
  writeFileSync(file, GOOD.replace('listen:', 'lisen:').replace('every: 10s', 'evry: 10s'));
  const { message } = errorOf(() => loadConfig(file, {}));
  expect(message).toContain('did you mean "listen"?');
  expect(message).toContain('did you mean "every"?');
});

test('a file that is not there', async () => {
  const { code, stderr } = await runToEnd('agent', ['run', '-c', join(folder.path, 'absent.yaml')]);
  expect(code).toBe(CONFIG_ERROR);
  expect(stderr).toContain('absent.yaml');
  expect(stderr).toContain('-c');
});

test('environment and secrets are put in, and shown nowhere', async () => {
  mkdirSync(join(folder.path, 'secrets'), { recursive: true });
  writeFileSync(join(folder.path, 'secrets/broker'), 'pass-8472\n');
  const text = GOOD.replace(
    "topics: ['plant/#']",
    "topics: ['plant/#'], username: '${env:SLUIS_TEST_USER}', password: '${secret:broker}'",
  );
  const { code, stdout, stderr } = await agent('check', text, { SLUIS_TEST_USER: 'user-5519' });
  expect(code, stderr).toBe(0);
  expect(stdout + stderr).not.toMatch(/pass-8472|user-5519/);
  const wrong = await agent('check', text.replace('type: line-protocol, listen', "type: '${secret:broker}', listen"), {
    SLUIS_TEST_USER: 'user-5519',
  });
  expect(wrong.code).toBe(CONFIG_ERROR);
  expect(wrong.stdout + wrong.stderr).not.toMatch(/pass-8472|user-5519/);
});
