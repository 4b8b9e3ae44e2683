import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { UnavailableError } from '@sluis/plugin-sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { csv } from '../csv/csv.ts';
import { FakeContext, until } from '../fake-context.ts';
import type { CsvConfig } from '../csv/config.ts';
import { FollowedCsv } from './followed-csv.ts';

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

test('a file that is not there is waited for, then followed as it grows', async () => {
  await followed.poll();
  expect(followed.state).toEqual({ state: 'waiting', detail: `for ${at('in.csv')}` });
  writeFileSync(at('in.csv'), `${HEADER}0,1\n1,2`);
  expect(await followed.poll()).toEqual([1]);
  expect(followed.state).toEqual({ state: 'running', detail: `follows ${at('in.csv')}` });
  expect(await followed.poll()).toEqual([1]);
  appendFileSync(at('in.csv'), '.5\n2,3\n');
  expect(await followed.poll()).toEqual([1, 2.5, 3]);
});

test('a folder in the place of the file is told, until there is the file', async () => {
  mkdirSync(at('in.csv'));
  await followed.poll();
  const detail = `cannot look for ${at('in.csv')}: what is there is no file`;
  expect(followed.state).toEqual({ state: 'degraded', detail });
  rmdirSync(at('in.csv'));
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  expect(await followed.poll()).toEqual([1]);
  expect(followed.state.state).toBe('running');
});

test('a last line without an end is taken when the configuration says so and the file is quiet', async () => {
  await followed.stop();
  followed = new FollowedCsv(at('in.csv'), { lastLine: '10s' });
  writeFileSync(at('in.csv'), `${HEADER}0,1\n1,2`);
  expect(await followed.poll()).toEqual([1]);
  followed.wait(9);
  expect(await followed.poll()).toEqual([1]);
  followed.wait(1);
  expect(await followed.poll()).toEqual([1, 2]);
  appendFileSync(at('in.csv'), '\n2,3\n');
  expect(await followed.poll()).toEqual([1, 2, 3]);
  expect(followed.context.rejected).toEqual([]);
});

