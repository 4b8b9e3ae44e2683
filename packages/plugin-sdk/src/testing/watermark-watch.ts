import { noWatermarks, type SampleBatch, type SeriesTable } from '@sluis/protocol';
import type { OutputNames } from '../operator.ts';
import { EPOCH } from './sample.ts';
import { formatTime } from './text-form.ts';

/**
 * Sees to it that event time goes on with the batches of an operator: what it emits has the watermarks that came in, of the same
 * series or of those that they become, and none that is ahead of them. An operator that drops all rows of a series may drop its
 * watermarks.
 */
export class WatermarkWatch {
  readonly #series: SeriesTable;
  readonly #names: OutputNames;
  /** How far each series has come, and the furthest of all. */
  readonly #received = new Map<string, number>();
  #furthest = Number.NEGATIVE_INFINITY;
  /** Series of which rows came in, and of which rows were emitted. */
  readonly #given = new Set<string>();
  readonly #emitted = new Set<string>();
  #rowsReceived = 0;
  #rowsEmitted = 0;

  constructor(series: SeriesTable, names: OutputNames) {
    this.#series = series;
    this.#names = names;
  }

  /** What is wrong with the batches that one batch has led to, if anything is. */
  faultOf(given: SampleBatch, answers: readonly SampleBatch[]): string | undefined {
    this.#rowsReceived += given.length;
    for (const id of given.series.subarray(0, given.length)) this.#given.add(this.#series.path(id));
    for (const { length, series } of answers) {
      this.#rowsEmitted += length;
      for (const id of series) this.#emitted.add(this.#series.path(id));
    }
    const received = this.#byPath([given]);
    for (const [path, time] of received) {
      this.#received.set(path, Math.max(time, this.#received.get(path) ?? time));
      this.#furthest = Math.max(this.#furthest, time);
    }
    const emitted = this.#byPath(answers);
    return this.#ahead(emitted) ?? this.#lost(received, emitted);
  }

  #ahead(emitted: ReadonlyMap<string, number>): string | undefined {
    for (const [path, time] of emitted) {
      const own = this.#names === 'chosen' ? undefined : this.#received.get(path);
      const most = own ?? this.#furthest;
      if (!(time <= most)) return `the operator emitted ${shown(path, time)}, ahead of what came in, ${textOf(most)}`;
    }
    return undefined;
  }

  #lost(received: ReadonlyMap<string, number>, emitted: ReadonlyMap<string, number>): string | undefined {
    for (const [path, time] of received) {
      if (emitted.get(path) === time || this.#isDropped(path)) continue;
      const moved = [...emitted].some(([other, t]) => t >= time && (this.#names === 'chosen' || !received.has(other)));
      if (moved) continue;
      const own = emitted.get(path);
      const instead = own === undefined ? 'none of that series' : textOf(own);
      return `the operator received ${shown(path, time)}, and emitted ${instead}`;
    }
    return undefined;
  }

  /** True if nobody behind the operator knows the series. */
  #isDropped(path: string): boolean {
    if (this.#names === 'stream') return false;
    if (this.#names === 'kept') return !this.#emitted.has(path);
    // Of one without rows it does not show whether there is a name for it.
    return this.#rowsEmitted < this.#rowsReceived || this.#rowsEmitted === 0 || !this.#given.has(path);
  }

  /** The greatest of each path: a series in two units has two ids. */
  #byPath(batches: readonly SampleBatch[]): Map<string, number> {
    const found = new Map<string, number>();
    for (const { watermarks = noWatermarks } of batches) {
      watermarks.series.forEach((id, i) => {
        const path = this.#series.path(id);
        found.set(path, Math.max(watermarks.time[i], found.get(path) ?? Number.NEGATIVE_INFINITY));
      });
    }
    return found;
  }
}

function shown(path: string, time: number): string {
  return `the watermark ${textOf(time)} of ${path}`;
}

function textOf(time: number): string {
  return Number.isFinite(time) ? formatTime(time - EPOCH) : 'nothing';
}
