import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { expect, test, vi } from 'vitest';
import { install, operatorWith, temporaryPlugin } from '../../test/temporary-plugin.ts';
import { sdkVersion } from './sdk-version.ts';
import { test as testPlugin } from './test.ts';

/** Each starts several programs. */
vi.setConfig({ testTimeout: 60_000 });

/** As a person would, not as a test that runs in a test. */
function sluisPlugin(...options: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const own = Object.entries(env).filter(([name]) => !/^(?:vitest|test$|node_env|npm_|ci$|github_)/i.test(name));
  const entry = join(import.meta.dirname, 'sluis-plugin.ts');
  return new Promise((resolve) => {
    const environment = { ...Object.fromEntries(own), NO_COLOR: '1' };
    execFile(execPath, [entry, ...options], { env: environment }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

test('a source as it is created passes what every source has to pass, and is packed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-source-'));
  try {
    const sdk = join(folder, 'packed');
    mkdirSync(sdk);
    for (const name of ['plugin-sdk', 'protocol']) writeFileSync(join(sdk, `sluis-${name}-${sdkVersion}.tgz`), name);
    const source = join(folder, 'hot-press');
    expect(await sluisPlugin('create', source, '--kind', 'source', '--sdk', sdk)).toMatchObject({
      code: 0,
      stderr: '',
    });
    install(source);
    const tested = await sluisPlugin('test', source);
    expect(tested.stdout).toMatch(/✓ src\/index\.test\.ts \(\d+ tests\)/);
    expect(tested.code).toBe(0);
    const packed = await sluisPlugin('pack', source);
    expect(packed).toMatchObject({ code: 0, stderr: '' });
    expect(packed.stdout).toContain('source hot-press of hot-press 0.1.0');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an operator that keeps state beside its state fails without a test of its own', async () => {
  using plugin = temporaryPlugin({
    'index.ts': operatorWith({
      before: 'let batches = 0;',
      inside: 'if (batches++ > 1) return { ...batch, length: 0 }',
    }),
  });
  const tested = await sluisPlugin('test', plugin.folder);
  expect(tested.code).toBe(1);
  expect(tested.stdout + tested.stderr).toContain('ContractError');
});

test('a plugin whose tests would say nothing is not tested', async () => {
  using operator = temporaryPlugin({ 'index.ts': operatorWith().replace(/examples: .*/, '') });
  await expect(testPlugin(operator.folder)).rejects.toThrow('operator nothing has no examples');
  const source = "export default { type: 'idle', version: 1, config: { _zod: {} }, create() {} };";
  using idle = temporaryPlugin({ 'index.ts': source, 'index.test.ts': '// nothing' });
  await expect(testPlugin(idle.folder)).rejects.toThrow('no test of source idle has the suite');
});

test('errors say what to do, without a stack, and help has examples', async () => {
  using plugin = temporaryPlugin({ 'index.ts': operatorWith({ inside: "void import('./x.ts')" }) });
  const [broken, none, help] = await Promise.all([
    sluisPlugin('pack', plugin.folder),
    sluisPlugin('pack', join(plugin.folder, 'none')),
    sluisPlugin('bench', '--help'),
  ]);
  expect(broken.code).toBe(1);
  expect(broken.stderr).toMatch(/^import\("\.\/x\.ts"\) loads code while it runs\nhint: a plugin is one module.*\n$/);
  expect(none.code).toBe(78);
  expect(none.stderr).toContain('hint: make one: sluis-plugin create my-plugin');
  expect(help.stdout).toContain('$ sluis-plugin bench --config');
});
