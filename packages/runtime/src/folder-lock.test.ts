import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { folderHolder, lockFolder } from './folder-lock.ts';
import { UserError } from './user-error.ts';

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

test('a folder that cannot be made is said, with what to do', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(() => lockFolder(file, 'sluis-hub')).toThrow(/cannot make the data folder .*file/);
  expect(() => lockFolder(join(file, 'below'), 'sluis-hub')).toThrow(UserError);
});

test('a folder that cannot be written to is said, with what to do', () => {
  mkdirSync(join(folder, 'lock.holder'));
  expect(() => lockFolder(folder, 'sluis-hub')).toThrow(/cannot use the data folder .*EISDIR/);
  rmdirSync(join(folder, 'lock.holder'));
  mkdirSync(join(folder, 'other', 'lock'), { recursive: true });
  expect(() => lockFolder(join(folder, 'other'), 'sluis-hub')).toThrow(UserError);
  lockFolder(folder, 'sluis-hub')[Symbol.dispose]();
});

test('a released folder can be locked again', () => {
  lockFolder(folder, 'sluis-hub')[Symbol.dispose]();
  lockFolder(folder, 'sluis-hub')[Symbol.dispose]();
});

test('who holds a folder can be asked without holding it', () => {
  expect(folderHolder(join(folder, 'nowhere'))).toBeUndefined();
  expect(folderHolder(folder)).toBeUndefined();
  {
    using _holder = lockFolder(folder, 'sluis-agent press-1');
    expect(folderHolder(folder)).toContain(`sluis-agent press-1, process ${process.pid}, since`);
  }
  expect(folderHolder(folder)).toBeUndefined();
  lockFolder(folder, 'sluis-hub')[Symbol.dispose]();
});

test('a killed holder leaves no lock behind', async () => {
  const { child } = await holderOf(folder);
  expect(() => lockFolder(folder, 'mine')).toThrow(`in use by other, process ${child.pid}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  lockFolder(folder, 'mine')[Symbol.dispose]();
});

const refused = mount();
if (refused !== undefined && process.env.CI === 'true') throw new Error(refused);
if (refused !== undefined) console.warn(`a lock on a full disk is not tried: ${refused}`);

test.skipIf(refused !== undefined)('a full disk keeps no one from locking, and the lock holds', async () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
  try {
    const filler = openSync(join(folder, 'filler'), 'w');
    expect(() => {
      for (;;) writeSync(filler, new Uint8Array(4096));
    }).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    closeSync(filler);
    const { child } = await holderOf(folder);
    expect(() => lockFolder(folder, 'mine')).toThrow('in use by another process');
    child.kill('SIGKILL');
    await once(child, 'exit');
    lockFolder(folder, 'mine')[Symbol.dispose]();
  } finally {
    execFileSync('umount', [folder]);
  }
});

/** A process that holds the lock. */
async function holderOf(path: string) {
  const entry = new URL('folder-lock.ts', import.meta.url).href;
  const script = `const { lockFolder } = await import(${JSON.stringify(entry)}); globalThis.held = lockFolder(${JSON.stringify(path)}, 'other'); console.log('held'); setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [what] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  expect(String(what)).toBe('held\n');
  return { child };
}

/** Undefined if a small file system in memory can be mounted, otherwise why not. */
function mount(): string | undefined {
  const path = mkdtempSync(join(tmpdir(), 'sluis-lock-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path], { stdio: ['ignore', 'ignore', 'pipe'] });
    execFileSync('umount', [path]);
    return undefined;
  } catch (error) {
    return `mounting a small file system needs root: ${error instanceof Error ? error.message.trim() : String(error)}`;
  } finally {
    rmSync(path, { recursive: true });
  }
}