test('a restart goes on where the last write ended', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n1,2`);
  await followed.poll();
  await followed.restart();
  appendFileSync(at('in.csv'), '\n2,3\n');
  expect(await followed.poll()).toEqual([1, 2, 3]);
});

test('a file that was renamed is read to its end, its last line too once it is quiet', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  appendFileSync(at('in.csv'), '1,2\n2,3');
  renameSync(at('in.csv'), at('in.csv.1'));
  writeFileSync(at('in.csv'), `${HEADER}3,4\n`);
  expect(await followed.poll()).toEqual([1, 2, 4]);
  followed.wait(6);
  expect(await followed.poll()).toEqual([1, 2, 4, 3]);
  expect(followed.told).toContain('in.csv was renamed to in.csv.1: it is read to its end');
  renameSync(at('in.csv.1'), at('in.csv.2'));
  followed.wait(6);
  expect(await followed.poll()).toEqual([1, 2, 4, 3]);
});

test('a file that was renamed while nobody followed it is found again', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  await followed.stop();
  appendFileSync(at('in.csv'), '1,2\n');
  renameSync(at('in.csv'), at('old.csv'));
  writeFileSync(at('in.csv'), `t,b\n2,3\n`);
  followed.begin();
  expect(await followed.poll()).toEqual([1, 2, 3]);
  expect(followed.context.stored.map(({ path }) => path)).toEqual(['lab/m/a', 'lab/m/a', 'lab/m/b']);
});

test('files that came and were renamed while nobody followed are read in order, before the one that is there', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  await followed.stop();
  appendFileSync(at('in.csv'), '1,2\n');
  for (const [i, name] of ['in.csv.3', 'in.csv-2', 'in.csv.1'].entries()) {
    renameSync(at('in.csv'), at(name));
    utimesSync(at(name), 2_000_000_000 + i, 2_000_000_000 + i);
    writeFileSync(at('in.csv'), `${HEADER}${i + 2},${i + 3}\n`);
  }
  utimesSync(at('in.csv'), 2_000_000_010, 2_000_000_010);
  // What is not to be read: a copy of the current one, an older file, and what only begins like the name.
  copyFileSync(at('in.csv'), at('in.csv.bak'));
  writeFileSync(at('in.csv.0'), `${HEADER}0,99\n`);
  utimesSync(at('in.csv.0'), 1, 1);
  writeFileSync(at('in.csvx'), `${HEADER}0,99\n`);
  followed.begin();
  expect(await followed.poll()).toEqual([1, 2, 3, 4, 5]);
  await followed.restart();
  followed.wait(6);
  expect(await followed.poll()).toEqual([1, 2, 3, 4, 5]);
  expect(followed.context.rejected).toEqual([]);
});

test('which of the files that came and were renamed are read is durable before any is', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  await followed.stop();
  for (let i = 1; i < 5; i++) {
    renameSync(at('in.csv'), at(`in.csv.${9 - i}`));
    writeFileSync(at('in.csv'), `${HEADER}${i},${i + 1}\n`);
  }
  followed.begin();
  for (let writes = 0; writes < 3; writes++) await followed.crash(writes);
  expect((await followed.poll()).toSorted()).toEqual([1, 2, 3, 4, 5]);
});

test('files that were rotated while nobody followed, and cannot be read, are named', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  await followed.stop();
  renameSync(at('in.csv'), at('in.csv.3'));
  writeFileSync(at('in.csv.1'), 'time,a\n1,2\n');
  writeFileSync(at('in.csv.2.gz'), gzipSync(`${HEADER}1,2\n`));
  utimesSync(at('in.csv.2.gz'), 2_000_000_000, 2_000_000_000);
  writeFileSync(at('in.csv'), `${HEADER}2,3\n`);
  followed.begin();
  expect(await followed.poll()).toEqual([1, 3]);
  expect(followed.state.state).toBe('running');
  const examples = followed.context.rejected.map(({ reason, example }) => `${reason} ${example}`).toSorted();
  expect(examples).toEqual([
    `rotated unread ${at('in.csv.1')}: it has no column "t": its columns are time, a (delimiter ",")`,
    `rotated unread ${at('in.csv.2.gz')}: it is compressed, or no text`,
  ]);
  expect(followed.told.filter((line) => line.includes('is not read: give it to a source of its own'))).toHaveLength(2);
});

test('a file that is compressed as soon as it was rotated is read while it is open, and not missed', async () => {
  for (let i = 0; i < 3; i++) {
    writeFileSync(at('in.csv'), `${HEADER}${i},${i}\n`);
    await followed.poll();
    const { mtime } = await followed.sizeOf('in.csv');
    writeFileSync(at(`in.csv.${9 - i}.gz`), gzipSync(`${HEADER}${i},${i}\n`));
    utimesSync(at(`in.csv.${9 - i}.gz`), mtime, mtime);
    unlinkSync(at('in.csv'));
  }
  expect(await followed.poll()).toEqual([0, 1, 2]);
  expect(followed.context.rejected).toEqual([]);
});

test('files that live for less than a commit are all read', async () => {
  const { context } = followed;
  const write = context.write.bind(context);
  // A commit that somebody waits for comes soon, all others later.
  context.write = (rows, options) => {
    context.hold = options?.awaited !== true;
    return write(rows, options);
  };
  const all = Array.from({ length: 20 }, (_, i) => i);
  for (const i of all) {
    writeFileSync(at('in.csv'), `${HEADER}${i},${i}\n`);
    await followed.look();
    renameSync(at('in.csv'), at(`old-${i}`));
  }
  context.write = write;
  context.release();
  expect((await followed.poll()).toSorted((a, b) => Number(a) - Number(b))).toEqual(all);
});

test('a file that was removed is read to its end while it is open', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  appendFileSync(at('in.csv'), '1,2\n2,3');
  const { size } = await followed.sizeOf('in.csv');
  unlinkSync(at('in.csv'));
  expect(size).toBeGreaterThan(0);
  expect(await followed.poll()).toEqual([1, 2]);
  followed.wait(6);
  expect(await followed.poll()).toEqual([1, 2, 3]);
  expect(followed.state.state).toBe('waiting');
  expect(followed.context.cursors.size).toBe(0);
  writeFileSync(at('in.csv'), `${HEADER}3,4\n`);
  expect(await followed.poll()).toEqual([1, 2, 3, 4]);
});

test('a file that was removed while nobody followed it is said to be gone', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  await followed.stop();
  writeFileSync(at('new'), `${HEADER}7,8\n`);
  renameSync(at('new'), at('in.csv'));
  followed.begin();
  expect(await followed.poll()).toEqual([1, 8]);
  followed.wait(6);
  await followed.poll();
  expect(followed.told).toContain('in.csv is gone: what was written to it after byte 8 is not read');
});

test.each(['while it is followed', 'while nobody follows it'])(
  'a file that was emptied (%s) is read anew',
  async (when) => {
    writeFileSync(at('in.csv'), `${HEADER}0,1\n1,2\n`);
    await followed.poll();
    if (when !== 'while it is followed') await followed.stop();
    truncateSync(at('in.csv'));
    if (when === 'while it is followed') await followed.poll();
    else followed.begin();
    appendFileSync(at('in.csv'), `${HEADER}2,3\n`);
    expect(await followed.poll()).toEqual([1, 2, 3]);
    expect(followed.told.some((line) => line.startsWith('in.csv was emptied'))).toBe(true);
  },
);

test('a file that was emptied and has grown beyond where reading was is read anew', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  writeFileSync(at('in.csv'), `${HEADER}5,5\n6,6\n7,7\n`);
  expect(await followed.poll()).toEqual([1, 5, 6, 7]);
});

test('what was appended before a file was copied and emptied is read from the copy', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  appendFileSync(at('in.csv'), '1,2\n');
  copyFileSync(at('in.csv'), at('in.csv.1'));
  writeFileSync(at('in.csv'), `${HEADER}2,3\n`);
  expect(await followed.poll()).toEqual([1, 2, 3]);
  await followed.restart();
  expect(await followed.poll()).toEqual([1, 2, 3]);
  expect(followed.told).toContain('in.csv was emptied after it was copied to in.csv.1, which is read to its end');
});

test('a copy that matches the pattern is not read from its beginning when it is known for a copy', async () => {
  await followed.stop();
  followed = new FollowedCsv(at('*.csv'));
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  appendFileSync(at('in.csv'), '1,2\n');
  copyFileSync(at('in.csv'), at('in-1.csv'));
  writeFileSync(at('in.csv'), `${HEADER}2,3\n`);
  expect(await followed.poll()).toEqual([1, 2, 3]);
});

test('a new file that was given the inode of one that is gone has its own name', async () => {
  await followed.stop();
  followed = new FollowedCsv(at('*.csv'), { series: '{file}/{column}' });
  writeFileSync(at('one.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  await followed.stop();
  renameSync(at('one.csv'), at('two.csv'));
  writeFileSync(at('two.csv'), `${HEADER}7,7\n`);
  followed.begin();
  await followed.poll();
  await followed.restart();
  appendFileSync(at('two.csv'), '8,8\n');
  await followed.poll();
  expect(followed.context.stored.map(({ path }) => path)).toEqual(['lab/one/a', 'lab/two/a', 'lab/two/a']);
});

test('what was seen in a file, and not read before it was emptied, is said to be lost', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n1,2`);
  await followed.poll();
  writeFileSync(at('in.csv'), `${HEADER}5,5\n`);
  expect(await followed.poll()).toEqual([1, 5]);
  expect(followed.context.rejected).toEqual([
    { reason: 'emptied unread', count: 1, example: `${at('in.csv')}: 3 bytes that were not read yet are lost` },
  ]);
});

