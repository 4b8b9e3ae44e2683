import { BatchBuilder, encodeSegment, Lane } from '@sluis/protocol';
import { ensureFolder } from '@sluis/runtime/folder';
import { openDatabase } from '../../packages/cloud-hub/src/store/database.ts';
import type { AgentSegment } from '../../packages/cloud-hub/src/store/ingest-store.ts';
import { Store } from '../../packages/cloud-hub/src/store/store.ts';

/** A fixed ingest of one agent: two epochs, two lanes, groups of segments with repeats, a report, and a restart between. */

export const agent = 'press-1';
export const epochs = ['a'.repeat(32), 'b'.repeat(32)];
const SERIES = 3;
const GROUPS = 2;
/** Of a segment: a commit takes several pages. */
const SAMPLES = 1_000;

export const series = Array.from({ length: SERIES }, (_, i) => ({ path: `lab/press-1/${i}`, unit: 'Cel' }));
export const shed = { lane: Lane.data, from: 100, to: 200, samples: 7, reason: 'quota' };

/** Segments of a commit. The group before comes with it again: repeats. */
export function groupOf(epoch: string, group: number): AgentSegment[] {
  const own = [
    segment(epoch, Lane.data, 2 * group),
    segment(epoch, Lane.data, 2 * group + 1),
    segment(epoch, Lane.alarm, group),
  ];
  return group === 0 ? own : [...own, segment(epoch, Lane.data, 2 * group - 1)];
}

export function allSegments(): AgentSegment[] {
  const groups = Array.from({ length: GROUPS }, (_, group) => group);
  const unique = new Map<string, AgentSegment>();
  for (const epoch of epochs) {
    for (const one of groups.flatMap((group) => groupOf(epoch, group))) unique.set(keyOf(one), one);
  }
  return [...unique.values()];
}

export function keyOf({ epoch, lane, from }: { epoch: string; lane: number; from: number }): string {
  return `${epoch} ${lane} ${from}`;
}

export function openStore(folder: string): Store {
  ensureFolder(folder);
  return new Store({ database: openDatabase(folder), maxSeries: 100 });
}

/** Opens an epoch and defines its series, in one commit. */
export function begin(store: Store, epoch: string): void {
  store.commit(() => {
    store.open({ agent, site: 'lab', software: 'test', epoch, lanes: [], now: 1 });
    store.define({ agent, epoch, first: 0, series });
  });
}

/** Calls `acknowledge` with the keys of what each commit holds, after it. */
export function work(folder: string, acknowledge: (keys: readonly string[]) => void): void {
  for (const epoch of epochs) {
    // Closing moves the WAL's content into the database and deletes it.
    using store = openStore(folder);
    begin(store, epoch);
    acknowledge([`epoch ${epoch}`]);
    for (let group = 0; group < GROUPS; group++) {
      const segments = groupOf(epoch, group);
      store.commit(() => segments.forEach((one) => store.store(one)));
      acknowledge(segments.map(keyOf));
    }
    store.commit(() => store.report({ agent, epoch, backlogSamples: 1, backlogBytes: 1, shed: [shed], now: 2 }));
    acknowledge([`report ${epoch}`]);
  }
}

function segment(epoch: string, lane: Lane, sequence: number): AgentSegment {
  const builder = new BatchBuilder();
  const salt = epochs.indexOf(epoch) * 1e6 + lane * 1e5 + sequence * 1e3;
  for (let i = 0; i < SAMPLES; i++) builder.double(i % SERIES, sequence * SAMPLES + i, Math.sin(salt + i));
  const { bytes, crc, samples } = encodeSegment(builder.take(), { effort: 'fast' });
  return { agent, epoch, lane, from: sequence, to: sequence + 1, samples, crc, seriesBound: SERIES, bytes };
}
