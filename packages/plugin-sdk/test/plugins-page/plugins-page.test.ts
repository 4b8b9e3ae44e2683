import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { SourceDefinition } from '../../src/index.ts';
import { FakeContext, operatorConformance, until } from '../../src/testing/index.ts';
import { temporaryPlugin } from '../temporary-plugin.ts';
import { press } from './press.ts';

/* The code of docs/plugins.md, in files as it names them: compiled as a plugin's is, and run. Its tests become tests of this file. */
const workspace = join(import.meta.dirname, '../../../..');
const page = readFileSync(join(workspace, 'docs/plugins.md'), 'utf8');
const options = readFileSync(join(import.meta.dirname, '../../template/common/tsconfig.json'), 'utf8');

const blocks = [...page.matchAll(/```ts\n\/\/ (\S+)\n([^]*?)```/g)].map(([, file, code]): [string, string] => [
  file,
  code,
]);
const plugin = temporaryPlugin({
  ...Object.fromEntries(blocks),
  'press.ts': readFileSync(join(import.meta.dirname, 'press.ts'), 'utf8'),
  'tsconfig.json': options.replace('"include": ["src"]', '"include": ["*.ts"]'),
});
afterAll(() => plugin[Symbol.dispose]());

const load = async (file: string): Promise<{ default?: unknown }> => await import(join(plugin.folder, file));
const tests = blocks.map(([file]) => file).filter((file) => file.endsWith('.test.ts'));
for (const file of tests) await load(file);
for (const file of ['calibrate.ts', 'code-of.ts']) {
  const { default: operator } = await load(file);
  operatorConformance(operator as Parameters<typeof operatorConformance>[0]);
}

test('a source counts what is no sample, and goes on behind it', async () => {
  const definition = (await load('press-queue.ts')).default as SourceDefinition<unknown>;
  await using machine = await press();
  await machine.appear?.();
  const context = new FakeContext(definition.config.parse(machine.config));
  await using source = definition.create(context);
  await source.start();
  machine.break();
  await machine.send(3, context);
  await until('what follows is acknowledged', () => machine.acknowledged?.() === 3);
  expect(context.rejected).toEqual([{ reason: 'no samples', count: 1, example: '"E17"' }]);
  expect(context.samples).toHaveLength(3);
});

test('every block of code is a file, and there are the three examples', () => {
  expect(blocks).toHaveLength(page.match(/^```ts$/gm)?.length ?? 0);
  expect(blocks.map(([file]) => file)).toEqual(
    expect.arrayContaining(['calibrate.ts', 'silent.ts', 'press-queue.ts', 'silent.test.ts', 'press-queue.test.ts']),
  );
});

test('all of them compile, as a plugin does', () => {
  const tsc = join(workspace, 'node_modules/.bin/tsc');
  const typeRoots = join(workspace, 'node_modules/@types');
  const { stdout } = spawnSync(tsc, ['-p', '.', '--typeRoots', typeRoots, '--pretty', 'false'], {
    cwd: plugin.folder,
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
});

test('an operator of twenty lines has twenty lines', () => {
  const [, code] = blocks.find(([file]) => file === 'calibrate.ts') ?? expect.fail();
  const lines = code.split('\n').filter((line) => line.trim() !== '');
  expect(lines.length).toBeLessThanOrEqual(20);
});
