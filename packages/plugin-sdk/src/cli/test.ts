import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Vite } from 'vitest/node';
import { bundle } from './bundle.ts';
import { loadPlugin, type Plugin } from './definition.ts';
import { PluginError } from './plugin-error.ts';
import { type PluginPackage, readPluginPackage } from './plugin-package.ts';
import { loadTestRunner } from './tools.ts';

/** In the plugin's folder: there it finds the plugin, the SDK and vitest as the plugin's own tests do. */
const SUITE = '.sluis/conformance.test.ts';

/** Runs the plugin's tests and the suite that all operators pass. Sets exit code 1 if a test fails. */
export async function test(folder: string): Promise<void> {
  const plugin = readPluginPackage(folder);
  // What cannot be packed is told before anything else.
  writeSuite(plugin, await loadPlugin(await bundle(plugin)));
  const { startVitest } = await loadTestRunner(plugin.folder);
  const run = await startVitest([], { root: plugin.folder, run: true }, { plugins: [withSuite] });
  await run.close();
}

function writeSuite({ folder, entry }: PluginPackage, { kind, name, definition }: Plugin): void {
  if (kind === 'operator' && !definition.examples?.length)
    throw new PluginError(`operator ${name} has no examples: without them nothing of it is tested`, {
      hint: "give it some: examples: [{ title, config, given: '0s m1/t 20.5', expected: '0s m1/t 20.5' }]",
    });
  const file = join(folder, SUITE);
  mkdirSync(dirname(file), { recursive: true });
  const from = relative(dirname(file), entry).replaceAll(sep, '/');
  writeFileSync(file, suites[kind](from));
}

/** Written anew by each run. */
const suites: Readonly<Record<Plugin['kind'], (plugin: string) => string>> = {
  operator: (plugin) => `// Written by "sluis-plugin test": what every operator has to pass.
import { operatorConformance } from '@sluis/plugin-sdk/testing';
import operator from '${plugin}';

operatorConformance(operator);
`,
  source: (plugin) => `// Written by "sluis-plugin test".
import { expect, test } from 'vitest';
import source from '${plugin}';

test('the source has a type, a version and a configuration', () => {
  expect(source).toMatchObject({ type: expect.any(String), version: expect.any(Number), config: expect.anything() });
});
`,
};

/** Where the plugin has a configuration of vitest that says which files are tests, the suite is one more. */
const withSuite: Vite.Plugin = {
  name: 'sluis-plugin',
  config({ test }) {
    test?.include?.push(SUITE);
  },
};
