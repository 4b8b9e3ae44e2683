import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { csvConfig } from '../csv/config.ts';
import { csv } from '../csv/csv.ts';
import { ndjsonConfig } from '../ndjson/config.ts';
import { ndjson } from '../ndjson/ndjson.ts';
import { outline } from './outline.ts';

const { signal } = new AbortController();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-file-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function look(keys: object) {
  const config = csvConfig.parse({ type: 'csv', path: './in.csv', time: 'timestamp', ...keys });
  const probes = csv.probe?.({ name: 'file', site: 'lab', agent: 'a', config, folder }) ?? [];
  expect(probes.map(({ need }) => need)).toEqual([join(`file ${folder}`, config.path)]);
  return probes[0].look(signal);
}

test('a file that is not there is waited for', async () => {
  expect(await look({})).toMatchObject({ there: false, hint: expect.stringContaining('waits for it') });
});

test('what is there, and is no file, is not said to be absent', async () => {
  mkdirSync(join(folder, 'in.csv'));
  await expect(look({})).rejects.toThrow('what is there is no file');
});

test('files are not looked for in folders of several names', () => {
  const config = csvConfig.safeParse({ type: 'csv', path: './*/in.csv' });
  expect(config.error?.issues).toMatchObject([{ path: ['path'], message: expect.stringContaining('last part') }]);
});

test('a header has to have the columns that the configuration names', async () => {
  writeFileSync(join(folder, 'in.csv'), 'timestamp;temperature\n');
  expect(await look({ delimiter: ';' })).toEqual({ there: true });
  expect(await look({})).toMatchObject({ there: false, reason: expect.stringContaining('has no column "timestamp"') });
  expect(await look({ delimiter: ';', series: '{machine}/{column}' })).toMatchObject({
    reason: expect.stringContaining('in.csv: it has no column "machine"'),
  });
});

test('a header that is not whole yet is no fault', async () => {
  writeFileSync(join(folder, 'in.csv'), 'times');
  expect(await look({})).toEqual({ there: true });
});

test('of several files the last is looked at', async () => {
  writeFileSync(join(folder, '1.csv'), 'timestamp,value\n');
  expect(await look({ path: './*.csv' })).toEqual({ there: true });
  writeFileSync(join(folder, '2.csv'), 'time,value\n');
  expect(await look({ path: './*.csv' })).toMatchObject({ reason: expect.stringContaining('2.csv: it has no column') });
});

test('a file of JSON lines has no header', async () => {
  writeFileSync(join(folder, 'in.ndjson'), '{}\n');
  const config = ndjsonConfig.parse({ type: 'ndjson', path: './in.ndjson' });
  const [probe] = ndjson.probe?.({ name: 'file', site: 'lab', agent: 'a', config, folder }) ?? [];
  expect(await probe.look(signal)).toEqual({ there: true });
});

test.each([
  ['./in.csv', '{file}', 'in/**'],
  ['./*.csv', '{file}', '*/**'],
  ['./in.csv', 'machine/{column}', 'machine/*/**'],
  ['./in.csv', 'hall-{hall}/{file}', '*/in/**'],
])('of %s, %s gives %s', (path, series, paths) => {
  expect(outline(csvConfig.parse({ type: 'csv', path, series }))).toMatchObject({ paths: [paths], ends: true });
});
