import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { create } from './create.ts';
import { sdkVersion } from './sdk-version.ts';

let folder: string;
let sdk: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-create-'));
  sdk = join(folder, 'packed');
  mkdirSync(sdk);
  for (const name of ['plugin-sdk', 'protocol']) writeFileSync(join(sdk, `sluis-${name}-${sdkVersion}.tgz`), name);
  vi.spyOn(console, 'log').mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

type Manifest = Record<'dependencies' | 'devDependencies', Record<string, string>> & { name: string };

function read(...path: readonly string[]): string {
  return readFileSync(join(folder, ...path), 'utf8');
}

test('a plugin has its name wherever it says it, and an SDK of its own where one is given', async () => {
  await create(join(folder, 'moving-mean'), { kind: 'operator', sdk });
  const manifest = JSON.parse(read('moving-mean/package.json')) as Manifest;
  expect(manifest).toMatchObject({
    name: 'moving-mean',
    dependencies: { '@sluis/plugin-sdk': expect.stringMatching(/^file:sdk/) },
  });
  expect(read('moving-mean/src/index.ts')).toContain("name: 'movingMean'");
  expect(read('moving-mean/.gitignore')).toContain('node_modules/');
  const texts = readdirSync(join(folder, 'moving-mean'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  expect(texts.join('\n')).not.toContain('__');
});

test('a source is called as its package is', async () => {
  await create(join(folder, 'x'), { name: '@acme/hot-press', kind: 'source', sdk });
  expect(read('x/src/index.ts')).toContain("type: 'hot-press'");
  expect(read('x/src/index.test.ts')).toContain('sourceConformance(hotPress,');
});

test('a plugin stands on the versions that the SDK was made with', async () => {
  await create(join(folder, 'smooth'), { kind: 'operator', sdk });
  const made = JSON.parse(read('smooth/package.json')) as Manifest;
  const root = join(import.meta.dirname, '../../../..');
  const from = [root, join(root, 'packages/plugin-sdk')].map(
    (at) => JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as Manifest,
  );
  const known = Object.assign(
    {},
    ...from.flatMap(({ dependencies, devDependencies }) => [dependencies, devDependencies]),
  ) as Record<string, string>;
  const { '@sluis/plugin-sdk': _sdk, '@sluis/protocol': _protocol, ...others } = made.dependencies;
  const used = { ...others, ...made.devDependencies };
  expect(used).toEqual(Object.fromEntries(Object.keys(used).map((name) => [name, known[name]])));
});

test.each([
  ['3d', {}, "'3d' is no name for a plugin"],
  ['Smooth', {}, "'Smooth' is no name for a plugin"],
  ['smooth', { name: '@acme/' }, "'@acme/' is no name for a plugin"],
  ['packed', {}, 'packed is there already'],
  ['smooth', { sdk: 'nowhere' }, `nowhere/sluis-plugin-sdk-${sdkVersion}.tgz`],
])('%s %j is refused', async (name, options, message) => {
  await expect(create(join(folder, name), { kind: 'operator', sdk, ...options })).rejects.toThrow(message);
});
