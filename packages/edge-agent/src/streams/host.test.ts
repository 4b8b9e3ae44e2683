import { BatchBuilder, type Columns, decodeSegment, Lane, MAX_TEXT_BYTES } from '@sluis/protocol';
import { type OperatorContext, defineOperator, filterRows, resultSeries } from '@sluis/plugin-sdk';
import * as fc from 'fast-check';
import { concatMap, map } from 'rxjs';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { resultsOf, type Result, silentLog } from './fixtures.ts';
import { operators, steps } from '../operators/index.ts';
import { SeriesTable } from '@sluis/protocol';
import type { StreamDeclaration } from './check-streams.ts';
import { StreamHost, type StreamHostOptions } from './host.ts';
import type { Timer } from './patience.ts';
import { MemoryLogs } from './memory-logs.ts';

const SECOND = 1_000_000;
/** It only ends what hangs. */
const DEADLINE_MS = 60_000;

/** Time that passes when the test says so. */
class ManualTimer implements Timer {
  #now = 0;
  readonly #waiting = new Set<{ at: number; run: () => void }>();

  now(): number {
    return this.#now;
  }

  schedule(ms: number, run: () => void): () => void {
    const waiting = { at: this.#now + ms, run };
    this.#waiting.add(waiting);
    return () => this.#waiting.delete(waiting);
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const waiting of this.#waiting) {
      if (waiting.at > this.#now) continue;
      this.#waiting.delete(waiting);
      waiting.run();
    }
  }
}

/** A machine: logs that stay, and hosts that come and go. */
class Machine {
  readonly logs = new MemoryLogs();
  readonly timer = new ManualTimer();
  readonly #streams: Record<string, StreamDeclaration>;
  readonly #options: Partial<StreamHostOptions>;
  #connection = this.logs.connect();
  host = this.#newHost();

  constructor(
    streams: Record<string, Omit<StreamDeclaration, 'steps'> & { steps?: unknown[] }>,
    options: Partial<StreamHostOptions> = {},
  ) {
    this.#streams = Object.fromEntries(
      Object.entries(streams).map(([name, stream]) => [name, { ...stream, steps: steps.parse(stream.steps ?? []) }]),
    );
    this.#options = options;
    this.host = this.#newHost();
  }

  #newHost(): StreamHost {
    this.#connection = this.logs.connect();
    const { journal, outbox, snapshots } = this.#connection;
    return new StreamHost({
      streams: this.#streams,
      series: this.logs.series,
      skew: 3600 * SECOND,
      log: silentLog,
      timer: this.timer,
      journal,
      outbox,
      snapshots,
      ...this.#options,
    });
  }

  start(): Promise<void> {
    return this.host.start();
  }

  append(source: string, clock: number, rows?: Columns): void {
    this.host.committed(this.logs.append(source, clock, rows));
  }

  /** Until all streams' positions are durable at the head. */
  async settle(streams = Object.keys(this.#streams)): Promise<void> {
    await this.until(() => streams.every((name) => this.logs.positions[name]?.position === this.logs.next - 1));
  }

  async until(condition: () => boolean): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    while (!condition()) {
      if (performance.now() > deadline)
        throw new Error(`not within ${DEADLINE_MS} ms: ${JSON.stringify([this.host.status, this.logs.positions])}`);
      this.timer.advance(50);
      await new Promise(setImmediate);
    }
  }

  /** Positions durable at the head, and a snapshot of them. */
  async snapshot(): Promise<void> {
    this.timer.advance(600_000);
    await this.settle();
    await this.until(() => this.logs.snapshots.get('@streams')?.at(-1)?.position === this.logs.next - 1);
  }

  async kill(): Promise<void> {
    this.#connection.cut();
    this.host = this.#newHost();
    await this.host.start();
  }

  async restart(): Promise<void> {
    await this.host[Symbol.asyncDispose]();
    this.#connection.cut();
    this.host = this.#newHost();
    await this.host.start();
  }

  /** What the outbox has of each series, in order. */
  get results(): Record<string, Result[]> {
    const series = new SeriesTable(this.logs.outboxSeries);
    const rows = this.logs.commits.flatMap(({ segments }) =>
      segments.flatMap(({ bytes }) => resultsOf(decodeSegment(bytes), series)),
    );
    return Object.groupBy(rows, ({ series }) => series) as Record<string, Result[]>;
  }
}

