import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const program = `
import { launch } from ${JSON.stringify(join(import.meta.dirname, 'launch.ts'))};
launch({ flags: ['--max-semi-space-size=2'] });
const { pid, execArgv, argv, env } = process;
const told = JSON.stringify({ pid, execArgv, args: argv.slice(2), arenas: env.MALLOC_ARENA_MAX, cache: env.NODE_COMPILE_CACHE });
if (process.send) process.send(told);
else console.log(told);
process.exitCode = 78;
`;

test('a program is started again as it should be, under its id, with its arguments and its exit code', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'launch-'));
  const file = join(folder.path, 'program.ts');
  writeFileSync(file, program);
  const child = spawn(process.execPath, ['--stack-trace-limit=7', file, 'run', '-c', 'a b.yaml'], {
    env: { ...process.env, MALLOC_ARENA_MAX: '3', NODE_COMPILE_CACHE: join(folder.path, 'cache') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [told, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect(code).toBe(78);
  expect(JSON.parse(told)).toEqual({
    pid: child.pid,
    execArgv: ['--max-semi-space-size=2', '--stack-trace-limit=7'],
    args: ['run', '-c', 'a b.yaml'],
    arenas: '3',
    cache: join(folder.path, 'cache'),
  });
});

test('a program that talks to its parent stays as it is: the channel would be lost', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'launch-'));
  const file = join(folder.path, 'program.ts');
  writeFileSync(file, program);
  const child = fork(file, { execArgv: [] });
  const [[told], [code]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
  expect(code).toBe(78);
  expect(JSON.parse(String(told))).toMatchObject({ pid: child.pid, execArgv: [] });
});

test('a program stays as it is where no process can be replaced', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'launch-'));
  const file = join(folder.path, 'program.ts');
  const windows = join(folder.path, 'windows.mjs');
  writeFileSync(file, program);
  writeFileSync(windows, `Object.defineProperty(process, 'platform', { value: 'win32' });`);
  const child = spawn(process.execPath, ['--import', windows, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [told, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect(code).toBe(78);
  expect(JSON.parse(told)).toMatchObject({ pid: child.pid, execArgv: ['--import', windows] });
});
