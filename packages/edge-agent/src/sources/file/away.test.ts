import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FollowedCsv } from './followed-csv.ts';

/* What is not there, such as a disk that is not mounted, is not yet gone: where its files were read to is kept. */

let folder: string;
let followed: FollowedCsv;
const at = (name: string) => join(folder, name);
const HEADER = 't,a\n';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-files-'));
  followed = new FollowedCsv(at('in.csv'));
});
afterEach(async () => {
  await followed[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const HERE_AND_AWAY = [
  ['over a restart', true],
  ['while it is followed', false],
] as const;

test.each(HERE_AND_AWAY)('a folder that goes away and comes back is gone on with (%s)', async (_, isRestart) => {
  await followed.stop();
  mkdirSync(at('disk'));
  followed = new FollowedCsv(at('disk/in.csv'));
  const here = at('disk/in.csv');
  writeFileSync(here, `${HEADER}0,1\n`);
  await followed.poll();
  renameSync(here, at('disk/in.csv.1'));
  writeFileSync(here, `${HEADER}1,2\n`);
  await followed.poll();
  if (isRestart) await followed.stop();
  renameSync(at('disk'), at('away'));
  if (isRestart) followed.begin();
  await followed.poll();
  expect(followed.state.state).toBe('waiting');
  // What is mounted on is a folder, too, and may have been written to.
  for (const lines of [undefined, '5,5\n']) {
    followed.wait(3600);
    await followed.poll();
    if (isRestart) await followed.restart();
    if (lines === undefined) mkdirSync(at('disk'));
    else writeFileSync(here, `${HEADER}${lines}`);
    await followed.poll();
  }
  followed.wait(3600);
  await followed.poll();
  expect(followed.context.cursors.size).toBe(3);
  renameSync(at('disk'), at('under'));
  // Rotated while it was away.
  appendFileSync(at('away/in.csv'), '2,3\n');
  for (const value of [4, 6]) {
    renameSync(at('away/in.csv'), at(`away/in.csv.${value}`));
    writeFileSync(at('away/in.csv'), `${HEADER}3,${value}\n`);
    utimesSync(at(`away/in.csv.${value}`), 4_000_000_000 + value, 4_000_000_000 + value);
  }
  renameSync(at('away'), at('disk'));
  expect(await followed.poll()).toEqual([1, 2, 5, 3, 4, 6]);
  await followed.restart();
  expect(await followed.poll()).toEqual([1, 2, 5, 3, 4, 6]);
});

test('a file that came and was renamed while its folder was away is read, though none has its name now', async () => {
  await followed.stop();
  mkdirSync(at('disk'));
  followed = new FollowedCsv(at('disk/in.csv'));
  writeFileSync(at('disk/in.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  renameSync(at('disk'), at('away'));
  await followed.poll();
  renameSync(at('away/in.csv'), at('away/in.csv.2'));
  writeFileSync(at('away/in.csv.1'), `${HEADER}1,2\n`);
  renameSync(at('away'), at('disk'));
  expect(await followed.poll()).toEqual([1, 2]);
});

test('the last line of a file whose folder went away waits for its end', async () => {
  await followed.stop();
  mkdirSync(at('disk'));
  followed = new FollowedCsv(at('disk/in.csv'));
  writeFileSync(at('disk/in.csv'), `${HEADER}0,1\n1,2`);
  await followed.poll();
  renameSync(at('disk'), at('away'));
  await followed.poll();
  followed.wait(6);
  expect(await followed.poll()).toEqual([1]);
  renameSync(at('away'), at('disk'));
  appendFileSync(at('disk/in.csv'), '3\n');
  expect(await followed.poll()).toEqual([1, 23]);
});

test('a file that was removed and made again while nobody followed is read anew, and the one before forgotten', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  await followed.stop();
  unlinkSync(at('in.csv'));
  writeFileSync(at('in.csv'), `${HEADER}5,5\n6,6\n`);
  followed.begin();
  expect(await followed.poll()).toEqual([1, 5, 6]);
  followed.wait(6);
  await followed.poll();
  expect(followed.context.cursors.size).toBe(1);
});

test('of files that are away as many are known as may be, and the oldest makes room', async () => {
  const cursor = (i: number) => ({ name: `${i}.csv`, offset: 8, crc: 1, line: 3, time: 0, skipping: false });
  for (let i = 0; i < 1024; i++) {
    // Read in this order, and given back by the journal in another.
    const read = (i + 1000) % 1024;
    followed.context.cursors.set(`no-inode-${read}`, JSON.stringify({ ...cursor(read), modified: String(read) }));
  }
  followed.wait(6);
  await followed.poll();
  expect(followed.context.cursors.size).toBe(1024);
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  expect(await followed.poll()).toEqual([1]);
  expect(followed.context.cursors.size).toBe(1024);
  expect(followed.context.cursors.has('no-inode-0')).toBe(false);
  expect(followed.told).toContain(
    '0.csv was not there for long, and others need its place: if it comes back it is read from its beginning',
  );
});

test('a file is not forgotten the first time that it is not there', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  await followed.stop();
  const elsewhere = mkdtempSync(join(tmpdir(), 'sluis-files-'));
  renameSync(at('in.csv'), join(elsewhere, 'in.csv'));
  followed.begin();
  await followed.poll();
  followed.wait(4);
  await followed.poll();
  renameSync(join(elsewhere, 'in.csv'), at('in.csv'));
  rmSync(elsewhere, { recursive: true });
  appendFileSync(at('in.csv'), '1,2\n');
  expect(await followed.poll()).toEqual([1, 2]);
});
