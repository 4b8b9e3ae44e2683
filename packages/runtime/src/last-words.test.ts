import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

test.each(['setImmediate(() => { throw error })', 'Promise.reject(error)'])(
  'what a program fails of (%s) is a line of its log, and hides secrets',
  (fail) => {
    const entry = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
    const script = `
      import { createLog } from ${entry('./create-log.ts')};
      import { logLastWords } from ${entry('./last-words.ts')};
      const log = createLog('test', { redacted: ['geheim-3'], format: 'json' });
      logLastWords(log);
      for (let i = 0; i < 3; i++) log.warn({}, 'again');
      const error = new Error('no such place: geheim-3');
      ${fail};
    `;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { msg: 'again' },
      { level: 60, msg: 'the program fails: no such place: [redacted]' },
      { msg: 'again', repeated: 2 },
    ]);
    expect(stderr).not.toContain('geheim-3');
    expect(status).toBe(1);
  },
);
