import { UnavailableError } from '@sluis/plugin-sdk';
import { BatchBuilder, type Columns, decodeSegment, MAX_SEGMENT_SAMPLES, SeriesTable } from '@sluis/protocol';
import { expect, test } from 'vitest';
import type { Journal } from '../log/log.ts';
import { type CommittedEntry, Intake } from './intake.ts';

type Commit = Parameters<Journal['append']>[0];

/** A journal in memory whose appends can be held back and made to fail. */
function memoryJournal() {
  const commits: Commit[] = [];
  let next = 1;
  let gate: Promise<void> = Promise.resolve();
  let failure: Error | undefined;
  return {
    commits,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    fail(error: Error | undefined) {
      failure = error;
    },
    async append(commit: Commit): Promise<number> {
      await gate;
      if (failure) throw failure;
      commits.push(commit);
      const first = next;
      next += commit.entries.length;
      return first;
    },
  };
}

function setup() {
  const journal = memoryJournal();
  const series = new SeriesTable();
  const entries: CommittedEntry[] = [];
  const intake = new Intake({
    journal,
    series,
    durableSeries: 0,
    now: () => 7,
    committed: (entry) => entries.push(entry),
  });
  const rows = (path: string, ...values: number[]): Columns => {
    const builder = new BatchBuilder();
    values.forEach((value, i) => builder.double(series.intern(path), i, value));
    return builder.take();
  };
  return { journal, series, entries, intake, rows };
}

test('what arrives while a commit is under way shares the next one, and each writer is told after its fsync', async () => {
  const { journal, intake, rows } = setup();
  const release = journal.hold();
  const settled: string[] = [];
  const first = intake.write('a', rows('x', 1), { awaited: true }).then(() => settled.push('first'));
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const second = intake.write('a', rows('x', 2), { awaited: true }).then(() => settled.push('second'));
  const third = intake.write('b', rows('y', 3), { awaited: true }).then(() => settled.push('third'));
  expect(settled).toEqual([]);
  release();
  await Promise.all([first, second, third]);
  expect(journal.commits.map(({ entries }) => entries.map(({ source }) => source))).toEqual([['a'], ['a', 'b']]);
  expect(settled).toEqual(['first', 'second', 'third']);
});

test('streams get the very rows that the entry decodes to, with its sequence, before the writer is told', async () => {
  const { journal, entries, intake, rows } = setup();
  const mixed = [rows('x', 1, 2), rows('y', 3), rows('x', 4)];
  await Promise.all(mixed.map((chunk) => intake.write('a', chunk, { awaited: true })));
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ sequence: 1, source: 'a', clock: 7 });
  expect(decodeSegment(journal.commits[0].entries[0].bytes)).toEqual(entries[0].rows);
  expect([...entries[0].rows.value]).toEqual([1, 2, 4, 3]);
});

test('a refused commit rejects its writers, and its series are defined with the next one', async () => {
  const { journal, intake, rows } = setup();
  journal.fail(new Error('disk full'));
  await expect(intake.write('a', rows('x', 1), { awaited: true })).rejects.toThrow(UnavailableError);
  journal.fail(undefined);
  await intake.write('a', rows('y', 2), { awaited: true });
  expect(journal.commits[0].definitions).toEqual({
    first: 0,
    series: [
      { path: 'x', unit: '' },
      { path: 'y', unit: '' },
    ],
  });
  await intake.write('a', rows('z', 3), { awaited: true });
  expect(journal.commits[1].definitions).toEqual({ first: 2, series: [{ path: 'z', unit: '' }] });
});

test('a tick follows the rows of its commit', async () => {
  const { entries, intake, rows } = setup();
  intake.tick();
  await intake.write('a', rows('x', 1), { awaited: true });
  expect(entries.map(({ sequence, source, rows: { length } }) => ({ sequence, source, length }))).toEqual([
    { sequence: 1, source: 'a', length: 1 },
    { sequence: 2, source: '', length: 0 },
  ]);
});

test('more rows than a segment holds become several entries', async () => {
  const { entries, intake, rows } = setup();
  const many = rows('x', ...new Float64Array(MAX_SEGMENT_SAMPLES + 5));
  await intake.write('a', many, { awaited: true });
  expect(entries.map(({ rows: { length } }) => length)).toEqual([MAX_SEGMENT_SAMPLES, 5]);
});

test('what is pending is bounded: writers beyond it are refused', async () => {
  const { journal, intake, rows } = setup();
  const release = journal.hold();
  const big = rows('x', ...new Float64Array(MAX_SEGMENT_SAMPLES));
  const writes: Promise<void>[] = [];
  let refused = 0;
  for (let i = 0; i < 60; i++) {
    writes.push(
      intake.write('a', big).catch((error: unknown) => void (refused += error instanceof UnavailableError ? 1 : 0)),
    );
  }
  release();
  await Promise.all(writes);
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(60);
});

test('disposal commits what nobody waits for', async () => {
  const { journal, intake, rows } = setup();
  const written = intake.write('a', rows('x', 1));
  await intake[Symbol.asyncDispose]();
  await written;
  expect(journal.commits).toHaveLength(1);
});
