import { BatchBuilder, decodeSegment, encodeSegment, groupBySeries, Lane, noRows, SeriesTable } from '@sluis/protocol';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { LogFile } from '../log/log-file.ts';
import { Storage } from '../log/storage.ts';
import { resultsOf, silentLog } from './fixtures.ts';
import { steps } from '../operators/index.ts';
import { StreamHost } from './host.ts';
import type { Remote } from '@sluis/runtime';

const SECOND = 1_000_000;
/** It only ends what hangs. */
const DEADLINE_MS = 60_000;
const directory = mkdtempSync(join(tmpdir(), 'sluis-streams-'));
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true, force: true });
});

const streams = {
  raw: { from: ['tcp'], steps: [] },
  ten: {
    from: ['tcp'],
    steps: steps.parse([{ where: 'value < 90' }, { window: { every: '10s', aggregate: ['count', 'sum'] } }]),
  },
};

/** The methods of a part as a message port gives them. */
function remote<T extends object>(part: T): Remote<T> {
  return new Proxy(part, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name, target);
      return typeof method === 'function'
        ? async (...args: unknown[]) => structuredClone(await method.apply(target, args))
        : method;
    },
  }) as Remote<T>;
}

/** One life of an agent's storage and streams: journals a row a second from `from` to `to`. `killed`: it saves no state. */
async function live(from: number, to: number, { killed = false } = {}): Promise<void> {
  using storage = Storage.open({ directory, now: () => to * SECOND, log: silentLog });
  const { journal, outbox, snapshots } = storage;
  const series = new SeriesTable(journal.state().definitions);
  const options = { streams, series, skew: 3600 * SECOND, log: silentLog };
  const save = () => Promise.reject(new Error('killed before'));
  const host = new StreamHost({
    ...options,
    journal: remote(journal),
    outbox: remote(outbox),
    snapshots: killed ? { load: remote(snapshots).load, save } : remote(snapshots),
  });
  await host.start();
  for (let second = from; second < to; second++) {
    const builder = new BatchBuilder();
    const first = series.size;
    builder.double(series.intern('lab/a'), second * SECOND, second);
    const rows = groupBySeries([builder.take()]);
    const tick = {
      ...encodeSegment(noRows, { effort: 'fast' }),
      bytes: new Uint8Array(0),
      source: '',
      clock: second * SECOND,
    };
    const entries = [{ ...encodeSegment(rows, { effort: 'fast' }), source: 'tcp', clock: second * SECOND }, tick];
    const sequence = journal.append({ entries, definitions: { first, series: series.slice(first) } });
    // Every fifth is not handed on: the host has to read it back.
    if (second % 5 === 0) continue;
    host.committed({ sequence, source: 'tcp', clock: second * SECOND, rows, bytes: entries[0].bytes.byteLength });
    host.committed({ sequence: sequence + 1, source: '', clock: second * SECOND, rows: noRows, bytes: 0 });
  }
  const deadline = performance.now() + DEADLINE_MS;
  while (Object.values(host.status).some(({ lag }) => lag > 0)) {
    if (performance.now() > deadline) throw new Error(`streams lag: ${JSON.stringify(host.status)}`);
    await new Promise(setImmediate);
  }
  await host[Symbol.asyncDispose]();
}

/** Everything that waits for the hub, as [time in s, value] by series. */
function results(): (path: string) => number[][] {
  using storage = Storage.open({ directory, now: () => 0, log: silentLog });
  const { outbox } = storage;
  const series = new SeriesTable(outbox.definitions({ from: 0, to: outbox.state().seriesCount }));
  const segments = outbox.read({ lane: Lane.data, from: 0, maxBytes: 1 << 20 });
  const rows = segments.flatMap(({ bytes }) => resultsOf(decodeSegment(bytes), series));
  return (path) => rows.filter((row) => row.series === path).map(({ time, value }) => [time / SECOND, value]);
}

test('streams go on over restarts with the real storage', async () => {
  await live(0, 27);
  await live(27, 31);
  await live(31, 52);
  const of = results();
  expect(of('lab/a')).toEqual(Array.from({ length: 52 }, (_, second) => [second, second]));
  expect(of('lab/a/ten/count')).toEqual([0, 10, 20, 30, 40].map((start) => [start, 10]));
  expect(of('lab/a/ten/sum')).toEqual([0, 10, 20, 30, 40].map((start) => [start, 10 * start + 45]));
});

test('what a refused commit had numbered is not missing between a saved state and the oldest file', async () => {
  await live(0, 27);
  let saved: number;
  {
    using storage = Storage.open({ directory, now: () => 27 * SECOND, log: silentLog });
    const { journal } = storage;
    saved = journal.state().next - 1;
    // The disk refuses the end of a commit: its entries are burned, and its file is written no more.
    const { transaction } = LogFile.prototype;
    vi.spyOn(LogFile.prototype, 'transaction').mockImplementationOnce(function (this: LogFile, work) {
      return transaction.call(this, () => {
        work();
        throw Object.assign(new Error('the disk refuses'), { code: 'EIO' });
      });
    });
    const entry = { ...encodeSegment(noRows, { effort: 'fast' }), bytes: new Uint8Array(0), source: '', clock: 0 };
    const refused = { entries: [entry, entry], definitions: { first: 0, series: [] } };
    expect(() => journal.append(refused)).toThrow('refused');
    journal.append({ ...refused, entries: [entry] });
  }
  await live(27, 31, { killed: true });
  {
    using storage = Storage.open({ directory, now: () => 31 * SECOND, log: silentLog });
    const { journal } = storage;
    // A full disk asks for what no saved state reaches back to.
    journal.spare(saved);
    expect(journal.relieve()).toBe(true);
    expect(journal.read({ after: 0, maxBytes: 1 })[0].sequence).toBe(saved + 3);
    expect(journal.state().lowest).toBe(saved + 1);
  }
  await live(31, 52);
  const of = results();
  expect(of('lab/a/ten/count')).toEqual([0, 10, 20, 30, 40].map((start) => [start, 10]));
  expect(of('lab/a/ten/sum')).toEqual([0, 10, 20, 30, 40].map((start) => [start, 10 * start + 45]));
});
