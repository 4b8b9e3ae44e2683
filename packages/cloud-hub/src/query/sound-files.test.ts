import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SampleFile } from '../store/sample-files.ts';
import { DAMAGED_FILE } from './damaged-file.ts';
import { SoundFiles } from './sound-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-sound-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function fileOf(content: Uint8Array): SampleFile {
  const path = join(folder, '1.parquet');
  writeFileSync(path, content);
  const range = { firstTime: 0, lastTime: 1, firstSeries: 'a', lastSeries: 'b' };
  return { id: 1, group: 1, path, seriesPath: path, rows: 1, bytes: content.length, crc: crc32(content), ...range };
}

test('a file of which a bit is flipped is named, also when it was sound before, and believed once it is whole again', async () => {
  const content = new Uint8Array(3_000_000).fill(7);
  const file = fileOf(content);
  const sound = new SoundFiles();
  await sound.check([file]);
  await sound.check([file]);
  writeFileSync(file.path, content.with(1_500_000, 6));
  await expect(sound.check([file])).rejects.toMatchObject({ code: DAMAGED_FILE });
  writeFileSync(file.path, content);
  await sound.check([file]);
  rmSync(file.path);
  await expect(sound.check([file])).rejects.toMatchObject({ code: DAMAGED_FILE });
});

test('a file of before checksums were kept is read as it is', async () => {
  const { crc: _crc, ...file } = fileOf(new Uint8Array(10));
  await new SoundFiles().check([file, { ...file, id: 2, crc: null }]);
});

test('who is no longer waited for reads no further file', async () => {
  const abort = new AbortController();
  const gone = new Error('the client is gone');
  const file = fileOf(new Uint8Array(10));
  const checking = new SoundFiles().check([file, { ...file, id: 2, path: join(folder, 'none') }], abort.signal);
  abort.abort(gone);
  await expect(checking).rejects.toBe(gone);
});
