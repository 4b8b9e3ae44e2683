import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@sluis/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../load.ts';
import { decodeAnswer, encodeAnswer } from './answer.ts';
import { evaluate } from './evaluate.ts';
import { plainDefinition } from './plain-definition.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-streams-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const head = `agent: { id: press-1, site: lab }
hub: { url: grpc://127.0.0.1:7443 }
sources: { tcp: { type: line-protocol, listen: 127.0.0.1:8094 } }
`;

function load(definition: string, env: NodeJS.ProcessEnv = {}) {
  writeFileSync(join(folder, 'agent.yaml'), `${head}streams: ./sluis.config.ts\n`);
  writeFileSync(join(folder, 'sluis.config.ts'), definition);
  // A busy machine takes its time.
  return loadConfig(join(folder, 'agent.yaml'), env, { ms: 60_000 });
}

function problemOf(definition: string): string {
  try {
    load(definition);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message.replaceAll(`${folder}/`, '');
  }
  throw new Error('the definition was accepted');
}

test('streams of a file are those that would stand in the configuration, and what it prints is known', () => {
  writeFileSync(join(folder, 'presses.ts'), `export const presses: readonly string[] = ['p1', 'p2'];`);
  const { config, written, streamsFile } = load(
    `import { defineStreams } from '@sluis/edge-agent/config';
import { presses } from './presses.ts';

console.log(presses.length, Object.keys(process.env));
setInterval(() => undefined, 1_000);
export default defineStreams({
  ...Object.fromEntries(presses.map((press) => [press, { from: 'tcp', as: press }])),
  raw: { from: 'tcp', as: undefined },
  ten: { from: '\${env:SOURCE}', steps: [{ window: { every: '10s', aggregate: ['mean'] } }] },
});
`,
    { SOURCE: 'tcp' },
  );
  writeFileSync(
    join(folder, 'inline.yaml'),
    `${head}streams:
  p1: { from: tcp, as: p1 }
  p2: { from: tcp, as: p2 }
  raw: { from: tcp }
  ten: { from: tcp, steps: [ { window: { every: 10s, aggregate: [mean] } } ] }
`,
  );
  const inline = loadConfig(join(folder, 'inline.yaml'));
  expect(config.streams).toEqual(inline.config.streams);
  expect(written).toEqual(inline.written);
  expect(streamsFile).toEqual({ file: './sluis.config.ts', printed: ['2 []'] });
  expect(inline.streamsFile).toBeUndefined();
});

test('what it defines is checked as what stands in the configuration, with the path of the key', () => {
  const problem = problemOf(`export default {
    ten: { from: 'tpc', stepps: [] },
    calm: { from: 'tcp', steps: [{ where: 'valeu > 1' }, { use: './smooth' }, { window: { every: '10 seconds' } }] },
  }`);
  for (const message of [
    'agent.yaml:4:10: streams.ten: unknown key "stepps"\n  4 | streams: ./sluis.config.ts\n    |          ^^^^^^^^^^^^^^^^^\n  hint: did you mean "steps"?',
    'streams.calm.steps.0.where: Unknown variable: valeu',
    'streams.calm.steps.1.use: the operator "./smooth" is from outside',
    "streams.calm.steps.2.window.every: '10 seconds' is not a duration",
    'streams.calm.steps.2.window.aggregate: is missing',
  ]) {
    expect(problem).toContain(message);
  }
  expect(problemOf(`export default { ten: { from: 'tpc' } }`)).toContain(
    'agent.yaml:4:10: streams.ten.from: there is no source "tpc"',
  );
});

test('a warning about what it defines has the path of the key, too', () => {
  const { warnings } = load(`export default { a: { from: 'tcp', steps: [{ where: 'value > 3.0 && value < 2.0' }] } };`);
  expect(warnings).toMatchObject([{ rule: 'nothing-passes', line: 4, column: 10 }]);
  expect(warnings[0].message).toContain('streams.a.steps.0.where: no sample passes here');
});

test.each([
  [
    `console.log('so far');\nconst a: number = 1;\nexport default { a: (a as any).b.c };`,
    `sluis.config.ts:3:34: TypeError: Cannot read properties of undefined (reading 'c')
  it printed
    so far
  3 | export default { a: (a as any).b.c };
    |                                  ^`,
  ],
  ['export default {\n  a: ,\n};', 'sluis.config.ts:2:6: SyntaxError: Expression expected\n  2 |   a: ,\n    |      ^'],
  [`import './nowhere.ts';`, "sluis.config.ts: Error: Cannot find module '"],
  [`import './beside.ts';`, "beside.ts:2:7: Error: not today\n  2 | throw new Error('not today');\n    |       ^"],
  [
    `import { readFileSync } from 'node:fs';\nreadFileSync('/etc/hostname');`,
    'sluis.config.ts:2:1: it is not allowed to read /etc/hostname',
  ],
  [
    `await fetch('http://127.0.0.1:8123/');`,
    'sluis.config.ts: it is not allowed to use what lies outside, such as the network\n  hint: it may read what is in its folder',
  ],
  [
    `import { connect } from 'node:net';\nconnect(8123, '127.0.0.1');\nawait new Promise(() => undefined);`,
    'sluis.config.ts: it is not allowed to use what lies outside, such as the network\n  hint: it may read',
  ],
  [
    `export default { a: { from: 'tcp', as: \`of-\${process.env.LINE}\` } };`,
    `sluis.config.ts:1:58: it reads LINE of the environment, which is empty here
  1 | export default { a: { from: 'tcp', as: \`of-\${process.env.LINE}\` } };
    |                                                          ^
  hint: write '\${env:LINE}' in a text: the agent puts the value of its own environment there`,
  ],
  [
    `process.kill(process.ppid, 'SIGKILL');`,
    'sluis.config.ts:1:9: it is not allowed to use process.kill\n  1 | process.kill(',
  ],
  [`await new Promise(() => undefined);`, 'sluis.config.ts: it awaits what never comes'],
  [`process.exit(3);`, 'sluis.config.ts: its process ended by itself with code 3'],
  [`console.log('no module');`, 'sluis.config.ts: its default export is no streams'],
  [
    `export default { a: { from: 'tcp', steps: [{ where: () => true }] } };`,
    'sluis.config.ts: streams.a.steps.0.where: is a function, and must be text',
  ],
])('%j is shown in its place', (definition, problem) => {
  writeFileSync(join(folder, 'beside.ts'), `export {};\nthrow new Error('not today');`);
  expect(problemOf(definition)).toContain(problem);
});

