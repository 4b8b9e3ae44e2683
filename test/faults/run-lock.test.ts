import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockRuns } from './run-lock.ts';

test('a second run is refused while the first is under way, and a lock whose holder has ended is taken over', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-run-lock-'));
  try {
    const file = join(folder, 'lock');
    const first = lockRuns(file);
    expect(() => lockRuns(file)).toThrow(`process ${process.pid}`);
    first[Symbol.dispose]();
    expect(existsSync(file)).toBe(false);

    // That process lives, but has not started then.
    for (const stale of [`${process.pid} 0`, 'nonsense', '']) {
      writeFileSync(file, stale);
      lockRuns(file)[Symbol.dispose]();
    }
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
