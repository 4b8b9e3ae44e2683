import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnavailableError } from '@sluis/plugin-sdk';
import { BatchBuilder, type Columns, decodeSegment, Lane, SeriesTable } from '@sluis/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { Intake } from '../intake/intake.ts';
import { Storage } from '../log/storage.ts';
import { impatient, remote, silentLog } from './fixtures.ts';
import { StreamHost } from './host.ts';

const KiB = 1024;
/** It only ends what hangs. */
const DEADLINE_MS = 60_000;
const TEXT_BYTES = 16 * KiB;

/** ms: as long as it takes others to do something. */
const LONGEST_PAUSE_MS = 2;

test('while streams are held up, sources that shed go on, others wait, and every sample is a result or counted as shed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluis-shed-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  using storage = Storage.open({
    directory,
    now: () => 0,
    log: silentLog,
    journal: { quotaBytes: 1200 * KiB, hardQuotaBytes: 1200 * KiB },
    outbox: { quotaBytes: 600 * KiB },
    ballastBytes: 64 * KiB,
  });
  const { journal, outbox } = storage;
  const series = new SeriesTable();
  const host = new StreamHost({
    streams: { raw: { from: ['shed', 'keep'], steps: [] } },
    series,
    skew: 0,
    log: silentLog,
    journal: remote(journal),
    outbox: remote(outbox),
    snapshots: remote(storage.snapshots),
    shedding: ['shed'],
    snapshotBytes: 100 * KiB,
    timer: impatient(LONGEST_PAUSE_MS),
  });
  await host.start();
  const intake = new Intake({
    journal: remote(journal),
    series,
    durableSeries: 0,
    now: () => 0,
    committed: (entry) => host.committed(entry),
    shedding: new Set(['shed']),
    makeRoom: (bytes) => host.makeRoom(bytes),
  });

  const taken: string[] = [];
  const refused = { shed: 0, keep: 0 };
  const write = async (source: 'shed' | 'keep', time: number) => {
    try {
      await intake.write(source, row(series, source, time), { awaited: true });
      taken.push(`${source} ${time}`);
    } catch (error) {
      expect(error).toBeInstanceOf(UnavailableError);
      refused[source]++;
    }
  };
  const shedSamples = () => journal.stats().shed.shed?.quota?.samples ?? 0;
  for (let time = 0; (shedSamples() < 40 || refused.keep === 0) && time < 2000; time++) {
    // Sometimes in one commit.
    await Promise.all([write('shed', time), ...(time % 8 === 0 ? [write('keep', time)] : [])]);
  }
  expect(refused.shed).toBe(0);
  expect(refused.keep).toBeGreaterThan(0);

  // The hub is there again.
  const found: string[] = [];
  const deadline = performance.now() + DEADLINE_MS;
  while (host.status.raw.lag > 0 || outbox.stats().segments > 0) {
    if (performance.now() > deadline) throw new Error(`streams lag: ${JSON.stringify(host.status)}`);
    const names = new SeriesTable(outbox.definitions({ from: 0, to: outbox.state().seriesCount }));
    for (const { sequence, bytes } of outbox.read({ lane: Lane.data, from: 0, maxBytes: 1 << 20 })) {
      const rows = decodeSegment(bytes);
      for (let i = 0; i < rows.length; i++) found.push(`${names.path(rows.series[i])} ${rows.time[i]}`);
      outbox.acknowledge(Lane.data, [{ from: sequence, to: sequence + 1 }]);
    }
    await new Promise(setImmediate);
  }
  expect(new Set(found).size).toBe(found.length);
  expect(found.length + shedSamples()).toBe(taken.length);
  const missing = taken.filter((sample) => !found.includes(sample));
  expect(missing.filter((sample) => !sample.startsWith('shed '))).toEqual([]);
  expect(missing.length).toBe(shedSamples());

  // The journal has room again once a snapshot needs no more of it.
  await expect
    .poll(async () => {
      await write('keep', 5000);
      return taken.at(-1);
    })
    .toBe('keep 5000');
  await intake[Symbol.asyncDispose]();
  await host[Symbol.asyncDispose]();
});

function row(series: SeriesTable, path: string, time: number): Columns {
  const builder = new BatchBuilder();
  builder.text(series.intern(path), time, randomBytes(TEXT_BYTES).toString('latin1'));
  return builder.take();
}
