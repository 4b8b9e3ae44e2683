import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

const module = JSON.stringify(new URL('command.ts', import.meta.url).href);

async function exitOf(run: string, options = '{}') {
  const script = `
    import { runCommand } from ${module};
    setInterval(() => undefined, 1_000).unref();
    await runCommand(async (signal) => { ${run} }, ${options});
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  const [code, signal] = (await closed) as [number | null, NodeJS.Signals | null];
  return { code, signal, said };
}

test('a command that stops when it is told to ends in order', async () => {
  const run = `console.log('runs'); await new Promise((resolve) => { setInterval(() => signal.aborted && resolve(), 5); }); process.exit();`;
  expect(await exitOf(run)).toEqual({ code: 0, signal: null, said: '' });
});

test('one that does not is ended, whatever call a thread of it waits in', async () => {
  const wait = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)';
  const run = `const { Worker } = await import('node:worker_threads');
    new Worker(${JSON.stringify(wait)}, { eval: true });
    console.log('runs');
    await new Promise(() => undefined);`;
  const { code, signal, said } = await exitOf(run, '{ stopMs: 50 }');
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGTERM' });
  expect(said).toContain('still not stopped after 50 ms');
});
