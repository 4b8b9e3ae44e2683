import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from './folder-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-lock-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a second holder is refused with a message that names the first', () => {
  using _first = lockFolder(folder, 'sluis-hub');
  expect(() => lockFolder(folder, 'sluis-hub')).toThrow(
    new RegExp(`in use by sluis-hub, process ${process.pid}, since`),
  );
});

test('a released folder can be locked again', () => {
  lockFolder(folder, 'sluis-hub')[Symbol.dispose]();
  lockFolder(folder, 'sluis-hub')[Symbol.dispose]();
});

test('a killed holder leaves no lock behind', async () => {
  const entry = new URL('folder-lock.ts', import.meta.url).href;
  const script = `const { lockFolder } = await import(${JSON.stringify(entry)}); globalThis.held = lockFolder(${JSON.stringify(folder)}, 'other'); console.log('held'); setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  expect(() => lockFolder(folder, 'mine')).toThrow(`in use by other, process ${child.pid}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  lockFolder(folder, 'mine')[Symbol.dispose]();
});
