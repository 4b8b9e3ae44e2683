import { expect, test } from 'vitest';
import { operatorWith, temporaryPlugin } from '../../test/temporary-plugin.ts';
import { type Bundle, bundle } from './bundle.ts';
import { loadPlugin } from './definition.ts';
import { PluginError } from './plugin-error.ts';
import { readPluginPackage } from './plugin-package.ts';

async function bundled(files: Readonly<Record<string, string>>): Promise<Bundle> {
  using plugin = temporaryPlugin(files);
  return await bundle(readPluginPackage(plugin.folder));
}

test('a plugin is one module with all that it uses, and without what it does not use', async () => {
  const { module } = await bundled({
    'index.ts': operatorWith({ before: "import { used } from './part.ts';", inside: 'used(batch)' }),
    'part.ts': `import { readFileSync } from 'node:fs';
export const unused = (): string => readFileSync('/etc/passwd', 'utf8');
/** Says nothing. */
export function used(batch: unknown): void { if (batch === undefined) throw new Error('no batch'); }
`,
  });
  expect(module).not.toMatch(/^import|readFileSync|Says nothing|node_modules|part\.ts/m);
  expect(module).toContain('Error("no batch")');
  expect(await loadPlugin({ module })).toMatchObject({ kind: 'operator', name: 'nothing' });
});

test('the same text comes of the same sources, wherever they are', async () => {
  const files = { 'index.ts': operatorWith() };
  expect(await bundled(files)).toEqual(await bundled(files));
});

test.each<[string, string, string]>([
  [
    'files',
    operatorWith({ before: "import { readFileSync } from 'node:fs';", inside: "readFileSync('x')" }),
    'index.ts uses node:fs',
  ],
  [
    'a process',
    operatorWith({ before: "import { exec } from 'child_process';", inside: "exec('x')" }),
    'uses child_process',
  ],
  [
    'a library that is not there',
    operatorWith({ before: "import x from 'x-y';", inside: 'x()' }),
    'imports x-y, which is not installed',
  ],
  [
    'what comes later',
    operatorWith({ inside: "void import('./part.ts')" }),
    'import("./part.ts") loads code while it runs',
  ],
  [
    'what nobody knows',
    operatorWith({ inside: 'void import(String(batch.tick))' }),
    'import(String(batch.tick)) loads code',
  ],
  ['Node itself', operatorWith({ inside: "process.getBuiltinModule('fs')" }), 'process.getBuiltinModule loads'],
  ['where it is', operatorWith({ inside: 'String(import.meta.url)' }), 'import.meta is not that of the file'],
  ['no end', 'export default {', 'index.ts'],
  ['a file that is not there', "export { default } from './nowhere.ts';", './nowhere.ts'],
  ['nothing', 'export const operator = 1;', 'index.ts has no default export'],
])('%s: the file is named', async (_, text, message) => {
  const refused = await bundled({ 'index.ts': text, 'part.ts': 'export {};' }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(PluginError);
  expect((refused as PluginError).message).toContain(message);
});

test('the licenses of what is in it go with it', async () => {
  using plugin = temporaryPlugin({
    'index.ts': operatorWith({ before: "import { all } from 'own';", inside: 'all()' }),
  });
  plugin.write(
    'node_modules/own/package.json',
    '{ "name": "own", "version": "1.0.0", "license": "0BSD", "main": "x/y.js" }',
  );
  plugin.write('node_modules/own/x/package.json', '{ "type": "module" }');
  plugin.write('node_modules/own/x/y.js', 'export function all() { if (String() === "x") throw new Error("all"); }');
  plugin.write('node_modules/own/LICENSE.md', 'Copyright: nobody\r\n');
  const { licenses } = await bundle(readPluginPackage(plugin.folder));
  expect(licenses).toMatch(
    /^@sluis\/plugin-sdk [^]*\n-+\n\nown 1\.0\.0: 0BSD\n\nCopyright: nobody\n\n-+\n\nrxjs [^]*zod [^]*MIT License/,
  );
});

test('what a library requires is named, too', async () => {
  using plugin = temporaryPlugin({
    'index.ts': operatorWith({ before: "import { all } from 'old';", inside: 'all()' }),
  });
  plugin.write('node_modules/old/package.json', '{ "name": "old", "version": "1.0.0", "main": "index.js" }');
  plugin.write('node_modules/old/index.js', "const fs = require('fs'); exports.all = () => fs.readdirSync('/');");
  await expect(bundle(readPluginPackage(plugin.folder))).rejects.toThrow('node_modules/old/index.js uses fs');
});

test.each([
  ['export default 1;', 'neither an operator nor a source'],
  ['export default { name: "x", version: 0, config: {}, create() {} };', 'neither an operator nor a source'],
  ['throw new Error("not today"); export default 1;', 'the plugin cannot be loaded: not today'],
])('%s is no plugin', async (module, message) => {
  await expect(loadPlugin({ module })).rejects.toThrow(message);
});
