import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const decoder = join(import.meta.dirname, 'decode.py');
const golden = join(import.meta.dirname, '../../packages/protocol/test/golden');

/** The first Python that has zstandard (Debian: python3-zstandard). */
function pythonWithZstandard(): string | undefined {
  const candidates = process.env['PYTHON'] ? [process.env['PYTHON']] : ['/usr/bin/python3', 'python3'];
  return candidates.find((python) => spawnSync(python, ['-c', 'import zstandard']).status === 0);
}

interface Decoded {
  readonly file: string;
  readonly rows: unknown;
  /** Branches of the format that the file takes. */
  readonly uses: readonly string[];
}

const branches = [
  'storage 0, storage 1, storage 2, storage 3, unit 1, unit 1000, unit 1000000',
  'time mode 0, time mode 1, time mode 2, time mode 3, order 0, order 1, exceptions, revisions',
  'form 0, form 2, form 15, form 17, form 32, form 33, one block, several blocks, one context, several contexts',
  'kind double, kind boolean, kind int64, kind uint64, kind text',
].flatMap((line) => line.split(', '));

test('a decoder written from the specification alone reads every golden vector, and they take every branch', ({
  skip,
}) => {
  const python = pythonWithZstandard();
  if (!python && process.env['CI'] !== 'true')
    skip('there is no Python with zstandard: install python3-zstandard, or name one in PYTHON');
  if (!python) throw new Error('there is no Python with zstandard: install python3-zstandard');
  const files = readdirSync(golden).filter((file) => file.endsWith('.seg'));
  const { status, stdout, stderr } = spawnSync(python, [decoder, ...files.map((file) => join(golden, file))], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const decoded = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Decoded);
  expect(decoded.length).toBe(files.length);
  for (const { file, rows } of decoded) {
    expect([file, rows]).toEqual([file, JSON.parse(readFileSync(file.replace(/\.seg$/, '.json'), 'utf8'))]);
  }
  const uses = decoded.flatMap((one) => one.uses);
  expect(branches.filter((branch) => !uses.includes(branch))).toEqual([]);
});
