import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Vite } from 'vitest/node';
import { bundle } from './bundle.ts';
import { loadPlugin, type Plugin } from './definition.ts';
import { PluginError } from './plugin-error.ts';
import { type PluginPackage, readPluginPackage } from './plugin-package.ts';
import { loadTestRunner } from './tools.ts';

/** In the plugin's folder: there it finds the plugin, the SDK and vitest as the plugin's own tests do. */
const SUITE = '.sluis/conformance.test.ts';

/** Runs the plugin's tests and those that every plugin has to pass. Sets exit code 1 if one fails. */
export async function test(folder: string): Promise<void> {
  const plugin = readPluginPackage(folder);
  // What cannot be packed is told before anything else.
  const loaded = await loadPlugin(await bundle(plugin));
  if (loaded.kind === 'operator') writeSuite(plugin, loaded);
  else checkHasSuite(plugin, loaded);
  const { startVitest } = await loadTestRunner(plugin.folder);
  const run = await startVitest([], { root: plugin.folder, run: true }, { plugins: [withSuite] });
  await run.close();
}

/** An operator brings all that its suite needs: its examples. */
function writeSuite({ folder, entry }: PluginPackage, { name, definition }: Plugin & { kind: 'operator' }): void {
  if (!definition.examples?.length)
    throw new PluginError(`operator ${name} has no examples: without them nothing of it is tested`, {
      hint: "give it some: examples: [{ title, config, given: '0s m1/t 20.5', expected: '0s m1/t 20.5' }]",
    });
  const file = join(folder, SUITE);
  mkdirSync(dirname(file), { recursive: true });
  const from = relative(dirname(file), entry).replaceAll(sep, '/');
  writeFileSync(
    file,
    `// Written anew by each "sluis-plugin test": what every operator has to pass.
import { operatorConformance } from '@sluis/plugin-sdk/testing';
import operator from '${from}';

operatorConformance(operator);
`,
  );
}

/** What a source reads can only be arranged by its author, in a test of its own. */
function checkHasSuite({ folder }: PluginPackage, { name }: Plugin): void {
  rmSync(join(folder, SUITE), { force: true });
  const files = globSync('**/*.{test,spec}.{ts,mts,js,mjs}', {
    cwd: folder,
    exclude: (name) => name === 'node_modules',
  });
  if (files.some((file) => readFileSync(join(folder, file), 'utf8').includes('sourceConformance('))) return;
  throw new PluginError(`no test of source ${name} has the suite that every source has to pass`, {
    hint: 'call sourceConformance of @sluis/plugin-sdk/testing in one, with what the source reads',
  });
}

/** Where the plugin has a configuration of vitest that says which files are tests, the suite is one more. */
const withSuite: Vite.Plugin = {
  name: 'sluis-plugin',
  config({ test }) {
    test?.include?.push(SUITE);
  },
};