test('a name that is no file of streams, and a file that is not there, are problems of the configuration', () => {
  const file = join(folder, 'other.yaml');
  writeFileSync(file, `${head}streams: raw\n`);
  expect(() => loadConfig(file)).toThrow('streams: must be streams by name, or a file that defines them');
  writeFileSync(file, `${head}streams: ./nowhere.ts\n`);
  expect(() => loadConfig(file)).toThrow('other.yaml:4:10: streams: cannot read ENOENT');
});

test('what never ends, takes all memory or tells too much is ended', () => {
  const file = join(folder, 'greedy.ts');
  const fault = (text: string, limits = {}) => {
    writeFileSync(file, text);
    return evaluate(file, { ms: 60_000, ...limits }).fault?.message;
  };
  expect(fault('for (;;);', { ms: 300 })).toBe('it was not done after 0.3 s');
  expect(fault('const all = []; for (;;) all.push(new Array(1_000_000).fill(1));', { mib: 16 })).toBe(
    'it takes more than 16 MiB of memory',
  );
  expect(fault(`for (let i = 0; i < 50; i++) console.log('x'.repeat(100_000));`)).toBe(
    'it prints more than anybody reads',
  );
  expect(fault(`export default { a: { from: 'x'.repeat(5_000_000) } };`)).toBe('it defines more than 4 MiB');
});

