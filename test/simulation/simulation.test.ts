import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { mutations } from './mutations.ts';

const script = fileURLToPath(new URL('run.ts', import.meta.url));
/** Some thirty times what the longest takes where nothing else runs: what hangs is stopped, and a busy machine is no fault. */
const LIMIT_MS = 1_800_000;

/** In a process of its own: it replaces what tells the time. */
function simulate(...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...args], (_, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
}

test('over 2,000 seeds every segment is at the hub once, or told as a gap', { timeout: LIMIT_MS }, async () => {
  const { code, output } = await simulate('--seeds', '2000');
  expect(output).toContain('2000 seeds from 1');
  expect(code).toBe(0);
});

test('so it is where agents shed, and are killed and put back, more often', { timeout: LIMIT_MS }, async () => {
  const { code, output } = await simulate('--stress', '--from', '1560', '--seeds', '60');
  expect(output).toContain('60 seeds from 1560');
  expect(code).toBe(0);
});

test('a seed does the same each time, whatever ran before it', { timeout: LIMIT_MS }, async () => {
  const [some, alone] = await Promise.all([
    simulate('--from', '47', '--seeds', '10', '--hashes'),
    // Its disks fail, and what is said of that names their folders.
    simulate('--seed', '56', '--hashes'),
  ]);
  const hash = /^56 [0-9a-f]{16}$/m;
  expect(some.output.match(hash)?.[0]).toBeDefined();
  expect(alone.output.match(hash)?.[0]).toBe(some.output.match(hash)?.[0]);
});

describe('a mistake in a line that acks or drops repeats makes a seed fail', () => {
  test.each(mutations)('$name', { timeout: LIMIT_MS }, async ({ name, from = 1 }) => {
    const { code, output } = await simulate('--mutation', name, '--from', String(from), '--seeds', '400');
    expect(output).toMatch(/^seed \d+ fails/m);
    expect(code).toBe(1);
  });
});
