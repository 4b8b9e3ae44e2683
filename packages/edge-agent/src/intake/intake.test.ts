import { UnavailableError } from '@sluis/plugin-sdk';
import {
  BatchBuilder,
  type Columns,
  decodeSegment,
  letGoOfRows,
  MAX_SEGMENT_BYTES,
  MAX_SEGMENT_SAMPLES,
  MAX_TEXT_BYTES,
  SeriesTable,
} from '@sluis/protocol';
import { expect, test } from 'vitest';
import type { Journal } from '../log/log.ts';
import { StorageError } from '../log/storage-error.ts';
import type { LiveEntry } from '../streams/tail.ts';
import { Intake, InvalidRowsError } from './intake.ts';
import { SourcePort } from './source-port.ts';

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
  const entries: LiveEntry[] = [];
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

test('where there is no room, sources that shed get some, and others of the same commit are refused', async () => {
  const journal = memoryJournal();
  const series = new SeriesTable();
  const asked: number[] = [];
  const full = new StorageError('quota', 'the journal is at its hard quota');
  const intake = new Intake({
    journal: {
      append: (commit) => {
        const isMixed = commit.entries.some(({ source }) => source === 'keep');
        return isMixed || asked.length === 0 ? Promise.reject(full) : journal.append(commit);
      },
    },
    series,
    durableSeries: 0,
    now: () => 7,
    committed: () => undefined,
    shedding: new Set(['shed']),
    makeRoom: async (bytes) => void asked.push(bytes),
  });
  const write = (source: string) => {
    const builder = new BatchBuilder();
    builder.double(series.intern(source), 1, 1);
    return intake.write(source, builder.take(), { awaited: true });
  };
  const [shed, keep] = await Promise.allSettled([write('shed'), write('keep')]);
  expect([shed.status, keep.status]).toEqual(['fulfilled', 'rejected']);
  expect(keep).toMatchObject({ reason: expect.any(UnavailableError) });
  expect(journal.commits.map(({ entries }) => entries.map(({ source }) => source))).toEqual([['shed']]);
  expect(asked).toEqual([journal.commits[0].entries[0].bytes.length]);
  await expect(write('keep')).rejects.toThrow('hard quota');
  expect(asked).toHaveLength(1);
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

test('what is pending counts texts too, and a write that is alone is taken whatever its size', async () => {
  const { journal, intake, series } = setup();
  const release = journal.hold();
  const first = intake.write('a', texts(series, 1), { awaited: true });
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const large = intake.write('a', texts(series, 140));
  await expect(intake.write('b', texts(series, 1))).rejects.toThrow(UnavailableError);
  release();
  await Promise.all([first, large]);
  const samples = journal.commits.flatMap(({ entries }) => entries.map((entry) => entry.samples));
  expect(samples.reduce((sum, one) => sum + one)).toBe(141);
});

test('more text than a segment may hold, within one commit, becomes several entries', async () => {
  const { journal, entries, intake, series } = setup();
  const writes = Array.from({ length: 12 }, () => texts(series, 8));
  await Promise.all(writes.map((rows) => intake.write('a', rows, { awaited: true })));
  expect(journal.commits).toHaveLength(1);
  expect(entries.reduce((sum, { rows }) => sum + rows.length, 0)).toBe(96);
  for (const [i, { bytes, rows }] of entries.entries()) {
    expect(bytes).toBeLessThanOrEqual(MAX_SEGMENT_BYTES);
    expect(decodeSegment(journal.commits[0].entries[i].bytes)).toEqual(rows);
  }
});

test('rows that cannot be encoded are rejected alone', async () => {
  const { entries, intake, rows } = setup();
  const settled = await Promise.allSettled([
    intake.write('a', rows('x', 1), { awaited: true }),
    intake.write('a', { ...rows('x', 2), time: Float64Array.of(0.5) }),
    intake.write('a', rows('x', 3)),
    intake.write('b', rows('x', 4)),
  ]);
  expect(settled.map((one) => (one.status === 'rejected' ? one.reason : one.status))).toEqual([
    'fulfilled',
    expect.any(InvalidRowsError),
    'fulfilled',
    'fulfilled',
  ]);
  expect(entries.flatMap(({ rows: { value } }) => [...value])).toEqual([1, 3, 4]);
});

test('a commit of nothing but rows that cannot be encoded appends nothing', async () => {
  const { journal, intake, rows } = setup();
  await expect(intake.write('a', { ...rows('x', 1), quality: Uint8Array.of(9) })).rejects.toThrow(InvalidRowsError);
  await intake[Symbol.asyncDispose]();
  expect(journal.commits).toEqual([]);
});

test('a source is not asked to repeat what cannot be kept: it counts as rejected', async () => {
  const { entries, intake, series, rows } = setup();
  const port = portOn(intake, series);
  const builder = new BatchBuilder();
  builder.text(series.intern('x'), 1, 'x'.repeat(MAX_TEXT_BYTES + 1));
  builder.text(series.intern('x'), 2, 'short');
  await port.write(builder.take());
  await port.write({ ...rows('x', 1, 2), time: Float64Array.of(Number.NaN, 0) });
  expect(port.status()).toMatchObject({ in: 1, rejected: 3 });
  expect(Object.keys(port.status().reasons)).toEqual(['text too long', 'invalid rows']);
  expect(entries.map(({ rows: { texts } }) => texts)).toEqual([['short']]);
});

test('a cursor commits with its rows, and of a commit the last of each counts', async () => {
  const { journal, intake, rows } = setup();
  await Promise.all([
    intake.write('a', rows('x', 1), { awaited: true, cursor: { one: '1', two: '1' } }),
    intake.write('a', rows('x', 2), { cursor: { one: '2', two: null } }),
    intake.write('b', rows('x', 3), { cursor: { one: '9' } }),
  ]);
  expect(journal.commits.map(({ cursors }) => cursors)).toEqual([
    [
      { source: 'a', key: 'one', value: '2' },
      { source: 'a', key: 'two', value: null },
      { source: 'b', key: 'one', value: '9' },
    ],
  ]);
});

test('a cursor commits without rows, and with rows that cannot be encoded', async () => {
  const { journal, intake, rows } = setup();
  const empty = new BatchBuilder().take();
  await intake.write('a', empty, { awaited: true, cursor: { file: '1' } });
  const broken = { ...rows('x', 1), quality: Uint8Array.of(9) };
  await expect(intake.write('a', broken, { awaited: true, cursor: { file: '2' } })).rejects.toThrow(InvalidRowsError);
  await intake[Symbol.asyncDispose]();
  expect(journal.commits.map(({ cursors }) => cursors?.map(({ value }) => value))).toEqual([['1'], ['2']]);
});

test('a source sees its cursors move when they are durable, and not when the commit failed', async () => {
  const { journal, intake, series, rows } = setup();
  const port = portOn(intake, series);
  journal.fail(new Error('disk full'));
  await expect(port.write(rows('x', 1), { awaited: true, cursor: { file: '1' } })).rejects.toThrow(UnavailableError);
  expect([...port.cursors]).toEqual([['before', '0']]);
  journal.fail(undefined);
  await port.write(rows('x', 1), { awaited: true, cursor: { file: '1', before: null } });
  expect([...port.cursors]).toEqual([['file', '1']]);
  await expect(port.write(rows('x', 1), { cursor: { file: 'x'.repeat(2049) } })).rejects.toThrow(RangeError);
});

test('what a source says of its state is bounded, whatever it quotes', () => {
  const { intake, series } = setup();
  const port = portOn(intake, series);
  port.state('degraded', `its columns are ${'x'.repeat(1 << 20)}`);
  expect(port.status().detail).toHaveLength(1000);
});

function portOn(intake: Intake, series: SeriesTable): SourcePort<object> {
  return new SourcePort({
    name: 'a',
    site: 's',
    agent: 'x',
    config: {},
    folder: '',
    series,
    intake,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    cursors: [['before', '0']],
    now: () => 7,
  });
}

/** Texts that are all different, and as long as they may be: 256 KiB, and twice that in memory. */
function texts(series: SeriesTable, count: number): Columns {
  const builder = new BatchBuilder();
  for (let i = 0; i < count; i++)
    builder.text(series.intern('text'), i, `${Math.random()}`.padEnd(MAX_TEXT_BYTES, 'x'));
  return builder.take();
}

test("what is journaled and what streams get shares no memory with a writer's rows, which it may use again", async () => {
  const { journal, entries, intake, rows } = setup();
  for (const writes of [[rows('x', 1, 2, 3)], [rows('y', 4), rows('x', 5, 6)], [rows('x', 7), rows('y', 8)]]) {
    const grouped = writes.toSorted((a, b) => a.series[0] - b.series[0]).flatMap(({ value }) => [...value]);
    await Promise.all(writes.map((write) => intake.write('a', write, { awaited: true })));
    for (const write of writes) letGoOfRows(write);
    const entry = entries[entries.length - 1];
    expect([...entry.rows.value]).toEqual(grouped);
    expect([...decodeSegment(journal.commits[journal.commits.length - 1].entries[0].bytes).value]).toEqual(grouped);
  }
});

test('rows whose memory was given back before they were written are refused, and hold up no others', async () => {
  const { entries, intake, rows } = setup();
  const gone = rows('x', 1, 2);
  letGoOfRows({ ...gone, series: rows('x').series });
  const refused = intake.write('a', gone, { awaited: true });
  const kept = intake.write('a', rows('y', 3), { awaited: true });
  await expect(refused).rejects.toThrow(InvalidRowsError);
  await kept;
  expect(entries.map(({ rows: { value } }) => [...value])).toEqual([[3]]);
});