test('a file that was exchanged for a longer copy of itself is gone on with', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  writeFileSync(at('upload'), `${HEADER}0,1\n1,2\n`);
  renameSync(at('upload'), at('in.csv'));
  expect(await followed.poll()).toEqual([1, 2]);
  await followed.restart();
  expect(await followed.poll()).toEqual([1, 2]);
});

test('a header that lacks the time is told, and nothing is consumed until the file is right', async () => {
  writeFileSync(at('in.csv'), 'time,a\n0,1\n');
  await followed.poll();
  expect(followed.state).toEqual({
    state: 'degraded',
    detail: `cannot read ${at('in.csv')}: it has no column "t": its columns are time, a (delimiter ",")`,
  });
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  expect(await followed.poll()).toEqual([1]);
  expect(followed.state.state).toBe('running');
});

test('while the journal takes nothing, rows are kept and come once, in order', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  followed.context.refusal = new UnavailableError('the journal is full');
  const polled = followed.poll();
  await until('it is told', () => followed.state.state === 'degraded');
  // Each attempt in the same words: an outage is one line of the log.
  await until('it was tried again', () => followed.context.writes > 1);
  const degraded = followed.context.states.filter(({ state }) => state === 'degraded');
  expect(new Set(degraded.map(({ detail }) => detail)).size).toBe(1);
  expect(followed.state.detail).toContain('the journal takes no rows');
  await followed.look();
  expect(followed.state.state).toBe('degraded');
  appendFileSync(at('in.csv'), '1,2\n');
  followed.context.refusal = undefined;
  await polled;
  expect(await followed.poll()).toEqual([1, 2]);
});

