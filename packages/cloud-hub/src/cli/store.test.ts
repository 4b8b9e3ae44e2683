import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@sluis/runtime';
import { lockFolder } from '@sluis/runtime/folder-lock';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { TestAgent } from '../../test/test-agent.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { temporaryStore, until } from '../../test/temporary-store.ts';
import { compact, status, verify } from './store.ts';

const never = new AbortController().signal;

let made: ReturnType<typeof temporaryFolder>;
let folder: ReturnType<typeof temporaryFolder>;
let printed: string[];

/** 500 samples in files of one group each, and 50 that are not in files yet. */
beforeAll(async () => {
  made = temporaryFolder();
  await using hub = await temporaryStore({ directory: made.path, limits: { rowsPerTable: 250 } });
  const agent = new TestAgent({ ingest: hub.ingest });
  await agent.open();
  for (let from = 0; from < 550; from += 50) {
    const rows = Array.from({ length: 50 }, (_, i) => ({ path: `lab/${i % 3}`, time: from + i, value: i }));
    await agent.send(rows);
  }
  await until(() => hub.store.hotRows === 50);
});

beforeEach(() => {
  folder = temporaryFolder();
  cpSync(made.path, folder.path, { recursive: true });
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
});

afterEach(() => {
  vi.restoreAllMocks();
  folder[Symbol.dispose]();
});

afterAll(() => made[Symbol.dispose]());

function samples(name: string): string {
  return join(folder.path, 'samples', name);
}

function edit(sql: string): void {
  const database = new Database(join(folder.path, 'store.sqlite'));
  database.exec(sql);
  database.close();
}

test('status says what there is, verify finds it right, compact leaves one group', async () => {
  await status({ data: folder.path, json: true });
  expect(JSON.parse(printed[0])).toMatchObject({
    samples: { files: 500, hot: 50 },
    files: { count: 2, groups: 2 },
    tiers: [{ tier: 0, groups: 2, files: 2, samples: 500 }],
    oldest: 0,
    newest: 549,
    series: 3,
    agents: 1,
    gaps: { ranges: 0, samples: 0 },
    leftOver: 0,
  });
  await verify({ data: folder.path }, never);
  expect(printed[1]).toBe('1 segments and 2 files were read: all is well');
  await compact({ data: folder.path }, new AbortController().signal);
  expect(printed[2]).toMatch(/^550 samples in 1 files, .*; before: 2 files$/);
  await verify({ data: folder.path }, never);
  expect(printed[3]).toBe('0 segments and 1 files were read: all is well');
  await status({ data: folder.path });
  expect(printed[4]).toMatch(/^samples +550 in files, 0 not yet$/m);
  expect(printed[4]).toMatch(/^newest +1970-01-01T00:00:00.000Z$/m);
});

test.for([
  ['a file that is gone', () => rmSync(samples('1.parquet')), /1\.parquet: .*ENOENT/],
  ['a file that is cut off', () => truncateSync(samples('1.parquet'), 100), /1\.parquet: .* bytes, not /],
  ['a bit that has flipped', () => flip(samples('1.parquet')), /1\.parquet: its bytes are not those/],
  ['a bit of a series file that has flipped', () => flip(samples('2.series.parquet')), /2\.parquet: .*2\.series\./],
  [
    'a series file of another file, where no checksums were kept',
    () => {
      cpSync(samples('2.series.parquet'), samples('1.series.parquet'));
      const bytes = statSync(samples('1.parquet')).size + statSync(samples('1.series.parquet')).size;
      edit(`UPDATE files SET crc = NULL, series_crc = NULL, bytes = ${bytes} WHERE id = 1`);
    },
    /1\.parquet: the number of series of which its series file tells something else is 3, not 0/,
  ],
  [
    'series that nobody knows',
    () => edit("UPDATE series SET path = 'other' WHERE id = 2"),
    /does not know is 1, not 0/,
  ],
  ['rows that are not there', () => edit('UPDATE files SET rows = rows + 1 WHERE id = 1'), /rows is 250, not 251/],
  ['times that are not there', () => edit('UPDATE files SET last_time = 9 WHERE id = 2'), /last time is 499, not 9/],
  [
    'rows that are there twice',
    () => edit('UPDATE files SET group_number = 10'),
    /group 10: rows that do not follow the one before .*: 1/,
  ],
  ['a group from nowhere', () => edit('UPDATE file_view SET through = 9'), /group 10 lies beyond segment 9/],
  ['a segment that has rotted', () => edit("UPDATE segments SET bytes = x'00'"), /segment 11: /],
] as const)('verify finds %s', async ([, damage, expected]) => {
  damage();
  await expect(verify({ data: folder.path }, never)).rejects.toThrow(UserError);
  expect(printed.join('\n')).toMatch(expected);
});

test('a folder without a store, or with a hub that runs, is left alone', async () => {
  const empty = samples('none');
  await expect(status({ data: empty })).rejects.toThrow(`there is no store in ${empty}`);
  using _hub = lockFolder(folder.path, 'sluis-hub');
  const refused = new RegExp(`in use by sluis-hub, process ${process.pid}`);
  await expect(status({ data: folder.path })).rejects.toThrow(refused);
  await expect(verify({ data: folder.path }, never)).rejects.toThrow(refused);
  await expect(compact({ data: folder.path }, new AbortController().signal)).rejects.toThrow(refused);
  expect(readdirSync(folder.path)).not.toContain('none');
});

/** In the middle of the data, so that neither end tells of it. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[Math.floor(bytes.length / 4)] ^= 1;
  writeFileSync(path, bytes);
}

test('what only looks leaves a store of an earlier version as it is', async () => {
  edit('PRAGMA user_version = 4');
  const expected = /schema version 4, this hub uses/;
  await expect(status({ data: folder.path })).rejects.toThrow(expected);
  await expect(verify({ data: folder.path }, never)).rejects.toThrow(expected);
});

test('status says what there is of a store that is damaged, and a database that is none is said', async () => {
  edit("UPDATE segments SET bytes = x'00'");
  rmSync(samples('.'), { recursive: true });
  await status({ data: folder.path, json: true });
  expect(JSON.parse(printed[0])).toMatchObject({ samples: { files: 500, hot: 50 }, newest: 499, leftOver: 0 });
  writeFileSync(join(folder.path, 'store.sqlite'), 'none'.repeat(10_000));
  await expect(status({ data: folder.path })).rejects.toThrow(/store\.sqlite is damaged: /);
  await expect(verify({ data: folder.path }, never)).rejects.toThrow(UserError);
});

test('what cannot be brought together, or cannot be used, is said in words', async () => {
  rmSync(samples('1.parquet'));
  const compacted = compact({ data: folder.path }, never);
  await expect(compacted).rejects.toThrow(/not all samples of .*1\.parquet is missing or damaged/);
  await expect(compacted).rejects.toThrow(UserError);
  await expect(status({ data: samples('2.parquet') })).rejects.toThrow(/2\.parquet cannot be used: ENOTDIR/);
});

test.each([verify, compact])(
  '%o that is asked to stop does, and does not look as if all were well',
  async (command) => {
    const stopped = expect.objectContaining({ message: 'it was stopped before the end', exitCode: 1 }) as UserError;
    await expect(command({ data: folder.path }, AbortSignal.abort())).rejects.toEqual(stopped);
    expect(printed).toEqual([]);
  },
);