const machines: Machine[] = [];
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.host[Symbol.asyncDispose]();
});

async function started(...parameters: ConstructorParameters<typeof Machine>): Promise<Machine> {
  const machine = new Machine(...parameters);
  machines.push(machine);
  await machine.start();
  return machine;
}

function rows(machine: Machine, list: readonly (readonly [string, number, number | string | bigint])[]): Columns {
  const builder = new BatchBuilder();
  for (const [path, time, content] of list) {
    const id = machine.logs.series.intern(path);
    if (typeof content === 'string') builder.text(id, time, content);
    else if (typeof content === 'bigint') builder.integer(id, time, content);
    else builder.double(id, time, content);
  }
  return builder.take();
}

const tenSeconds = { window: { every: '10s', aggregate: ['count', 'sum', 'stddev'] } };

describe('a host', () => {
  test('passes on what sources give, under its own names, and drops exact repeats', async () => {
    const machine = await started({ raw: { from: ['tcp'] }, other: { from: ['tcp', 'mqtt'], as: 'twin' } });
    machine.append(
      'tcp',
      1,
      rows(machine, [
        ['lab/a', 1, 1],
        ['lab/a', 1, 1],
        ['lab/a', 1, 2],
        ['lab/b', 1, 'RUN'],
        ['lab/b', 1, 'RUN'],
      ]),
    );
    machine.append(
      'mqtt',
      2,
      rows(machine, [
        ['lab/c', 1, 3n],
        ['lab/c', 1, 3n],
        ['lab/c', 1, 3],
      ]),
    );
    await machine.settle();
    await machine.until(() => Object.values(machine.host.status).every(({ lag }) => lag === 0));
    const values = Object.fromEntries(
      Object.entries(machine.results).map(([path, list]) => [path, list.map(({ value }) => value)]),
    );
    expect(values).toEqual({
      'lab/a': [1, 2],
      'lab/b': [Number.NaN],
      'lab/twin/a': [1, 2],
      'lab/twin/b': [Number.NaN],
      'lab/twin/c': [3, 3],
    });
    expect(machine.host.status).toEqual({
      raw: { in: 5, out: 3, lag: 0, state: 'running', failure: null, dropped: { repeat: 2 } },
      other: { in: 8, out: 5, lag: 0, state: 'running', failure: null, dropped: { repeat: 3 } },
    });
  });

  test('lags behind entries whose results are not in the outbox', async () => {
    const machine = await started({ raw: { from: ['tcp'] } });
    machine.logs.commitFaults = ['refused', 'refused'];
    machine.append('tcp', 1, rows(machine, [['lab/a', 1, 1]]));
    machine.append('', 2);
    await machine.until(() => machine.host.status.raw.out === 1);
    expect(machine.host.status.raw.lag).toBe(2);
    await machine.until(() => machine.logs.commitFaults.length === 1);
    expect(machine.host.status.raw.lag).toBe(2);
    await machine.until(() => machine.host.status.raw.lag === 0);
    expect(machine.results['lab/a']).toHaveLength(1);
    // Nothing comes of a tick: it is done once it is processed.
    machine.append('', 3);
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    expect(machine.host.status.raw.lag).toBe(0);
    expect(machine.logs.positions.raw.position).toBe(2);
  });

  test('converts units beside a stream that does not, also after a restart, and says which were sent before', async () => {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (_: unknown, text: string) => void warnings.push(text) };
    const near = { deadband: 0.5 };
    const streams = {
      raw: { from: ['tcp'], as: 'raw', steps: [near] },
      cel: { from: ['tcp'], steps: [near, { convert: { to: 'Cel' } }, near] },
    };
    const machine = await started(streams, { log });
    machine.logs.series.intern('lab/t', '[degF]');
    machine.append('tcp', 1, rows(machine, [['lab/t', 1, 212]]));
    await machine.snapshot();
    await machine.restart();
    machine.append('tcp', 2, rows(machine, [['lab/t', 2, 212.25]]));
    machine.append('tcp', 3, rows(machine, [['lab/t', 3, 50]]));
    await machine.settle();
    expect(new Map(machine.logs.outboxSeries.map(({ path, unit }) => [path, unit]))).toEqual(
      new Map([
        ['lab/raw/t', '[degF]'],
        ['lab/t', 'Cel'],
      ]),
    );
    const values = (path: string) => machine.results[path].map(({ value }) => value);
    expect([values('lab/raw/t'), values('lab/t')]).toEqual([
      [212, 50],
      [100, 10],
    ]);
    expect(warnings).toEqual([]);

    const later = new Machine({ cel: { from: ['tcp'], steps: [{ convert: { to: 'K' } }] } }, { log });
    machines.push(later);
    later.logs.outboxSeries = [{ path: 'lab/t', unit: 'Cel' }];
    await later.start();
    later.logs.series.intern('lab/t', '[degF]');
    later.append('tcp', 1, rows(later, [['lab/t', 1, 212]]));
    await later.settle();
    expect(warnings.join()).toContain("stream 'cel' gives lab/t in 'K', and what was sent of it before is in 'Cel'");
  });

  test('drops and counts a text that no message holds', async () => {
    const machine = await started({ raw: { from: ['tcp'] } });
    const list = [['lab/a', 1, 'x'.repeat(MAX_TEXT_BYTES + 1)] as const, ['lab/a', 2, 'on'] as const];
    machine.append('tcp', 1, rows(machine, list));
    await machine.settle();
    expect(machine.host.status.raw).toMatchObject({ in: 2, out: 1, dropped: { 'text too long': 1 } });
    expect(machine.results['lab/a'].map(({ time }) => time)).toEqual([2]);
  });

  test('reads back from the journal what its memory does not hold, in order', async () => {
    const machine = await started({ raw: { from: ['tcp'] } }, { tailBytes: 2000 });
    for (let i = 0; i < 50; i++) machine.append('tcp', i, rows(machine, [['lab/a', i, i]]));
    await machine.settle();
    expect(machine.results['lab/a'].map(({ time }) => time)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(machine.logs.reads).toBeGreaterThan(0);
    const { reads } = machine.logs;
    machine.append('tcp', 50, rows(machine, [['lab/a', 50, 50]]));
    await machine.settle();
    expect(machine.logs.reads).toBe(reads);
  });

  test('begins a stream that it sees first with what comes next', async () => {
    const machine = new Machine({ raw: { from: ['tcp'] } });
    machines.push(machine);
    machine.logs.append('tcp', 1, rows(machine, [['lab/a', 1, 1]]));
    await machine.start();
    machine.append('tcp', 2, rows(machine, [['lab/a', 2, 2]]));
    await machine.settle();
    expect(machine.results['lab/a'].map(({ time }) => time)).toEqual([2]);
  });

  test('waits while the outbox refuses, and commits once where an answer was lost', async () => {
    const machine = await started({ raw: { from: ['tcp'] } });
    machine.logs.commitFaults = ['refused', 'refused', 'answer lost', 'refused'];
    for (let i = 0; i < 5; i++) {
      machine.append('tcp', i, rows(machine, [['lab/a', i, i]]));
      await machine.settle();
    }
    expect(machine.results['lab/a'].map(({ time }) => time)).toEqual([0, 1, 2, 3, 4]);
  });

  test('does not commit what follows results that it could not commit before it stopped', async () => {
    const machine = await started({ raw: { from: ['tcp'] } });
    machine.logs.commitFaults = ['refused', 'refused'];
    machine.append('tcp', 1, rows(machine, [['lab/a', 1, 1]]));
    await machine.until(() => machine.logs.commitFaults.length === 1);
    await machine.restart();
    expect(machine.logs.commitFaults).toEqual([]);
    await machine.settle();
    expect(machine.results['lab/a'].map(({ time }) => time)).toEqual([1]);
  });

  test('starts over where the outbox has lost what it had', async () => {
    const machine = await started({ raw: { from: ['tcp'] } });
    machine.append('tcp', 1, rows(machine, [['lab/a', 1, 1]]));
    await machine.settle();
    const { positions } = machine.logs;
    machine.append('tcp', 2, rows(machine, [['lab/a', 2, 2]]));
    await machine.settle();
    machine.logs.positions = positions;
    machine.logs.commits.pop();
    machine.logs.commitFaults = ['refused'];
    machine.append('tcp', 3, rows(machine, [['lab/a', 3, 3]]));
    await machine.settle();
    expect(machine.results['lab/a'].map(({ time }) => time)).toEqual([1, 2, 3]);
  });

  test('starts a stream whose position is lost with all that the journal has, not as a new one', async () => {
    const machine = await started({ raw: { from: ['tcp'] } });
    for (const time of [1, 2]) machine.append('tcp', time, rows(machine, [['lab/a', time, time]]));
    await machine.settle();
    Object.assign(machine.logs, { positions: {}, positionsLost: true, outboxSeries: [], commits: [] });
    machine.logs.append('tcp', 3, rows(machine, [['lab/a', 3, 3]]));
    await machine.kill();
    await machine.settle();
    expect(machine.results['lab/a'].map(({ time }) => time)).toEqual([1, 2, 3]);
    expect(machine.logs.positionsLost).toBe(false);
  });

  test('commits positions without results rarely, and results soon', async () => {
    const machine = await started({ big: { from: ['tcp'], steps: [{ where: 'value > 100' }] } });
    await machine.settle();
    const { length } = machine.logs.commits;
    for (let i = 0; i < 20; i++) {
      machine.append('tcp', i, rows(machine, [['lab/a', i, 1]]));
      machine.timer.advance(100);
      await machine.until(() => machine.host.status.big.lag === 0);
    }
    expect(machine.logs.commits).toHaveLength(length);
    machine.append('tcp', 99, rows(machine, [['lab/a', 99, 101]]));
    await machine.settle();
    expect(machine.logs.commits).toHaveLength(length + 1);
  });

  test('splits what one entry leads to into segments of the size allowed', async () => {
    const machine = await started({ a: { from: ['tcp'] }, b: { from: ['tcp'], as: 'b' } });
    const builder = new BatchBuilder();
    const id = machine.logs.series.intern('lab/a');
    for (let i = 0; i < 40_000; i++) builder.double(id, i, i);
    machine.append('tcp', 1, builder.take());
    await machine.settle();
    const { segments } = machine.logs.commits.at(-1) ?? expect.fail();
    expect(segments.map(({ samples }) => samples)).toEqual([65_536, 80_000 - 65_536]);
  });

  test('leaves a snapshot when it stops, and releases the journal up to the older of two', async () => {
    const machine = await started({ ten: { from: ['tcp'], steps: [tenSeconds] } });
    machine.append('tcp', 1, rows(machine, [['lab/a', 1, 1]]));
    await machine.settle();
    await machine.restart();
    machine.append('tcp', 2, rows(machine, [['lab/a', 2, 2]]));
    await machine.snapshot();
    machine.append('tcp', 3, rows(machine, [['lab/a', 3, 3]]));
    await machine.snapshot();
    expect(machine.logs.snapshots.get('@streams')?.map(({ position }) => position)).toEqual([2, 3]);
    await machine.until(() => machine.logs.released.length === 1);
    expect(machine.logs.released).toEqual([2]);
  });

  test('reads the journal again for other steps instead of restoring their state, and repeats nothing', async () => {
    const machine = await started({ ten: { from: ['tcp'], steps: [tenSeconds] }, raw: { from: ['tcp'] } });
    for (const second of [1, 5, 10, 11]) {
      machine.append('tcp', second, rows(machine, [['lab/a', second * SECOND, second]]));
      machine.append('', second * SECOND);
    }
    await machine.settle();
    expect(machine.results['lab/a/ten/count'].map(({ time, value }) => [time / SECOND, value])).toEqual([[0, 2]]);
    await machine.restart();
    const steps = [{ where: 'true' }, tenSeconds];
    const messages: string[] = [];
    const note = (_: unknown, message: string): void => void messages.push(message);
    const log = { ...silentLog, info: note, warn: note, error: note };
    const changed = new Machine({ ten: { from: ['tcp'], steps }, raw: { from: ['tcp'] } }, { log });
    machines.push(changed);
    Object.assign(changed, { logs: machine.logs });
    await changed.kill();
    changed.append('tcp', 20, rows(changed, [['lab/a', 20 * SECOND, 20]]));
    changed.append('', 20 * SECOND);
    await changed.settle();
    const windows = (name: string) => changed.results[name].map(({ time, value }) => [time / SECOND, value]);
    expect(windows('lab/a/ten/count')).toEqual([
      [0, 2],
      [10, 2],
    ]);
    expect(changed.results['lab/a'].map(({ value }) => value)).toEqual([1, 5, 10, 11, 20]);
    expect(messages).toContainEqual(expect.stringContaining('reads the journal again'));
  });

  test('goes on with the other streams while one reads the journal again', async () => {
    const machine = await started({ raw: { from: ['tcp'] } });
    for (let i = 0; i < 400; i++) machine.append('tcp', i, rows(machine, [['lab/a', i, i]]));
    await machine.settle();
    await machine.restart();
    const again = new Machine({
      raw: { from: ['tcp'] },
      big: { from: ['tcp'], steps: [{ where: 'true' }], as: 'big' },
    });
    machines.push(again);
    Object.assign(again, { logs: machine.logs });
    machine.logs.positions.big = machine.logs.positions.raw;
    await again.kill();
    again.append('tcp', 400, rows(again, [['lab/a', 400, 400]]));
    await again.until(() => again.host.status.raw.out === 1);
    expect(again.host.status.big).toMatchObject({ state: 'catching up', out: 0 });
    await again.settle();
    expect(again.host.status.big).toMatchObject({ state: 'running', out: 1 });
  });

  test('reads the journal again where positions fell behind all snapshots, and corrupts no window', async () => {
    const machine = await started({ ten: { from: ['tcp'], steps: [tenSeconds] } });
    const append = (second: number): void => {
      machine.append('tcp', second, rows(machine, [['lab/a', second * SECOND, second]]));
      machine.append('', second * SECOND);
    };
    append(1);
    append(2);
    await machine.settle();
    const { positions } = machine.logs;
    const { length } = machine.logs.commits;
    for (const second of [3, 11]) {
      append(second);
      await machine.snapshot();
    }
    const before = machine.results['lab/a/ten/sum'];
    expect(before.map(({ time, value }) => [time, value])).toEqual([[0, 6]]);
    machine.logs.positions = positions;
    machine.logs.commits.length = length;
    machine.logs.snapshots.delete('ten');
    await machine.kill();
    await machine.settle();
    expect(machine.results['lab/a/ten/sum']).toEqual(before);
  });

  test('reads the journal again where it no longer reaches back to the snapshot', async () => {
    const machine = await started({ ten: { from: ['tcp'], steps: [tenSeconds] } });
    for (const second of [1, 2]) {
      machine.append('tcp', second, rows(machine, [['lab/a', second * SECOND, second]]));
      if (second === 1) await machine.snapshot();
    }
    for (const second of [12, 13, 14]) machine.append('tcp', second, rows(machine, [['lab/a', second * SECOND, 1]]));
    await machine.settle();
    machine.logs.lowest = 3;
    const errors: string[] = [];
    const log = { ...silentLog, error: (_: unknown, message: string): void => void errors.push(message) };
    const again = new Machine({ ten: { from: ['tcp'], steps: [tenSeconds] } }, { log });
    machines.push(again);
    Object.assign(again, { logs: machine.logs });
    await again.kill();
    // A late one, and one of a window of which nobody knows what the journal has let go.
    for (const second of [25, 5, 15, 28, 35]) again.append('tcp', second, rows(again, [['lab/a', second * SECOND, 1]]));
    again.append('', 35 * SECOND);
    await again.settle();
    expect(again.results['lab/a/ten/count'].map(({ time, value }) => [time / SECOND, value])).toEqual([
      [0, 2],
      [20, 2],
    ]);
    expect(again.host.status.ten.dropped).toEqual({ 'window: late': 2 });
    expect(errors).toContainEqual(expect.stringContaining('the journal no longer reaches back'));
  });

  test('drops and counts the rows of series beyond the limit, and no others', async () => {
    const machine = await started({ raw: { from: ['tcp'] } }, { seriesLimit: 2 });
    machine.logs.outboxSeries = [{ path: '', unit: '' }];
    await machine.kill();
    for (const time of [1, 2]) {
      const paths = ['lab/a', 'lab/c', 'lab/b', 'lab/d'];
      machine.append(
        'tcp',
        time,
        rows(
          machine,
          paths.slice(0, time * 2).map((path) => [path, time, time]),
        ),
      );
    }
    await machine.settle();
    expect(Object.keys(machine.results)).toEqual(['lab/a', 'lab/c']);
    expect(machine.results['lab/a'].map(({ value }) => value)).toEqual([1, 2]);
    expect(machine.host.status.raw).toMatchObject({ in: 6, out: 4, dropped: { 'series limit': 2 } });
    await machine.restart();
    machine.append(
      'tcp',
      3,
      rows(machine, [
        ['lab/b', 3, 3],
        ['lab/c', 3, 3],
      ]),
    );
    await machine.settle();
    expect(Object.keys(machine.results)).toEqual(['lab/a', 'lab/c']);
    expect(machine.host.status.raw.dropped).toMatchObject({ 'series limit': 1 });
  });

  test('drops and counts the rows of series whose paths take more than they may together', async () => {
    const machine = await started({ raw: { from: ['tcp'] } }, { pathsLimit: 12 });
    machine.append(
      'tcp',
      1,
      rows(
        machine,
        ['lab/a', 'lab/long', 'lab/b'].map((path) => [path, 1, 1]),
      ),
    );
    await machine.settle();
    expect(Object.keys(machine.results)).toEqual(['lab/a', 'lab/b']);
    expect(machine.host.status.raw).toMatchObject({ in: 3, out: 2, dropped: { 'series limit': 1 } });
  });
});

