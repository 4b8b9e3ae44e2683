/*
 * Packs the SDK and what it stands on into a folder, as they are published: `node pack-sdk.ts FOLDER`.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { env, execPath } from 'node:process';

const PNPM = 'pnpm@12.21.0';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new TypeError('usage: node pack-sdk.ts FOLDER');

const [command, ...first] = runningPnpm() ?? ['npx', '--yes', PNPM];
for (const name of ['protocol', 'plugin-sdk']) {
  const cwd = join(import.meta.dirname, '../..', name);
  execFileSync(command, [...first, 'pack', '--pack-destination', folder], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** That which runs this, if one does: a program, or a script of Node. */
function runningPnpm(): [string, ...string[]] | undefined {
  const { npm_execpath: file } = env;
  if (!file?.includes('pnpm')) return undefined;
  return /\.[cm]?js$/.test(file) ? [execPath, file] : [file];
}
