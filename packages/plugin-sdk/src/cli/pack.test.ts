import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { operatorWith, temporaryPlugin } from '../../test/temporary-plugin.ts';
import { readArchive } from '../archive/read-archive.ts';
import { measure } from './bench.ts';
import { bundle } from './bundle.ts';
import { loadPlugin } from './definition.ts';
import { pack } from './pack.ts';
import { readPluginPackage } from './plugin-package.ts';
import { sdkVersion } from './sdk-version.ts';

test('an archive has the module, and what a host needs to know before it runs it', async () => {
  using said = vi.spyOn(console, 'log').mockReturnValue();
  using plugin = temporaryPlugin({ 'index.ts': operatorWith() }, { name: '@acme/nothing', license: 'MIT' });
  await pack(plugin.folder, {});
  const file = join(plugin.folder, 'acme-nothing-1.2.3.sluis.tgz');
  const bytes = readFileSync(file);
  const { manifest, module, licenses } = readArchive(bytes);
  expect(manifest).toMatchObject({
    name: '@acme/nothing',
    version: '1.2.3',
    kind: 'operator',
    definition: { name: 'nothing', version: 1 },
    summary: 'Nothing.',
    license: 'MIT',
    config: { type: 'object', properties: { least: { type: 'number', default: 3 } }, additionalProperties: false },
    sdk: `^${sdkVersion}`,
  });
  expect(licenses).toContain('zod ');
  expect(await loadPlugin({ module })).toMatchObject({ kind: 'operator', name: 'nothing' });
  expect(said.mock.lastCall?.[0]).toContain('operator nothing of @acme/nothing 1.2.3');

  using same = temporaryPlugin({ 'index.ts': operatorWith() }, { name: '@acme/nothing', license: 'MIT' });
  await pack(same.folder, { out: join(same.folder, 'out'), json: true });
  const { file: other } = JSON.parse(String(said.mock.lastCall?.[0])) as { file: string };
  expect(readFileSync(other).equals(bytes)).toBe(true);
});

test('a folder that is no plugin is told apart from one that is not installed', () => {
  using plugin = temporaryPlugin({ 'index.ts': operatorWith() });
  const { folder } = plugin;
  expect(readPluginPackage(folder)).toMatchObject({ name: 'plugin', version: '1.2.3', sdk: sdkVersion });
  expect(() => readPluginPackage(join(folder, 'x'))).toThrow('there is no plugin in');
  plugin.write('package.json', '{ "name": "A", "version": "1" }');
  expect(() => readPluginPackage(folder)).toThrow(
    /name: is no name.*\n.*version: is no version.*\n.*description: .*\n.*exports: /,
  );
  plugin.write('package.json', '{');
  expect(() => readPluginPackage(folder)).toThrow('package.json is not JSON');
  plugin.write('package.json', '{ "name": "a", "version": "1.0.0", "description": "A", "exports": "./x.ts" }');
  expect(() => readPluginPackage(folder)).toThrow('exports: there is no');
});

test('what is measured is the same but for the time', async () => {
  using plugin = temporaryPlugin({ 'index.ts': operatorWith({ inside: 'if (batch.length === -1) return batch' }) });
  const loaded = await loadPlugin(await bundle(readPluginPackage(plugin.folder)));
  if (loaded.kind !== 'operator') expect.fail('it is an operator');
  const { samplesPerSecond, ...result } = measure(loaded.definition, {});
  expect(samplesPerSecond).toBeGreaterThan(0);
  const samples = 600_000;
  expect(result).toMatchObject({
    operator: 'nothing',
    config: {},
    series: 100,
    samples: { in: samples, out: samples },
  });
  expect(result.bytes.out).toBe(result.bytes.in);
  expect(result.bytes.in / samples).toBeLessThan(3);
  expect(() => measure(loaded.definition, { least: 'x', most: 1 })).toThrow(/nothing\.least: .*\nnothing: .*"most"/);
});