test('files that come and are renamed while the journal takes nothing are read when it does again', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  followed.context.refusal = new UnavailableError('the journal is full');
  appendFileSync(at('in.csv'), '1,2\n');
  await followed.look();
  await until('it is told', () => followed.state.state === 'degraded');
  for (let i = 2; i < 6; i++) {
    renameSync(at('in.csv'), at(`in.csv.${i}`));
    writeFileSync(at('in.csv'), `${HEADER}${i},${i + 1}\n`);
    await followed.look();
  }
  followed.context.refusal = undefined;
  await until('the journal takes rows', () => followed.state.state === 'running');
  expect(await followed.poll()).toHaveLength(6);
  expect(new Set(followed.context.stored.map(({ value }) => value))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
});

test('a file that is removed while the journal takes nothing stays open until it is read', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  await followed.poll();
  followed.context.refusal = new UnavailableError('the journal is full');
  appendFileSync(at('in.csv'), '1,2\n');
  await followed.look();
  await until('it is told', () => followed.state.state === 'degraded');
  appendFileSync(at('in.csv'), '2,3\n');
  await followed.look();
  unlinkSync(at('in.csv'));
  await followed.look();
  followed.wait(60);
  await followed.look();
  followed.context.refusal = undefined;
  await until('the journal takes rows', () => followed.state.state === 'waiting');
  expect(await followed.poll()).toEqual([1, 2, 3]);
});

test('lines that are wrong are counted with where they are, and others go on', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n1\nx,2\n3,4,5\n"4,5\n6,7\n8,1e999\n9,9\n`);
  expect(await followed.poll()).toEqual([1]);
  // A quote that nothing closes may still be closed by what comes.
  renameSync(at('in.csv'), at('old'));
  followed.wait(6);
  await followed.poll();
  followed.wait(6);
  expect(await followed.poll()).toEqual([1, 7, 9]);
  const { rejected } = followed.context;
  expect(rejected.map(({ reason, example }) => `${reason}: ${example?.replaceAll(`${folder}/`, '')}`)).toEqual([
    'cell count: in.csv line 3: 1 cells instead of 2: 1',
    'time: in.csv line 4: "x" is no time: x,2',
    'cell count: in.csv line 5: 3 cells instead of 2: 3,4,5',
    expect.stringContaining('quote: in.csv line 6: a quoted cell is not closed'),
    'value: in.csv line 8: a: the number is beyond the range of a double: 8,1e999',
  ]);
});