/** For the tests of faults: `fragile` fails on 666 while it is armed. */
const fragile = { armed: true, late: undefined as (() => void) | undefined };
const fragileOperator = defineOperator({
  name: 'fragile',
  version: 1,
  summary: 'Fails while it is armed.',
  config: z.literal(true),
  create: ({ state }: OperatorContext<true>) => {
    const sum = state.scalar('sum', 0);
    return map((batch) => {
      if (fragile.armed && batch.value.includes(666)) throw new Error('cannot bear it');
      const value = batch.value.map((v) => (sum.value += v));
      return { ...batch, value };
    });
  },
});

/** Passes samples, and each above 100 also as an alarm in a series of its own. */
const siren = defineOperator({
  name: 'siren',
  version: 1,
  summary: 'Tell of each sample above 100.',
  config: z.literal(true),
  create: (context) => {
    const alarm = resultSeries(context, 'alarm');
    return (input) =>
      input.pipe(
        concatMap((batch) => {
          const high = filterRows(batch, (row) => batch.value[row] > 100);
          return [{ ...high, series: high.series.map(alarm), lane: Lane.alarm }, batch];
        }),
      );
  },
});

describe('alarms', () => {
  afterEach(() => {
    delete (operators as Record<string, unknown>).siren;
  });

  test('leave on their lane, with all that came before them, and wait for nothing that might share their commit', async () => {
    Object.assign(operators, { siren });
    const streams = { raw: { from: ['tcp'], steps: [{ siren: true }] } };
    const machine = await started({ raw: { from: ['tcp'] } }, { streams });
    machine.append('tcp', 1, rows(machine, [['lab/a', 1, 1]]));
    machine.append('tcp', 2, rows(machine, [['lab/a', 2, 200]]));
    // No time passes.
    for (let turns = 0; turns < 50 && machine.logs.commits.length < 2; turns++) await new Promise(setImmediate);
    const [, commit] = machine.logs.commits;
    const series = new SeriesTable(machine.logs.outboxSeries);
    const left = commit.segments.map(({ lane, bytes }) => [lane, resultsOf(decodeSegment(bytes), series)]);
    expect(Object.fromEntries(left)).toMatchObject({
      [Lane.alarm]: [{ series: 'lab/a/raw/alarm', time: 2, value: 200 }],
      [Lane.data]: [
        { series: 'lab/a', time: 1, value: 1 },
        { series: 'lab/a', time: 2, value: 200 },
      ],
    });
    expect(machine.logs.positions.raw.position).toBe(2);
  });
});

