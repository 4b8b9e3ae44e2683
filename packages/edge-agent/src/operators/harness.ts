import { type Log, type OperatorDefinition, OperatorState, type StateImage } from '@sluis/plugin-sdk';
import {
  BatchBuilder,
  type Columns,
  type SampleBatch,
  SeriesTable,
  noRows,
  noWatermarks,
  takeRows,
  type Watermarks,
} from '@sluis/protocol';
import { Subject } from '@sluis/plugin-sdk/rxjs';

/*
 * For tests: an operator on its own, fed row by row or batch by batch.
 */

const silent = (): void => undefined;
export const silentLog: Log = { debug: silent, info: silent, warn: silent, error: silent };

export interface Result {
  readonly series: string;
  readonly time: number;
  readonly value: number;
  readonly quality: number;
  readonly revision: number;
}

export class Harness<Config> {
  readonly series = new SeriesTable();
  readonly counts: Record<string, number> = {};
  readonly batches: SampleBatch[] = [];
  readonly #state: OperatorState;
  readonly #input = new Subject<SampleBatch>();
  #position = 0;
  tick = 0;
  horizon = Number.MAX_SAFE_INTEGER;

  /** `config` as written in a configuration. */
  constructor(
    operator: OperatorDefinition<Config>,
    config: unknown,
    restored?: StateImage,
    memory: { remembered?: number; isCut?: boolean } = {},
  ) {
    this.#state = new OperatorState(this.series, memory);
    const context = {
      config: operator.config.parse(config),
      state: this.#state,
      series: this.series,
      stream: 's',
      log: silentLog,
      count: (reason: string, rows: number) => {
        this.counts[reason] = (this.counts[reason] ?? 0) + rows;
      },
    };
    operator
      .create(context)(this.#input)
      .subscribe((batch) => this.batches.push(batch));
    if (restored) this.#state.restore(restored);
  }

  /** Interns, so that ids of different harnesses differ if called in another order. */
  id(path: string): number {
    return this.series.intern(path);
  }

  next(rows: Columns): void {
    const { tick, horizon } = this;
    this.#input.next({ ...rows, position: this.#position++, tick, horizon, watermarks: noWatermarks });
  }

  /** The columns of `rows` as separate batches, cut before the rows listed. */
  nextCut(rows: Columns, cuts: readonly number[]): void {
    const bounds = [
      0,
      ...[...new Set(cuts)].filter((cut) => cut > 0 && cut < rows.length).sort((a, b) => a - b),
      rows.length,
    ];
    for (let i = 1; i < bounds.length; i++) {
      const part = Uint32Array.from({ length: bounds[i] - bounds[i - 1] }, (_, j) => bounds[i - 1] + j);
      this.next(takeRows(rows, part, part.length));
    }
  }

  tickTo(tick: number, watermarks: Watermarks = noWatermarks): void {
    this.tick = tick;
    const { horizon } = this;
    this.#input.next({ ...noRows, position: this.#position++, tick, horizon, watermarks });
  }

  snapshot(): StateImage {
    return this.#state.snapshot();
  }

  get results(): Result[] {
    return this.batches.flatMap((batch) => resultsOf(batch, this.series));
  }
}

export function resultsOf(batch: Columns, series: SeriesTable): Result[] {
  return Array.from({ length: batch.length }, (_, row) => ({
    series: series.path(batch.series[row]),
    time: batch.time[row],
    value: batch.value[row],
    quality: batch.quality[row],
    revision: batch.revision?.[row] ?? 0,
  }));
}

/** Rows of doubles from `[series, time, value, quality?]`. */
export function doubles(rows: readonly (readonly [number, number, number, number?])[]): Columns {
  const builder = new BatchBuilder();
  for (const [series, time, value, quality] of rows) builder.double(series, time, value, quality);
  return builder.take();
}
