import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const oxlint = join(root, 'node_modules/.bin/oxlint');
let workspace: string;

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'sluis-boundaries-'));
  copyFileSync(join(root, '.oxlintrc.json'), join(workspace, '.oxlintrc.json'));
});
afterEach(() => {
  rmSync(workspace, { recursive: true });
});

function lint(file: string, specifier: string): { status: number | null; output: string } {
  const path = join(workspace, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `import { x } from '${specifier}';\nconsole.log(x);\n`);
  const { status, stdout } = spawnSync(oxlint, ['--deny-warnings'], { cwd: workspace, encoding: 'utf8' });
  return { status, output: stdout };
}

test.each([
  ['packages/edge-agent/src/agent.ts', '@sluis/cloud-hub'],
  ['packages/cloud-hub/src/hub.ts', '@sluis/edge-agent/uplink'],
  ['packages/protocol/src/planted.ts', '@sluis/runtime'],
  ['packages/plugin-sdk/src/planted.ts', '@sluis/edge-agent'],
  ['packages/edge-agent/src/sources/planted/planted.ts', '../../log/journal.ts'],
  ['packages/edge-agent/src/operators/planted.ts', '@sluis/runtime'],
  ['packages/edge-agent/src/log/planted.ts', 'node:net'],
  ['packages/edge-agent/src/log/planted.ts', '@grpc/grpc-js'],
  ['packages/edge-agent/src/uplink/planted.ts', '../log/outbox.ts'],
  ['packages/cloud-hub/src/store/planted.ts', '@grpc/grpc-js'],
  ['packages/cloud-hub/src/store/planted.ts', '../http/routes.ts'],
  ['packages/cloud-hub/src/planted.ts', '../../edge-agent/src/agent.ts'],
  ['packages/cloud-hub/src/store/planted.ts', '../../../edge-agent/src/agent.ts'],
  ['packages/edge-agent/src/agent.ts', '../../cloud-hub/src/hub.ts'],
  ['packages/edge-agent/src/log/planted.ts', '../../../cloud-hub/src/hub.ts'],
  ['packages/edge-agent/src/sources/planted.ts', '../operators/index.ts'],
  ['packages/edge-agent/src/operators/planted.ts', '../sources/index.ts'],
  ['packages/protocol/src/planted.ts', '../../runtime/src/index.ts'],
  ['packages/runtime/src/planted.ts', '../../protocol/src/index.ts'],
  ['packages/plugin-sdk/src/planted.ts', '../../edge-agent/src/agent.ts'],
])('%s may not import %s', (file, specifier) => {
  const { status, output } = lint(file, specifier);
  expect(output).toContain('no-restricted-imports');
  expect(status).not.toBe(0);
});

test.each([
  ['packages/edge-agent/src/uplink/planted.ts', '../log/log.ts'],
  ['packages/edge-agent/src/sources/planted/planted.ts', '@sluis/plugin-sdk'],
  ['packages/cloud-hub/src/hub.ts', '@sluis/protocol'],
])('%s may import %s', (file, specifier) => {
  expect(lint(file, specifier)).toMatchObject({ status: 0 });
});
