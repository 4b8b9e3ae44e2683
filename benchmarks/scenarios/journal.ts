import { closeSync, fdatasyncSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { closedByCrc } from '@sluis/protocol';
import { Storage } from '../../packages/edge-agent/src/log/storage.ts';
import { median, spreadOf } from '../measure/rounds.ts';
import type { Context, Figure, Result, Scenario } from '../scenario.ts';

export const journal: Scenario = {
  name: 'journal',
  about: 'appends to the journal, each fsynced, against the same bytes into a plain file with fdatasync after each',
  seconds: 60,
  run,
};

const KiB = 1_024;
const MiB = 1_024 * KiB;
/** Of `atLeast` of the yardstick, and what the plot shows besides. */
const sizes = [
  { bytes: 4 * KiB, total: 4 * MiB },
  { bytes: 16 * KiB, total: 16 * MiB },
  { bytes: 64 * KiB, total: 96 * MiB, atLeast: 0.7 },
  { bytes: 256 * KiB, total: 96 * MiB, atLeast: 0.25 },
  { bytes: 1 * MiB, total: 128 * MiB },
];
/** Odd, for a median; the first is left out. */
const ROUNDS = 6;
/** The 16 MiB that an agent keeps for when the disk is full are written once in its life, and are no part of an append. */
const BALLAST_BYTES = 64 * KiB;

const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
const definitions = { first: 0, series: [{ path: 'lab/bench', unit: '' }] };

/** In turns, so that what else the disk does meets all of them; the clock is that of the wall, for they wait for a disk. */
async function run({ folder, progress }: Context): Promise<Result> {
  const rates = sizes.map(({ bytes, total }) => {
    const taken = { journal: [] as number[], growing: [] as number[], overwritten: [] as number[] };
    const segment = closedByCrc(crypto.getRandomValues(new Uint8Array(64 * KiB)).slice(0, 64 * KiB - 4)).bytes;
    const blob = closedByCrc(repeated(segment, bytes - 4));
    const count = total / bytes;
    for (let round = 0; round < ROUNDS; round++) {
      progress(`${bytes / KiB} KiB, round ${round + 1} of ${ROUNDS}`);
      const rate = (work: (within: string) => number): number => total / 1e6 / inFolder(folder, work);
      const once = {
        growing: rate((within) => writePlain(join(within, 'plain'), blob.bytes, count)),
        journal: rate((within) => appendAll(within, blob, count)),
        overwritten: rate((within) => overwritePlain(join(within, 'plain'), blob.bytes, count)),
      };
      if (round === 0) continue;
      for (const way of ['journal', 'growing', 'overwritten'] as const) taken[way].push(once[way]);
    }
    return {
      kib: bytes / KiB,
      journal: median(taken.journal),
      growing: median(taken.growing),
      overwritten: median(taken.overwritten),
      spread: {
        journal: spreadOf(taken.journal),
        growing: spreadOf(taken.growing),
        overwritten: spreadOf(taken.overwritten),
      },
    };
  });
  return {
    figures: rates.flatMap(({ kib, journal, growing, overwritten, spread }): Figure[] => {
      const atLeast = sizes.find(({ bytes }) => bytes === kib * KiB)?.atLeast;
      if (atLeast === undefined) return [];
      const figure = { value: journal, spread: spread.journal, unit: 'MB/s', better: 'higher' } as const;
      return [
        {
          ...figure,
          what: `append ${kib} KiB`,
          yardstick: { what: 'MB/s, plain file that grows', value: growing, spread: spread.growing },
          ratioTarget: { atLeast },
        },
        {
          ...figure,
          what: `append ${kib} KiB, against a file that has its size`,
          yardstick: { what: 'MB/s, plain file written over', value: overwritten, spread: spread.overwritten },
        },
      ];
    }),
    plots: [
      {
        title: 'Durable MB/s by the size of a commit',
        kind: 'line',
        x: { label: 'KiB a commit', scale: 'log' },
        y: { label: 'MB/s', scale: 'log' },
        lines: [
          { name: 'journal', points: rates.map(({ kib, journal }) => [kib, journal]) },
          { name: 'plain file that grows', points: rates.map(({ kib, growing }) => [kib, growing]) },
          { name: 'plain file written over', points: rates.map(({ kib, overwritten }) => [kib, overwritten]) },
        ],
      },
    ],
    notes: [
      'The yardstick with the target grows, as a log must: its space has to come from somewhere. One that is written over spares the file system all of that.',
      'The journal’s time includes opening it, rotating its files (64 MiB), moving each WAL into its file, and closing.',
    ],
  };
}

/** Each way returns its seconds. */
function appendAll(directory: string, { bytes, crc }: { bytes: Uint8Array; crc: number }, count: number): number {
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
  return secondsOf(() => {
    using storage = Storage.open({ directory, now: () => 0, log, ballastBytes: BALLAST_BYTES });
    for (let i = 0; i < count; i++) storage.journal.append({ entries: [entry], definitions });
  });
}

function writePlain(path: string, bytes: Uint8Array, count: number): number {
  return secondsOf(() => {
    const handle = openSync(path, 'w');
    for (let i = 0; i < count; i++) {
      writeSync(handle, bytes);
      fdatasyncSync(handle);
    }
    closeSync(handle);
  });
}

function overwritePlain(path: string, bytes: Uint8Array, count: number): number {
  const handle = openSync(path, 'w');
  try {
    for (let i = 0; i < count; i++) writeSync(handle, bytes);
    fsyncSync(handle);
    return secondsOf(() => {
      for (let i = 0; i < count; i++) {
        writeSync(handle, bytes, 0, bytes.length, i * bytes.length);
        fdatasyncSync(handle);
      }
    });
  } finally {
    closeSync(handle);
  }
}

function secondsOf(work: () => void): number {
  const began = performance.now();
  work();
  return (performance.now() - began) / 1_000;
}

function inFolder(parent: string, work: (folder: string) => number): number {
  const folder = mkdtempSync(join(parent, 'journal-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function repeated(bytes: Uint8Array, length: number): Uint8Array {
  const all = new Uint8Array(length);
  for (let at = 0; at < length; at += bytes.length) all.set(bytes.subarray(0, length - at), at);
  return all;
}

function ignore(): void {}