describe('a stream that faults', () => {
  afterEach(() => {
    delete (operators as Record<string, unknown>).fragile;
    fragile.armed = true;
  });

  test('leaves the others alone, and goes on from its last snapshot when it can', async () => {
    Object.assign(operators, { fragile: fragileOperator });
    const machine = new Machine({ raw: { from: ['tcp'] }, sums: { from: ['tcp'], as: 'sums' } });
    machines.push(machine);
    Object.assign((machine as unknown as { host: object }).host, {});
    const streams = {
      raw: { from: ['tcp'], steps: [] },
      sums: { from: ['tcp'], as: 'sums', steps: [{ fragile: true }] },
    };
    Object.assign(machine, { host: hostOf(machine, streams) });
    await machine.start();
    machine.append('tcp', 1, rows(machine, [['lab/a', 1, 1]]));
    await machine.snapshot();
    machine.append('tcp', 2, rows(machine, [['lab/a', 2, 2]]));
    machine.append('tcp', 3, rows(machine, [['lab/a', 3, 666]]));
    machine.append('tcp', 4, rows(machine, [['lab/a', 4, 4]]));
    await machine.settle(['raw']);
    // Two more snapshots without it: its own is kept apart.
    for (const time of [5, 6]) {
      machine.append('tcp', time, rows(machine, [['lab/a', time, time]]));
      machine.timer.advance(600_000);
      await machine.settle(['raw']);
    }
    expect(machine.host.status.sums).toMatchObject({ state: 'faulted', out: 2, lag: 4 });
    expect(machine.logs.positions.sums.position).toBe(2);
    fragile.armed = false;
    await machine.until(() => machine.host.status.sums.state === 'running' && machine.host.status.sums.lag === 0);
    await machine.settle();
    expect(machine.results['lab/sums/a'].map(({ value }) => value)).toEqual([1, 3, 669, 673, 678, 684]);
    expect(machine.results['lab/a']).toHaveLength(6);
  });
});

