import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../src/config/load.ts';

/*
 * What an integrator has: a folder somewhere, and the packages as they are published. Only what types are made of is built here, which
 * is a part of what is published.
 */
const packages = join(import.meta.dirname, '../..');
const workspace = join(packages, '..');
const tsc = join(workspace, 'node_modules/.bin/tsc');
const fixture = join(import.meta.dirname, 'wrong/streams.ts');
const DIRECTIVE = /^\/\/ @ts-expect-error (.*)$/;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-outside-'));
  publish('protocol', 'src/index.ts');
  publish('plugin-sdk', 'src/index.ts');
  publish('edge-agent', 'src/config/streams-file/define-streams.ts');
  symlinkSync(join(packages, 'edge-agent/node_modules/zod'), join(folder, 'node_modules/zod'));
  symlinkSync(join(packages, 'edge-agent/node_modules/rxjs'), join(folder, 'node_modules/rxjs'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The declarations of a package as `pnpm pack` makes them, of an entry and what that needs. */
function publish(name: string, entry: string): void {
  const from = join(packages, name);
  const to = join(folder, 'node_modules/@sluis', name);
  mkdirSync(to, { recursive: true });
  const { publishConfig, ...manifest } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as {
    publishConfig: { exports: unknown };
  };
  writeFileSync(join(to, 'package.json'), JSON.stringify({ ...manifest, exports: publishConfig.exports }));
  const config = join(folder, `${name}.json`);
  const compilerOptions = { outDir: join(to, 'dist'), rootDir: join(from, 'src'), emitDeclarationOnly: true };
  const typeRoots = [join(workspace, 'node_modules/@types')];
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(from, 'tsconfig.build.json'),
      compilerOptions: { ...compilerOptions, typeRoots },
      include: [],
      files: [join(from, entry)],
    }),
  );
  const { status, stdout } = spawnSync(tsc, ['-p', config], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} cannot be built: ${stdout}`);
  if (name === 'protocol') cpSync(join(from, 'src/generated'), join(to, 'dist/generated'), { recursive: true });
}

/** What a compiler says in that folder, by `file:line`. */
function errorsOf(files: Readonly<Record<string, string>>): Map<string, string> {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  const options = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, skipLibCheck: true, types: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: Object.keys(files) }));
  const { stdout } = spawnSync(tsc, ['-p', '.', '--pretty', 'false'], { cwd: folder, encoding: 'utf8' });
  const errors = new Map<string, string>();
  let at = '';
  for (const line of stdout.split('\n').filter((line) => line !== '')) {
    const [, file, row, message] = /^([\w.-]+\.ts)\((\d+),\d+\): error TS\d+: (.*)$/.exec(line) ?? [];
    if (file !== undefined) at = `${file}:${row}`;
    errors.set(at, `${errors.get(at) ?? ''}${message ?? line}\n`);
  }
  return errors;
}

test('an editor tells what is wrong with streams, and lets pass what is right', () => {
  const text = readFileSync(fixture, 'utf8');
  const errors = errorsOf({ 'streams.ts': text.replaceAll('@ts-expect-error', 'expected:') });
  const expected = text.split('\n').flatMap((line, i) => {
    const message = DIRECTIVE.exec(line)?.[1];
    return message === undefined ? [] : [{ at: `streams.ts:${i + 2}`, message }];
  });
  expect(expected.length).toBeGreaterThan(5);
  for (const { at, message } of expected) expect(errors.get(at), at).toContain(message);
  expect([...errors.keys()]).toEqual(expected.map(({ at }) => at));
});

test('the example of the documentation compiles, and defines streams', () => {
  const page = readFileSync(join(workspace, 'docs/configuration.md'), 'utf8');
  const example = /```ts\n(.*?)```/s.exec(page)?.[1] ?? '';
  expect(errorsOf({ 'sluis.config.ts': example })).toEqual(new Map());
  const file = join(folder, 'agent.yaml');
  writeFileSync(
    file,
    `agent: { id: a, site: lab }
hub: { url: grpc://127.0.0.1:1 }
sources: { tcp: { type: line-protocol, listen: 127.0.0.1:1 } }
streams: ./sluis.config.ts
`,
  );
  const { config, streamsFile } = loadConfig(file);
  expect(Object.keys(config.streams)).toEqual(['press-1-force', 'press-2-force', 'press-3-force', 'all-calm']);
  expect(streamsFile?.printed).toEqual([]);
});
