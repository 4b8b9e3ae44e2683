import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

/*
 * The fixtures are compiled as they are when the project is checked: a directive without an error is one. Here the errors
 * are looked at, for one that is wrong for another reason than it says teaches nobody.
 */
const fixtures = join(import.meta.dirname, 'wrong');
const tsc = join(import.meta.dirname, '../../../node_modules/.bin/tsc');
const DIRECTIVE = /^\s*\/\/ @ts-expect-error (.*)$/;

/** Message of each error, by `file:line`. */
const errors = new Map<string, string>();
let folder: string;

beforeAll(() => {
  // As deep as the fixtures, where no other compiler looks.
  folder = mkdtempSync(join(import.meta.dirname, '../node_modules/wrong-'));
  const files = readdirSync(fixtures);
  for (const file of files) {
    const text = readFileSync(join(fixtures, file), 'utf8');
    writeFileSync(join(folder, file), text.replaceAll('@ts-expect-error', 'expected:'));
  }
  const config = { extends: join(import.meta.dirname, '../../../tsconfig.json'), files, include: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const { stdout } = spawnSync(tsc, ['-p', folder, '--pretty', 'false'], { encoding: 'utf8' });
  let at = '';
  for (const line of stdout.split('\n')) {
    const [, file, row, message] = /([\w-]+\.ts)\((\d+),\d+\): error TS\d+: (.*)$/.exec(line) ?? [];
    if (file !== undefined) at = `${file}:${row}`;
    errors.set(at, `${errors.get(at) ?? ''}${message ?? line}\n`);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const expected = readdirSync(fixtures).flatMap((file) =>
  readFileSync(join(fixtures, file), 'utf8')
    .split('\n')
    .flatMap((line, i) => {
      const message = DIRECTIVE.exec(line)?.[1];
      return message === undefined ? [] : [{ at: `${file}:${i + 2}`, message }];
    }),
);

test.each(expected)('$at: $message', ({ at, message }) => {
  expect(errors.get(at)).toContain(message);
});

test('nothing else is wrong', () => {
  expect([...errors.keys()].filter((at) => at !== '')).toEqual(expected.map(({ at }) => at));
});
