import { BatchBuilder, encodeSegment, Lane } from '@sluis/protocol';
import { lockFolder } from '@sluis/runtime/folder-lock';
import { createLog } from '@sluis/runtime/create-log';
import type { AgentSegment } from '../../../packages/cloud-hub/src/store/ingest-store.ts';
import { startStore, type RunningStore } from '../../../packages/cloud-hub/src/start-store.ts';

/*
 * A hub that makes files of all that it is sent, and larger ones of those: segments of one agent, each the size of a hot
 * table. Of every other one the first row of a series corrects a row of the segment before. One series has expired: its
 * rows go when files are merged.
 */

export const agent = 'press-1';
export const epoch = 'a'.repeat(32);
export const SEGMENTS = 12;
const ROWS = 400;
const MIB = 1 << 20;
/** µs: rows are a millisecond apart, in 2023. */
const FIRST_TIME = 1_700_000_000_000_000;
const STEP = 1_000;
const DAY = 86_400_000_000;

export const EXPIRED = 'lab/press-1/expired';
export const series = ['lab/press-1/a', 'lab/press-1/b', EXPIRED].map((path) => ({ path, unit: '' }));

export interface Row {
  readonly path: string;
  readonly time: number;
  readonly value: number;
  readonly revision: number;
}

/** What the segment of a sequence holds, counted from 1. */
export function rowsOf(sequence: number): Row[] {
  const rows: Row[] = [];
  const first = FIRST_TIME + sequence * ROWS * STEP;
  for (let i = 0; i < ROWS; i++) {
    const { path } = series[i % series.length];
    rows.push({ path, time: first + i * STEP, value: Math.sin(first + i), revision: 0 });
  }
  if (sequence % 2 === 0) {
    const corrected = first - ROWS * STEP;
    rows.push({ path: series[0].path, time: corrected, value: sequence, revision: 1 });
  }
  return rows;
}

export function segmentOf(sequence: number): AgentSegment {
  const builder = new BatchBuilder();
  const rows = rowsOf(sequence);
  for (const { path, time, value } of rows) {
    builder.double(
      series.findIndex((one) => one.path === path),
      time,
      value,
    );
  }
  builder.revision = Uint16Array.from(rows, ({ revision }) => revision);
  const { bytes, crc, samples } = encodeSegment(builder.take(), { effort: 'fast' });
  const range = { from: sequence, to: sequence + 1 };
  return { agent, epoch, lane: Lane.data, ...range, samples, crc, seriesBound: series.length, bytes };
}

export function open(folder: string): Promise<RunningStore> {
  const log = createLog('power-cut');
  log.level = 'silent';
  return startStore({
    directory: folder,
    log,
    limits: {
      rowsPerTable: ROWS,
      memoryMiB: 256,
      threads: 1,
      retention: [{ match: EXPIRED, keep: DAY }],
      maxBytes: 64 * MIB,
    },
  });
}

export async function begin({ ingest }: RunningStore): Promise<void> {
  await ingest.open({ agent, site: 'lab', software: 'test', epoch, lanes: [], now: FIRST_TIME });
  await ingest.define({ agent, epoch, first: 0, series });
}

/** Tells each sequence once it is stored. Files are written meanwhile, and all of them are merged, twice. */
export async function work(folder: string, acknowledge: (sequence: number) => void): Promise<void> {
  using _lock = lockFolder(folder, 'sluis-hub');
  for (const [from, to] of [
    [1, SEGMENTS / 2],
    [SEGMENTS / 2 + 1, SEGMENTS],
  ]) {
    await using store = await open(folder);
    await begin(store);
    for (let sequence = from; sequence <= to; sequence++) {
      await store.ingest.store(segmentOf(sequence));
      acknowledge(sequence);
    }
    await store.store.compactAll();
  }
}
