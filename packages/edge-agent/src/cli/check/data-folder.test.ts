import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFolder } from '@sluis/runtime/folder-lock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dataFolderProbe, spaceProbe } from './data-folder.ts';
import { shownSize } from './shown-size.ts';

const { signal } = new AbortController();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-check-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a folder is there, will be made, or cannot be', async () => {
  const below = join(folder, 'a/b');
  expect(await dataFolderProbe(folder).look(signal)).toEqual({ there: true, detail: 'can be written to' });
  expect(await dataFolderProbe(below).look(signal)).toEqual({ there: true, detail: 'will be made' });
  writeFileSync(join(folder, 'file'), '');
  expect(await dataFolderProbe(join(folder, 'file')).look(signal)).toMatchObject({
    there: false,
    reason: 'it is a file',
  });
});

test('who has the folder is named', async () => {
  using _holder = lockFolder(folder, 'sluis-agent press-1');
  expect(await dataFolderProbe(folder).look(signal)).toMatchObject({
    there: true,
    detail: expect.stringContaining(`in use by sluis-agent press-1, process ${process.pid}`),
  });
});

test('what is used already counts as room', async () => {
  mkdirSync(join(folder, 'journal'));
  writeFileSync(join(folder, 'journal', '1'), Buffer.alloc(4096));
  expect(await spaceProbe(folder, 4096).look(signal)).toMatchObject({
    there: true,
    detail: expect.stringContaining('free, 4 KiB used'),
  });
  expect(await spaceProbe(join(folder, 'new'), 0).look(signal)).toMatchObject({ there: true });
  expect(await spaceProbe(folder, 2 ** 70).look(signal)).toMatchObject({
    there: false,
    hint: expect.stringContaining('lower journal.quota'),
  });
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [64 << 20, '64 MiB'],
  [6 * 2 ** 30, '6 GiB'],
  [2 ** 52, '4096 TiB'],
])('%d bytes are shown as %s', (bytes, shown) => expect(shownSize(bytes)).toBe(shown));