function hostOf(machine: Machine, streams: Record<string, StreamDeclaration>): StreamHost {
  const { journal, outbox, snapshots } = machine.logs.connect();
  return new StreamHost({
    streams,
    series: machine.logs.series,
    skew: SECOND * 3600,
    log: silentLog,
    timer: machine.timer,
    journal,
    outbox,
    snapshots,
  });
}

const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('rows' as const),
      source: fc.constantFrom('tcp', 'mqtt'),
      rows: fc.array(
        fc.tuple(
          fc.constantFrom('lab/a', 'lab/b', 'lab/c'),
          fc.integer({ min: 0, max: 40 }).map((s) => s * SECOND),
          fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 9 }) }, fc.constantFrom('RUN', 'STOP', 3n)),
        ),
        { minLength: 1, maxLength: 12 },
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('tick' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('settle' as const, 'snapshot' as const, 'kill' as const, 'restart' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('refused' as const, 'answer lost' as const) }) },
);

const streams = {
  raw: { from: ['tcp', 'mqtt'] },
  ten: {
    from: ['tcp', 'mqtt'],
    steps: [
      { where: 'value < 8' },
      { deadband: 0.5 },
      { window: { every: '10s', aggregate: ['count', 'sum', 'last', 'stddev'], idle: '3s', lateness: '2s' } },
    ],
  },
  half: { from: ['tcp'], steps: [{ window: { every: '5s', aggregate: ['mean'] } }] },
};

test('whatever ends a host and whenever, results are those of one that nothing disturbed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
      const disturbed = await started(streams);
      const undisturbed = await started(streams);
      let clock = 0;
      for (const step of actions) {
        clock += SECOND;
        if (step.do === 'rows')
          for (const machine of [disturbed, undisturbed]) machine.append(step.source, clock, rows(machine, step.rows));
        else if (step.do === 'tick') for (const machine of [disturbed, undisturbed]) machine.append('', clock);
        else if (step.do === 'refused' || step.do === 'answer lost') disturbed.logs.commitFaults.push(step.do);
        else await disturbed[step.do]();
      }
      for (const machine of [disturbed, undisturbed]) await machine.settle();
      expect(disturbed.results).toEqual(undisturbed.results);
      for (const machine of machines.splice(0)) await machine.host[Symbol.asyncDispose]();
    }),
    { numRuns: 60 },
  );
});
