import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MendedWal } from '@sluis/runtime/mend-wal';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { openDatabase } from './database.ts';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const COMMITS = 12;

test('a WAL with a hole in a frame brings all commits back, or is refused as damaged: never silence', () => {
  using folder = temporaryFolder();
  const database = openDatabase(folder.path);
  database.exec('CREATE TABLE kept (bytes BLOB) STRICT');
  for (let i = 0; i < COMMITS; i++) database.prepare('INSERT INTO kept VALUES (randomblob(5000))').run();
  const whole = readFileSync(join(folder.path, 'store.sqlite-wal'));
  const frameBytes = FRAME_HEADER_BYTES + Number(database.pragma('page_size', { simple: true }));
  const frames = Math.floor((whole.length - HEADER_BYTES) / frameBytes);

  let [kept, refused] = [0, 0];
  for (let frame = 0; frame < frames - 5; frame += 2) {
    const wal = Buffer.from(whole);
    wal.fill(0xa5, HEADER_BYTES + frame * frameBytes + FRAME_HEADER_BYTES, HEADER_BYTES + frame * frameBytes + 600);
    const killed = join(folder.path, `killed-${frame}`);
    mkdirSync(killed);
    copyFileSync(join(folder.path, 'store.sqlite'), join(killed, 'store.sqlite'));
    writeFileSync(join(killed, 'store.sqlite-wal'), wal);
    const found: MendedWal[] = [];
    try {
      const restarted = openDatabase(killed, { mended: (mended) => found.push(mended) });
      expect(restarted.prepare('SELECT count(*) FROM kept').pluck().get()).toBe(COMMITS);
      restarted.close();
      kept++;
    } catch (error) {
      expect(error).toMatchObject({ name: 'UserError', message: expect.stringContaining('is damaged') as string });
      refused++;
    }
    expect(found).toEqual([{ flipped: [], damaged: [frame], lostFrom: undefined }]);
  }
  database.close();
  expect(kept).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
});