test('a file reaches nothing beside its folder: no file by SQLite, no other process, no flag of V8', () => {
  const outside = join(folder, 'outside.db');
  writeFileSync(
    join(folder, 'escaping.ts'),
    `import { setPriority } from 'node:os';
import { kill, ppid } from 'node:process';
import { setFlagsFromString } from 'node:v8';

const attempts: Record<string, () => unknown> = {
  sqlite: () => new (process.getBuiltinModule('node:sqlite').DatabaseSync)(${JSON.stringify(outside)}),
  kill: () => process.kill(ppid, 'SIGKILL'),
  imported: () => kill(ppid, 'SIGKILL'),
  native: () => (process as any)._kill(ppid, 9),
  debug: () => (process as any)._debugProcess(ppid),
  priority: () => setPriority(ppid, 19),
  again: () => delete (process as any).kill && process.kill(ppid, 'SIGKILL'),
  binding: () => (process as any).binding('spawn_sync'),
  linked: () => (process as any)._linkedBinding('os'),
  addon: () => process.dlopen({ exports: {} }, '/lib/libc.so.6'),
  abort: () => process.abort(),
  flags: () => setFlagsFromString('--log-all'),
};
const tried = (attempt: () => unknown) => {
  try {
    return \`did \${String(attempt())}\`;
  } catch (error) {
    return (error as Error).message;
  }
};
export default Object.fromEntries(Object.entries(attempts).map(([name, attempt]) => [name, tried(attempt)]));`,
  );
  const { definition, fault } = evaluate(join(folder, 'escaping.ts'), { ms: 60_000 });
  expect(fault).toBeUndefined();
  expect(definition).toEqual({
    sqlite: expect.stringContaining('DatabaseSync'),
    kill: 'it is not allowed to use process.kill',
    imported: 'it is not allowed to use process.kill',
    native: 'it is not allowed to use process._kill',
    debug: 'it is not allowed to use process._debugProcess',
    priority: 'it is not allowed to use os.setPriority',
    again: expect.stringContaining('delete'),
    binding: 'it is not allowed to use process.binding',
    linked: 'it is not allowed to use process._linkedBinding',
    addon: 'it is not allowed to use process.dlopen',
    abort: 'it is not allowed to use process.abort',
    flags: 'it is not allowed to use v8.setFlagsFromString',
  });
  expect(existsSync(outside)).toBe(false);
});

test.runIf(process.platform === 'linux')('buffers, which are no part of the heap, are bounded, too', () => {
  const file = join(folder, 'buffers.ts');
  writeFileSync(file, 'export default { a: { from: String(Buffer.alloc(400 << 20).length) } };');
  expect(evaluate(file, { ms: 60_000 }).fault).toEqual({
    message: expect.stringContaining('RangeError'),
    at: { file, line: 1, column: 43 },
  });
});

test('an answer that is not whole is none', () => {
  const bytes = encodeAnswer({ definition: { a: { from: 'tcp' } } });
  expect(decodeAnswer(bytes)).toEqual({ definition: { a: { from: 'tcp' } } });
  for (const length of [0, 3, 4, bytes.length - 1]) expect(decodeAnswer(bytes.subarray(0, length))).toBeUndefined();
  expect(decodeAnswer(Buffer.concat([bytes, bytes]))).toBeUndefined();
});

test('a definition is plain values', () => {
  const loop: Record<string, unknown> = {};
  loop.a = { b: loop };
  const wrong: [unknown, string][] = [
    [loop, 'streams.a.b: is what it is a part of'],
    [{ a: Number.NaN }, 'streams.a: is NaN, and must be text, a finite number'],
    [nested(100_000), 'a.a.a.a: lies 32 levels deep, and no stream is that deep'],
    [{ a: [undefined] }, 'streams.a.0: is undefined'],
    [{ a: 1n }, 'streams.a: is 1'],
    [{ a: new Map() }, 'streams.a: is a Map'],
    [JSON.parse('{ "__proto__": {} }'), 'nothing can be called __proto__'],
  ];
  for (const [value, message] of wrong) expect(() => plainDefinition(value)).toThrow(message);
  const shared = { from: 'tcp' };
  expect(plainDefinition({ a: shared, b: shared, c: undefined })).toEqual({ a: shared, b: shared });
});

function nested(levels: number): unknown {
  let inside: unknown = 1;
  for (let i = 0; i < levels; i++) inside = { a: inside };
  return inside;
}
