import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const demo = fileURLToPath(new URL('./demo.ts', import.meta.url));

let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'press-line-test-'));
});
afterEach(() => rmSync(temporary, { recursive: true, force: true, maxRetries: 5 }));

test('the demo sends for a while and finds everything at the hub, once', async () => {
  const child = start(process.execPath, [demo, '--for', '3s']);
  const output = collect(child.stdout);
  const errors = collect(child.stderr);
  const started = await startedBy(child);

  const [code] = await once(child, 'close');
  expect(code, errors()).toBe(0);
  const verdict: unknown = JSON.parse(output().trimEnd().split('\n').at(-1) ?? '');
  expect(verdict).toEqual({
    seconds: expect.any(Number),
    sent: expect.any(Number),
    journaled: expect.any(Number),
    stored: expect.any(Number),
    missing: 0,
    duplicates: 0,
    shed: 0,
    windows: { expected: expect.any(Number), stored: expect.any(Number), wrong: 0 },
    bytesPerSample: expect.any(Number),
    latencyMs: { p50: expect.any(Number), p99: expect.any(Number) },
  });
  const { sent, journaled, stored, windows, bytesPerSample, latencyMs } = verdict as Record<string, number> & {
    windows: Record<string, number>;
    latencyMs: Record<string, number>;
  };
  expect(sent).toBeGreaterThan(0);
  expect([journaled, stored]).toEqual([sent, sent]);
  expect(windows.expected).toBeGreaterThan(0);
  expect(windows.stored).toBe(windows.expected);
  expect(bytesPerSample).toBeGreaterThan(0);
  expect(latencyMs.p50).toBeGreaterThan(0);
  expect(latencyMs.p99).toBeGreaterThanOrEqual(latencyMs.p50);

  expect(errors()).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
  expect(started.filter(lives)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
});

test.each([
  { end: 'SIGTERM to the demo', cleans: true, command: [demo], signal: 'SIGTERM' },
  { end: 'SIGKILL of the demo', cleans: false, command: [demo], signal: 'SIGKILL' },
  { end: 'the death of what started it', cleans: true, command: ['--eval', launch(), demo], signal: 'SIGKILL' },
] as const)('$end ends every process of it', async ({ cleans, command, signal }) => {
  const child = start(process.execPath, [...command, '--for', '5m']);
  const started = await startedBy(child);
  expect(started.length).toBeGreaterThanOrEqual(2);

  child.kill(signal);
  await expect.poll(() => started.filter(lives)).toEqual([]);
  if (cleans) await expect.poll(() => readdirSync(temporary)).toEqual([]);
});

test.each([
  { args: ['--for', '20'], says: 'write 20s' },
  { args: ['--form', '20s'], says: '--form' },
])('$args is refused with a hint', async ({ args, says }) => {
  const child = start(process.execPath, [demo, ...args]);
  const errors = collect(child.stderr);
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(errors()).toContain(says);
});

function start(command: string, args: string[]): ChildProcess {
  return spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: temporary } });
}

/** A program that starts another, as npx does, and stays. */
function launch(): string {
  return `require('node:child_process').spawn(process.execPath, process.argv.slice(1), { stdio: 'inherit' })`;
}

/** Process ids below a demo once it tells its address: by then all of them run. */
async function startedBy({ pid, stderr }: ChildProcess): Promise<number[]> {
  if (pid === undefined || !stderr) throw new Error('the demo was not started');
  const lines: string[] = [];
  for await (const line of createInterface({ input: stderr })) {
    lines.push(line);
    if (/http:\/\/127\.0\.0\.1:\d+/.test(line)) return descendants(pid);
  }
  throw new Error(`the demo ended before it showed anything:\n${lines.join('\n')}`);
}

function collect(stream: ChildProcess['stdout']): () => string {
  let text = '';
  stream?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return () => text;
}

function descendants(root: number): number[] {
  const parents = parentsByPid();
  const below = (pid: number): number[] =>
    [...parents].filter(([, parent]) => parent === pid).flatMap(([child]) => [child, ...below(child)]);
  return below(root);
}

function parentsByPid(): Map<number, number> {
  if (!existsSync('/proc/self/status')) {
    const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
    return new Map(rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]));
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(pids.map((pid) => [Number(pid), Number(/^PPid:\s*(\d+)$/m.exec(statusOf(pid))?.[1])]));
}

/** Ended, or ended and not yet collected by its new parent: both do nothing any more. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !/^State:\s*Z/m.test(statusOf(`${pid}`));
}

function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
