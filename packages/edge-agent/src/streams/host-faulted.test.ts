import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineOperator, type Log } from '@sluis/plugin-sdk';
import { BatchBuilder, type Columns, Lane, SeriesTable } from '@sluis/protocol';
import { map } from 'rxjs';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { Intake } from '../intake/intake.ts';
import { Storage } from '../log/storage.ts';
import { operators } from '../operators/index.ts';
import type { StreamDeclaration } from './check-streams.ts';
import { impatient, remote } from './fixtures.ts';
import { StreamHost } from './host.ts';

const KiB = 1024;
/** It only ends what hangs. */
const DEADLINE_MS = 60_000;
const TEXT_BYTES = 16 * KiB;
/** The journal holds about 70 rows. */
const QUOTA_BYTES = 1200 * KiB;
const ROWS = 130;

const poison = { armed: true };
const fragile = defineOperator({
  name: 'fragile',
  version: 1,
  summary: 'Fails while it is armed.',
  config: z.literal(true),
  create: () =>
    map((batch) => {
      if (poison.armed && batch.length > 0) throw new Error('cannot bear it');
      return batch;
    }),
});
afterEach(() => {
  delete (operators as Record<string, unknown>).fragile;
  poison.armed = true;
});

/** ms: as long as it takes others to write some rows. */
const LONGEST_PAUSE_MS = 50;

/** Messages of a log, by level. */
class Messages implements Log {
  readonly errors: string[] = [];
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(_: Record<string, unknown>, text: string): void {
    this.errors.push(text);
  }
}

class Machine {
  readonly storage: Storage;
  readonly log = new Messages();
  readonly host: StreamHost;
  readonly intake: Intake;
  readonly #series: SeriesTable;

  constructor(directory: string, streams: Record<string, StreamDeclaration>) {
    this.storage = Storage.open({
      directory,
      now: () => 0,
      log: this.log,
      journal: { quotaBytes: QUOTA_BYTES, hardQuotaBytes: QUOTA_BYTES },
      ballastBytes: 64 * KiB,
    });
    const { journal, outbox, snapshots } = this.storage;
    this.#series = new SeriesTable(journal.state().definitions);
    this.host = new StreamHost({
      streams,
      series: this.#series,
      skew: 0,
      log: this.log,
      journal: remote(journal),
      outbox: remote(outbox),
      snapshots: remote(snapshots),
      snapshotBytes: 100 * KiB,
      timer: impatient(LONGEST_PAUSE_MS),
    });
    this.intake = new Intake({
      journal: remote(journal),
      series: this.#series,
      durableSeries: this.#series.size,
      now: () => 0,
      committed: (entry) => this.host.committed(entry),
      forsake: (bytes) => this.host.forsake(bytes),
    });
  }

  /** A source that waits for its acknowledgement, and repeats what is refused. */
  async write(time: number): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      try {
        await this.intake.write('plc', row(this.#series, 'lab/a', time), { awaited: true });
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await new Promise(setImmediate);
      }
    }
  }

  async until(condition: () => boolean): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(JSON.stringify(this.host.status));
      await new Promise(setImmediate);
    }
  }

  async close(): Promise<void> {
    await this.intake[Symbol.asyncDispose]();
    await this.host[Symbol.asyncDispose]();
    this.storage[Symbol.dispose]();
  }
}

const bad: StreamDeclaration = { from: ['plc'], as: 'bad', steps: [{ fragile: true }] };

test.for<{ with: string; streams: Record<string, StreamDeclaration> }>([
  { with: 'beside one that runs', streams: { raw: { from: ['plc'], steps: [] }, bad } },
  { with: 'alone', streams: { bad } },
])(
  'a stream that always faults, $with, stops no source, and what it misses is counted exactly',
  async ({ streams }) => {
    Object.assign(operators, { fragile });
    const directory = mkdtempSync(join(tmpdir(), 'sluis-faulted-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    let machine = new Machine(directory, streams);
    await machine.host.start();
    for (let time = 0; time < ROWS; time++) await machine.write(time);

    await machine.until(() => !('raw' in streams) || machine.host.status.raw.lag === 0);
    if ('raw' in streams) expect(machine.host.status.raw.in).toBe(ROWS);
    const { missed, shed, bytes } = machine.storage.journal.stats();
    expect(bytes).toBeLessThanOrEqual(QUOTA_BYTES);
    expect(Object.keys(missed)).toEqual(['bad']);
    expect(shed).toEqual({});
    // Between two faults it is started again, for a moment.
    await machine.until(() => machine.host.status.bad.state === 'faulted');
    expect(machine.host.status.bad.failure?.reason).toContain('cannot bear it');
    expect(
      machine.log.errors.some((text) => text.startsWith("stream 'bad' has faulted, and the journal has no room")),
    ).toBe(true);
    await machine.close();

    // A repaired version: it goes on with what there is.
    poison.armed = false;
    machine = new Machine(directory, streams);
    await machine.host.start();
    await machine.until(() => machine.host.status.bad.lag === 0);
    expect(machine.host.status.bad).toMatchObject({ state: 'running', failure: null });
    expect(machine.log.errors.some((text) => text.includes('that it has not seen are gone'))).toBe(true);
    const after = machine.storage.journal.stats().missed.bad;
    expect(after.samples).toBe(after.entries);
    expect(machine.host.status.bad.in + after.samples).toBe(ROWS);
    expect(machine.storage.outbox.read({ lane: Lane.data, from: 0, maxBytes: 1 }).length).toBe(1);
    await machine.close();
  },
);

function row(series: SeriesTable, path: string, time: number): Columns {
  const builder = new BatchBuilder();
  builder.text(series.intern(path), time, randomBytes(TEXT_BYTES).toString('latin1'));
  return builder.take();
}
