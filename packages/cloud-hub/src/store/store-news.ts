import type { Logger } from '@sluis/runtime';
import { type DoneWork, type FileWork, fileWorks } from './compaction-options.ts';
import type { DroppedSamples, DropReason } from './ingest-store.ts';
import type { Dropped } from './store.ts';
import type { TierStatus } from './tiers.ts';
import type { WorkerNews } from './worker-news.ts';

/** Of a path that may be too long to keep. */
const SAID_CHARACTERS = 80;
const dropTexts: Record<DropReason, string> = {
  'series limit':
    'the hub keeps as many series, or as many bytes of their paths, as it may: samples of further ones are dropped and counted',
  'invalid series':
    'an agent defines a series with a path or unit that cannot be kept: its samples are dropped and counted',
};

/** What the worker has told of its work, in all its lives, and said once to the log: what it says again is only counted. */
export class StoreNews {
  readonly #directory: string;
  readonly #log: Logger;
  #dropped = new Map<string, DroppedSamples>();
  readonly #saidDropped = new Set<string>();
  #ballastFailure: string | undefined;
  readonly #compactionTroubles = new Map<string, string>();
  #compactionFailures = 0;
  readonly #fileWork = new Map<FileWork, { times: number; samplesRemoved: number }>(
    fileWorks.map((work) => [work, { times: 0, samplesRemoved: 0 }]),
  );
  #tiers: readonly TierStatus[] = [];

  constructor({ directory, log }: { directory: string; log: Logger }) {
    this.#directory = directory;
    this.#log = log;
  }

  /** Samples of series that are not kept, in the life of each agent. */
  get dropped(): ReadonlyMap<string, DroppedSamples> {
    return this.#dropped;
  }

  get tiers(): readonly TierStatus[] {
    return this.#tiers;
  }

  /** What was done to files since the start, and how many samples left them by it. */
  get fileWork(): ReadonlyMap<FileWork, { readonly times: number; readonly samplesRemoved: number }> {
    return this.#fileWork;
  }

  /** Why files cannot be written at the moment, for people. */
  get compactionTroubles(): readonly string[] {
    return [...this.#compactionTroubles].map(([lane, reason]) => `${lane}: ${reason}`);
  }

  /** How often files could not be written since the start. */
  get compactionFailures(): number {
    return this.#compactionFailures;
  }

  /** A worker has begun: what its file says was dropped, by agent. */
  begun(dropped: ReadonlyMap<string, DroppedSamples>): void {
    this.#dropped = new Map(dropped);
  }

  heard({ diskFull, ballastFailed, tiers, filesDone, compaction, dropped = [] }: WorkerNews): void {
    if (diskFull !== undefined) this.#sayDisk(diskFull);
    if (ballastFailed !== undefined) this.#warnOfBallast(ballastFailed);
    if (tiers) this.#tiers = tiers;
    if (filesDone) this.#count(filesDone);
    if (compaction) this.#compacting(compaction);
    for (const one of dropped) this.#drop(one);
  }

  #sayDisk(isFull: boolean): void {
    const directory = this.#directory;
    if (isFull) this.#log.error({ directory }, 'the disk is full: agents keep what they have until there is space');
    else this.#log.info({ directory }, 'the disk has space again: agents are heard');
  }

  #warnOfBallast(reason: string): void {
    // It is tried again each second.
    if (reason === this.#ballastFailure) return;
    this.#ballastFailure = reason;
    this.#log.warn(
      { directory: this.#directory, reason },
      'the space that is kept for a full disk could not be had or given back',
    );
  }

  #count({ work, samplesRemoved }: DoneWork): void {
    const total = this.#fileWork.get(work) ?? { times: 0, samplesRemoved: 0 };
    this.#fileWork.set(work, {
      times: total.times + 1,
      samplesRemoved: total.samplesRemoved + samplesRemoved,
    });
  }

  /** Each attempt fails with the same reason for hours. */
  #compacting({ lane, reason }: NonNullable<WorkerNews['compaction']>): void {
    const before = this.#compactionTroubles.get(lane);
    if (reason === undefined) {
      this.#compactionTroubles.delete(lane);
      this.#log.info({ lane }, 'files are written again');
    } else {
      this.#compactionFailures++;
      this.#compactionTroubles.set(lane, reason);
      if (reason !== before)
        this.#log.warn({ lane, reason }, 'files cannot be written at the moment: it is tried again');
    }
  }

  /** Said once per agent and reason: an agent that defines too many does so often. */
  #drop({ agent, reason, samples, path }: Dropped): void {
    const before = this.#dropped.get(agent);
    if (samples > 0) this.#dropped.set(agent, { ...before, [reason]: (before?.[reason] ?? 0) + samples });
    const key = `${reason} ${agent}`;
    if (this.#saidDropped.has(key)) return;
    this.#saidDropped.add(key);
    const series = path?.slice(0, SAID_CHARACTERS);
    this.#log.error({ agent, reason, series }, dropTexts[reason]);
  }
}