test('a line that is too long is skipped, in one part or several', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n1,"${'x'.repeat(3 << 20)}"\n2,3\n`);
  expect(await followed.poll()).toEqual([1, 3]);
  expect(followed.context.rejectedCount('length')).toBe(1);
  await followed.restart();
  appendFileSync(at('in.csv'), '3,4\n');
  expect(await followed.poll()).toEqual([1, 3, 4]);
});

test('a restart within a line that is too long goes on skipping it', async () => {
  writeFileSync(at('in.csv'), `${HEADER}0,1\n1,${'x'.repeat(2 << 20)}`);
  expect(await followed.poll()).toEqual([1]);
  await followed.restart();
  appendFileSync(at('in.csv'), `${'x'.repeat(1000)}\n2,3\n`);
  expect(await followed.poll()).toEqual([1, 3]);
});

test('what else is in the folder, and cannot be read, does no harm', async () => {
  symlinkSync(at('loop'), at('loop'));
  symlinkSync(at('nowhere'), at('in.csv.0'));
  mkdirSync(at('in.csv.1'));
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  writeFileSync(at('secret'), `${HEADER}0,1\n9,9\n`, { mode: 0 });
  await followed.poll();
  truncateSync(at('in.csv'));
  appendFileSync(at('in.csv'), `${HEADER}1,2\n`);
  await followed.poll();
  expect(followed.state.state).toBe('running');
  expect(followed.context.stored.at(-1)?.value).toBe(2);
});

test('of files that were renamed long ago no more than some are remembered', async () => {
  for (let i = 0; i < 70; i++) {
    writeFileSync(at('in.csv'), `${HEADER}${i},${i}\n`);
    await followed.poll();
    renameSync(at('in.csv'), at(`old-${i}`));
    followed.wait(6);
  }
  expect(await followed.poll()).toEqual(Array.from({ length: 70 }, (_, i) => i));
  expect(followed.context.cursors.size).toBe(64);
});

test('a pattern follows all files that match, and files that come', async () => {
  await followed.stop();
  mkdirSync(at('line'));
  followed = new FollowedCsv(at('line/*.csv'), { series: '{file}/{column}' });
  writeFileSync(at('line/one.csv'), `${HEADER}0,1\n`);
  writeFileSync(at('line/two.csv'), `${HEADER}0,2\n`);
  writeFileSync(at('line/other.txt'), `${HEADER}0,3\n`);
  expect(await followed.poll()).toEqual([1, 2]);
  writeFileSync(at('line/three.csv'), `${HEADER}0,4\n`);
  appendFileSync(at('line/one.csv'), '1,5\n');
  expect(await followed.poll()).toEqual([1, 2, 5, 4]);
  expect(followed.context.stored.map(({ path }) => path)).toEqual([
    'lab/one/a',
    'lab/two/a',
    'lab/one/a',
    'lab/three/a',
  ]);
  expect(followed.state.detail).toBe(`follows 3 files: ${at('line/*.csv')}`);
});

test('the source looks at the file by itself, and stops', async () => {
  const config = csv.config.parse({ type: 'csv', path: at('in.csv'), time: 't', unit: 's', poll: '20ms' });
  const context = new FakeContext<CsvConfig>(config);
  const source = csv.create(context);
  await source.start();
  writeFileSync(at('in.csv'), `${HEADER}0,1\n`);
  await until('the first line is read', () => context.stored.length === 1);
  appendFileSync(at('in.csv'), '1,2\n');
  await until('the second line is read', () => context.stored.length === 2);
  await source[Symbol.asyncDispose]();
  expect(context.states.at(-1)).toEqual({ state: 'stopped' });
});
