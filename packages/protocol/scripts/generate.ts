// Generates src/generated/ from sync.proto; with --check it only compares, and fails on a difference.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const cli = dirname(createRequire(import.meta.url).resolve('protobufjs-cli/package.json'));
const check = process.argv.includes('--check');
const target = check ? mkdtempSync(join(tmpdir(), 'sluis-generate-')) : join(root, 'src/generated');

try {
  const js = join(target, 'sync.js');
  const pbjs = [
    join(cli, 'bin/pbjs'),
    '-t',
    'static-module',
    '-w',
    'esm',
    '--force-number',
    '--no-verify',
    '--no-convert',
    '--no-delimited',
    '--no-typeurl',
    '--no-service',
  ];
  execFileSync(
    process.execPath,
    [...pbjs, '--dependency', 'protobufjs/minimal.js', '-o', js, join(root, 'sync.proto')],
    { stdio: 'inherit' },
  );
  execFileSync(process.execPath, [join(cli, 'bin/pbts'), '-o', join(target, 'sync.d.ts'), js], { stdio: 'inherit' });
  if (check) {
    for (const file of ['sync.js', 'sync.d.ts']) {
      if (readFileSync(join(target, file), 'utf8') !== readFileSync(join(root, 'src/generated', file), 'utf8')) {
        console.error(
          `packages/protocol/src/generated/${file} is not what sync.proto generates: run "pnpm generate" and commit the result`,
        );
        process.exitCode = 1;
      }
    }
  }
} finally {
  if (check) rmSync(target, { recursive: true });
}
