import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Lane } from '@sluis/protocol';
import type { Storage } from '../../packages/edge-agent/src/log/storage.ts';
import {
  ackedBy,
  contents,
  count,
  openStorage,
  perform,
  RELEASED,
  segment,
  type Step,
  STREAM,
  type Workload,
} from './workload.ts';

const everything = Number.MAX_SAFE_INTEGER;
const later = 100_000_000;

/** The folder holds the state after the steps acknowledged, or after the one more that was under way. */
export function verifyStorage(workload: Workload) {
  return (folder: string, acknowledged: readonly string[]) => verify(workload, folder, acknowledged);
}

function verify(workload: Workload, folder: string, acknowledged: readonly string[]): void {
  const { steps } = workload;
  const lines = acknowledged.map((line) => line.split(' '));
  const history = {
    bytes: workload.bytes,
    done: steps.slice(0, lines.length),
    begun: steps.slice(0, lines.length + 1),
    epochs: lines.map(([, epoch]) => epoch),
  };
  let written: { entries: number; commits: number };
  {
    using storage = openStorage(folder, () => later, workload);
    verifyFiles(folder);
    written = { entries: verifyJournal(storage, history), commits: verifyOutbox(storage, history) };
    verifySnapshots(storage, history);
    // And it goes on from there.
    perform(workload, storage, 'append', written.entries + 1);
    perform(workload, storage, 'commit', written.commits + 1);
  }
  using again = openStorage(folder, () => later, workload);
  assert.equal(again.journal.state().next, written.entries + 2);
  assert.deepEqual(again.outbox.state().positions[STREAM].position, written.commits + 1);
}

interface History {
  /** Of an entry, a segment and a snapshot. */
  readonly bytes: number;
  readonly done: readonly Step[];
  readonly begun: readonly Step[];
  readonly epochs: readonly string[];
}

/** Only the newest file of a log has something beside it. */
function verifyFiles(folder: string): void {
  for (const log of ['journal', 'outbox']) {
    const names = readdirSync(join(folder, log));
    const newest =
      names
        .filter((name) => /^\d{10}\.db$/.test(name))
        .sort()
        .at(-1) ?? '';
    for (const name of names) assert.ok(/^\d{10}\.db$/.test(name) || name.startsWith(newest), `${name} is an orphan`);
  }
  for (const name of readdirSync(join(folder, 'snapshots'))) assert.match(name, /\.snapshot$/);
}

function verifyJournal({ journal }: Storage, { done, begun, bytes: length }: History): number {
  const { lowest, next, definitions, cursors } = journal.state();
  const entries = journal.read({ after: 0, maxBytes: everything });
  const written = next - 1;
  assertBetween(written, count(done, 'append'), count(begun, 'append'));
  assert.deepEqual(cursors, written > 0 ? [{ source: 'plc', key: 'in.csv', value: String(written) }] : []);
  assertBetween(lowest, done.includes('release') ? RELEASED + 1 : 1, begun.includes('release') ? RELEASED + 1 : 1);
  assert.deepEqual(
    entries.map(({ sequence }) => sequence),
    sequences(lowest, written),
  );
  for (const { sequence, bytes, samples, clock, source } of entries) {
    assert.deepEqual(new Uint8Array(bytes), segment('entry', sequence, length).bytes);
    assert.deepEqual({ samples, clock, source }, { samples: sequence, clock: sequence, source: 'plc' });
    assert.equal(definitions[sequence - 1].path, `plant/${sequence}`);
  }
  return written;
}

function verifyOutbox({ journal, outbox }: Storage, { done, begun, epochs, bytes: length }: History): number {
  const { epoch, lanes, positions, seriesCount } = outbox.state();
  const definitions = outbox.definitions({ from: 0, to: seriesCount });
  const commits = positions[STREAM]?.position ?? 0;
  assertBetween(commits, count(done, 'commit'), count(begun, 'commit'));
  if (commits > 0) assert.equal(positions[STREAM].epoch, journal.state().epoch);
  if (done.includes('remint') || !begun.includes('remint')) {
    // The epoch is told before the first commit too, when nothing was written that could keep it.
    if (done.includes('commit')) assert.equal(epoch, epochs.at(-1));
  }

  const acked = { surely: durablyAcked(done), atMost: ackedBy(count(begun, 'acknowledge')) };
  if (!begun.includes('acknowledge')) acked.atMost = 0;
  const stats = outbox.stats();
  assert.equal(stats.acked.segments + stats.segments, 2 * commits);
  for (const [lane, name] of [
    [Lane.data, 'data'],
    [Lane.alarm, 'alarm'],
  ] as const) {
    assert.equal(lanes.find((state) => state.lane === lane)?.next, commits + 1, 'outputs and position together');
    const waiting = outbox.read({ lane, from: 0, maxBytes: everything });
    const first = waiting[0]?.sequence ?? commits + 1;
    assertBetween(first - 1, Math.min(acked.surely, commits), Math.min(acked.atMost, commits));
    assert.deepEqual(
      waiting.map(({ sequence }) => sequence),
      sequences(first, commits),
    );
    for (const { sequence, bytes, seriesBound } of waiting) {
      assert.deepEqual(new Uint8Array(bytes), segment(name, sequence, length).bytes);
      assert.equal(seriesBound, sequence);
      assert.equal(definitions[sequence - 1].path, `plant/${sequence}`);
    }
  }
  return commits;
}

/** Acks are durable when the file they are about is gone, or once they were flushed. */
function durablyAcked(done: readonly Step[]): number {
  const times = count(done, 'acknowledge');
  if (times === 0) return 0;
  return done.includes('flush') ? ackedBy(times) : ackedBy(1);
}

function verifySnapshots({ journal, snapshots }: Storage, { done, begun, bytes: length }: History): void {
  const { epoch } = journal.state();
  const newest = snapshots.load(STREAM, { epoch, position: everything });
  assertBetween(newest?.position ?? 0, count(done, 'snapshot'), count(begun, 'snapshot'));
  for (const position of newest ? [newest.position, Math.max(1, newest.position - 1)] : []) {
    const bytes = snapshots.load(STREAM, { epoch, position })?.bytes ?? [];
    assert.deepEqual(Buffer.from(bytes), contents('snapshot', position, length));
  }
}

function assertBetween(value: number, least: number, most: number): void {
  assert.ok(least <= value && value <= most, `${value} is not between ${least} and ${most}`);
}

function sequences(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
