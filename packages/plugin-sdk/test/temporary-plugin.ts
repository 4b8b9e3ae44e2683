import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const sdk = join(import.meta.dirname, '..');
const workspace = join(sdk, '../..');

/** Where a plugin finds what it would have installed. */
const installed: Readonly<Record<string, string>> = {
  '@sluis/plugin-sdk': sdk,
  rolldown: join(sdk, 'node_modules/rolldown'),
  vitest: join(workspace, 'node_modules/vitest'),
  zod: join(sdk, 'node_modules/zod'),
};

export interface TemporaryPlugin extends Disposable {
  readonly folder: string;
  write(file: string, text: string): void;
}

/** A plugin in a folder that goes away: `files` beside a package.json, which `about` changes. */
export function temporaryPlugin(
  files: Readonly<Record<string, string>>,
  about: Readonly<Record<string, unknown>> = {},
): TemporaryPlugin {
  const parent = mkdtempSync(join(tmpdir(), 'sluis-plugin-test-'));
  const folder = join(parent, 'plugin');
  const write = (file: string, text: string): void => {
    const at = join(folder, file);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, text);
  };
  const manifest = {
    name: 'plugin',
    version: '1.2.3',
    description: 'For a test',
    type: 'module',
    exports: './index.ts',
  };
  write('package.json', JSON.stringify({ ...manifest, ...about }));
  for (const [file, text] of Object.entries(files)) write(file, text);
  install(folder);
  return { folder, write, [Symbol.dispose]: () => rmSync(parent, { recursive: true }) };
}

/** Gives a plugin what it would have installed: of this workspace. */
export function install(folder: string): void {
  for (const [name, target] of Object.entries(installed)) {
    const at = join(folder, 'node_modules', name);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(target, at);
  }
}

/** An operator that does nothing, with other code around it. */
export function operatorWith({ before = '', inside = '' }: { before?: string; inside?: string } = {}): string {
  return `import { defineOperator } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { z } from 'zod';
${before}
export default defineOperator({
  name: 'nothing', version: 1, summary: 'Nothing.', config: z.strictObject({ least: z.number().default(3) }),
  examples: [{ title: 'All', config: {}, given: '0s m1/t 1', expected: '0s m1/t 1' }],
  create: () => map((batch) => { ${inside}; return batch; }),
});
`;
}
