import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closedByCrc } from '@sluis/protocol';
import { Storage } from '../packages/edge-agent/src/log/storage.ts';

/*
 * What durability costs: appending to the journal, each commit fsynced, against writing the same bytes to a plain file
 * with fdatasync after each. Both on one disk, in turns, so that what else the disk does meets both.
 *
 *   node benchmarks/journal.ts [FOLDER]      FOLDER: on the disk to measure; the temporary folder unless given
 */

const KiB = 1024;
const MiB = 1024 * KiB;
const scenarios = [
  { blobBytes: 64 * KiB, totalBytes: 48 * MiB },
  { blobBytes: 256 * KiB, totalBytes: 96 * MiB },
];
const ROUNDS = 3;

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
const definitions = { first: 0, series: [{ path: 'lab/bench', unit: '' }] };

const results = scenarios.map(({ blobBytes, totalBytes }) => {
  const count = totalBytes / blobBytes;
  const { bytes, crc } = closedByCrc(crypto.getRandomValues(new Uint8Array(64 * KiB)).slice(0, 64 * KiB - 4));
  const blob = { bytes: repeat(bytes, blobBytes), crc };
  const journal: number[] = [];
  const plain: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    plain.push(
      inFolder((folder) => throughput(totalBytes, () => writePlain(join(folder, 'plain'), blob.bytes, count))),
    );
    journal.push(inFolder((folder) => throughput(totalBytes, () => appendAll(folder, blob, count))));
  }
  const result = { blobKiB: blobBytes / KiB, journalMBs: median(journal), plainMBs: median(plain) };
  return { ...result, ratio: Number((result.journalMBs / result.plainMBs).toFixed(2)) };
});
console.table(results);

function appendAll(directory: string, { bytes, crc }: { bytes: Uint8Array; crc: number }, count: number): void {
  using storage = Storage.open({ directory, now: () => 0, log: silent });
  const entry = {
    bytes,
    crc,
    samples: 1,
    series: Uint32Array.of(0),
    minTime: 0,
    maxTime: 0,
    source: 'bench',
    clock: 0,
  };
  for (let i = 0; i < count; i++) storage.journal.append({ entries: [entry], definitions });
}

function writePlain(path: string, bytes: Uint8Array, count: number): void {
  const handle = openSync(path, 'w');
  for (let i = 0; i < count; i++) {
    writeSync(handle, bytes);
    fdatasyncSync(handle);
  }
  closeSync(handle);
}

/** Millions of bytes a second. */
function throughput(bytes: number, work: () => void): number {
  const began = performance.now();
  work();
  return Number((bytes / 1000 / (performance.now() - began)).toFixed(1));
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'sluis-bench-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function repeat(bytes: Uint8Array, length: number): Uint8Array {
  const repeated = new Uint8Array(length);
  for (let at = 0; at < length; at += bytes.length) repeated.set(bytes, at);
  return repeated;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function ignore(): void {}
