import { closedByCrc, Lane, type LaneName } from '@sluis/protocol';
import { Storage } from '../../packages/edge-agent/src/log/storage.ts';

/** The clock of the workload: a second per step. */
const STEP = 1_000_000;
const KiB = 1024;
const BALLAST = 16 * KiB;

export const STREAM = 'press/A';

export type Step =
  | 'append'
  | 'commit'
  | 'snapshot'
  | 'release'
  | 'remint'
  | 'acknowledge'
  | 'flush'
  | 'reopen'
  | 'close';

export interface Workload {
  /** What is done, in order, each step acknowledged when it has returned. */
  readonly steps: readonly Step[];
  /** Of an entry and of a segment. */
  readonly bytes: number;
  readonly journal: { readonly quotaBytes: number; readonly hardQuotaBytes: number };
  readonly outbox: { readonly quotaBytes: number; readonly fileBytes: number };
}

/** In this many turns a file of the journal, and one of the outbox, is written beyond its first checkpoint. */
const TURNS = 9;
const turns = Array.from({ length: TURNS }, (): Step[] => ['append', 'commit', 'append']).flat();

export const workloads = {
  /**
   * Limits are so small that the second append starts a new file and its release retires the first one; the new epoch
   * does so in the outbox, and the first acks retire there. A record is more than half a page.
   */
  small: {
    steps: [
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
    ],
    bytes: 9000,
    journal: { quotaBytes: 100 * KiB, hardQuotaBytes: 1024 * KiB },
    outbox: { quotaBytes: 4096 * KiB, fileBytes: 1024 * KiB },
  },
  /** Files stay, and are checkpointed again and again while they are written: their WAL begins anew each few MiB. */
  large: {
    steps: [...turns, 'reopen', 'append', 'commit', 'snapshot', 'append', 'commit', 'close'],
    bytes: 256 * KiB,
    journal: { quotaBytes: 1024 * 1024 * KiB, hardQuotaBytes: 1024 * 1024 * KiB },
    outbox: { quotaBytes: 1024 * 1024 * KiB, fileBytes: 64 * 1024 * KiB },
  },
} satisfies Record<string, Workload>;

export function openStorage(directory: string, now: () => number, { journal, outbox }: Workload): Storage {
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  return Storage.open({ directory, now, log, ballastBytes: BALLAST, journal, outbox });
}

/** Does all steps in `directory`. The outbox's epoch is told with each step. */
export function work(workload: Workload, directory: string, acknowledge: (step: Step, epoch: string) => void): void {
  let clock = 0;
  let storage = openStorage(directory, () => clock, workload);
  for (const [i, step] of workload.steps.entries()) {
    clock += STEP;
    if (step === 'reopen') {
      storage[Symbol.dispose]();
      storage = openStorage(directory, () => clock, workload);
    } else {
      perform(workload, storage, step, count(workload.steps.slice(0, i), step) + 1);
    }
    acknowledge(step, storage.outbox.state().epoch);
  }
}

/** Does a step for the `index`-th time, counted from 1: what it writes follows from that. */
export function perform({ bytes }: Workload, storage: Storage, step: Exclude<Step, 'reopen'>, index: number): void {
  const { journal, outbox, snapshots } = storage;
  switch (step) {
    case 'append':
      journal.append({
        entries: [{ ...segment('entry', index, bytes), source: 'plc', clock: index }],
        definitions: definitions(index),
        cursors: [{ source: 'plc', key: 'in.csv', value: String(index) }],
      });
      return;
    case 'commit':
      outbox.commit({
        segments: [
          { lane: Lane.data, ...segment('data', index, bytes) },
          { lane: Lane.alarm, ...segment('alarm', index, bytes) },
        ],
        definitions: definitions(index),
        positions: { [STREAM]: { epoch: journal.state().epoch, position: index } },
      });
      return;
    case 'snapshot':
      snapshots.save(STREAM, {
        epoch: journal.state().epoch,
        position: index,
        bytes: contents('snapshot', index, bytes),
      });
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

/** Bytes that tell what they are the contents of. */
export function contents(kind: 'entry' | 'snapshot' | LaneName, index: number, length: number): Buffer {
  return Buffer.alloc(length, `${kind} ${index} `);
}

/** Each append and commit defines a series and uses it. */
function definitions(index: number) {
  return { first: index - 1, series: [{ path: `plant/${index}`, unit: '' }] };
}

export function segment(kind: 'entry' | LaneName, index: number, length: number) {
  const { bytes, crc } = closedByCrc(contents(kind, index, length));
  return { bytes, crc, samples: index, series: Uint32Array.of(index - 1), minTime: 0, maxTime: 0 };
}

function ignore(): void {}
