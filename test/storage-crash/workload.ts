import { closedByCrc, Lane, type LaneName } from '@sluis/protocol';
import { Storage } from '../../packages/edge-agent/src/log/storage.ts';

/** The clock of the workload: a second per step. */
const STEP = 1_000_000;
const KiB = 1024;

export const STREAM = 'press/A';

/**
 * What is done, in order, each step acknowledged when it has returned. Limits are so small that the second append starts
 * a new file and its release retires the first one; the new epoch does so in the outbox, and the first acks retire there.
 */
export const steps = [
  'append',
  'commit',
  'snapshot',
  'append',
  'commit',
  'snapshot',
  'release',
  'snapshot',
  'remint',
  'commit',
  'acknowledge',
  'acknowledge',
  'flush',
  'close',
] as const;
export type Step = (typeof steps)[number];

/** The storage, with limits so small that a few steps meet all of them. */
export function openStorage(directory: string, now: () => number): Storage {
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  return Storage.open({
    directory,
    now,
    log,
    journal: { quotaBytes: 100 * KiB, hardQuotaBytes: 1024 * KiB },
    outbox: { quotaBytes: 4096 * KiB, fileBytes: 1024 * KiB },
    ballastBytes: 64 * KiB,
  });
}

/** Does all steps in `directory`. The outbox's epoch is told with each step. */
export function work(directory: string, acknowledge: (step: Step, epoch: string) => void): void {
  let clock = 0;
  const storage = openStorage(directory, () => clock);
  for (const [i, step] of steps.entries()) {
    clock += STEP;
    perform(storage, step, count(steps.slice(0, i), step) + 1);
    acknowledge(step, storage.outbox.state().epoch);
  }
}

/** Does a step for the `index`-th time, counted from 1: what it writes follows from that. */
export function perform(storage: Storage, step: Step, index: number): void {
  const { journal, outbox, snapshots } = storage;
  switch (step) {
    case 'append':
      journal.append({
        entries: [{ ...segment('entry', index), source: 'plc', clock: index }],
        definitions: definitions(index),
        cursors: [{ source: 'plc', key: 'in.csv', value: String(index) }],
      });
      return;
    case 'commit':
      outbox.commit({
        segments: [
          { lane: Lane.data, ...segment('data', index) },
          { lane: Lane.alarm, ...segment('alarm', index) },
        ],
        definitions: definitions(index),
        positions: { [STREAM]: { epoch: journal.state().epoch, position: index } },
      });
      return;
    case 'snapshot':
      snapshots.save(STREAM, { epoch: journal.state().epoch, position: index, bytes: contents('snapshot', index) });
      return;
    case 'release':
      journal.release(RELEASED);
      return;
    case 'remint':
      outbox.remint();
      return;
    case 'acknowledge':
      for (const lane of [Lane.alarm, Lane.data]) outbox.acknowledge(lane, [{ from: 1, to: ackedBy(index) + 1 }]);
      return;
    case 'flush':
      storage.flush();
      return;
    case 'close':
      storage[Symbol.dispose]();
  }
}

/** The journal's first file holds this entry alone. */
export const RELEASED = 1;

/** Highest sequence acked by the `index`-th time: first all of the first file, then all. */
export function ackedBy(index: number): number {
  return index + 1;
}

export function count(list: readonly Step[], step: Step): number {
  return list.filter((other) => other === step).length;
}

/** Bytes that tell what they are the contents of; more than half a page. */
export function contents(kind: 'entry' | 'snapshot' | LaneName, index: number): Buffer {
  return Buffer.alloc(9000, `${kind} ${index} `);
}

/** Each append and commit defines a series and uses it. */
function definitions(index: number) {
  return { first: index - 1, series: [{ path: `plant/${index}`, unit: '' }] };
}

export function segment(kind: 'entry' | LaneName, index: number) {
  const { bytes, crc } = closedByCrc(contents(kind, index));
  return { bytes, crc, samples: index, series: Uint32Array.of(index - 1), minTime: 0, maxTime: 0 };
}

function ignore(): void {}
