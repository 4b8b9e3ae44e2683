import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Scenario } from '../scenario.ts';
import { runScenario } from './run-scenario.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The process of a scenario finds it by its name in the table, where this one is not. */
const unknown: Scenario = {
  name: 'unknown',
  about: 'nothing',
  seconds: 0,
  run: () => Promise.reject(new Error('never runs here')),
};
const setting = () => ({ data: '', folder, progress: () => {}, signal: new AbortController().signal });

test('A scenario that fails in its process says why, and leaves no folder', async () => {
  const outcome = await runScenario(unknown, setting());
  expect(outcome).toMatchObject({ status: 'failed', why: expect.stringContaining('no scenario "unknown"') });
  expect(readdirSync(folder)).toEqual([]);
});

test('A scenario that cannot run here says why, without a process', async () => {
  const outcome = await runScenario({ ...unknown, missing: () => 'there is no data' }, setting());
  expect(outcome).toMatchObject({ status: 'missing', why: 'there is no data' });
});
