import {
  faultOfBatch,
  type Lane,
  laneNames,
  type SampleBatch,
  type SeriesDefinition,
  type Watermarks,
} from '@sluis/protocol';
import { Subject } from 'rxjs';
import type { Log } from '../log.ts';
import { namesOf, type OperatorDefinition } from '../operator.ts';
import type { StateImage } from '../state/image.ts';
import { OperatorState } from '../state/operator-state.ts';
import { StreamSeries } from '../stream-series.ts';
import { ContractError } from './contract-error.ts';
import { columnsOf, EPOCH, type Sample, samplesOf } from './sample.ts';
import type { Step } from './steps.ts';
import { WatermarkWatch } from './watermark-watch.ts';

export interface InstanceOptions {
  /** Name of the stream. */
  readonly stream?: string;
  /** Samples that `state.recent` remembers at most, where an agent has little room. */
  readonly remembered?: number;
  /** Samples have come before the first, which the operator will not get. */
  readonly isCut?: boolean;
  /** Series that have the first ids, whatever the samples are. */
  readonly known?: readonly SeriesDefinition[];
  /** The state that it goes on from. */
  readonly image?: StateImage;
}

/** Event time that series have come to, µs since the test's epoch. */
export type EmittedWatermarks = readonly Pick<Sample, 'series' | 'unit' | 'time'>[];

/** Rows that were dropped, by reason. */
export type Counts = Readonly<Record<string, number>>;

const silent = (): void => undefined;
const silentLog: Log = { debug: silent, info: silent, warn: silent, error: silent };

/** An operator on its own, between a state and its end. What of its contract it breaks is collected, first things first. */
export class Instance<Config> {
  readonly series = new StreamSeries();
  readonly violations: ContractError[] = [];
  readonly #state: OperatorState;
  readonly #input = new Subject<SampleBatch>();
  /** Each emitted batch with a copy of what it was. */
  readonly #emitted: { batch: SampleBatch; copy: SampleBatch }[] = [];
  readonly #watch: WatermarkWatch;
  #given: SampleBatch | undefined;
  #answers: SampleBatch[] = [];
  #results: Sample[] = [];
  #counts: Record<string, number> = {};
  #position = 0;

  /** `config` as the schema gives it. */
  constructor(operator: OperatorDefinition<Config>, config: Config, options: InstanceOptions = {}) {
    const { stream = 's', remembered, isCut, known = [], image } = options;
    for (const { path, unit } of known) this.series.intern(path, unit);
    this.#state = new OperatorState(this.series, { remembered, isCut });
    this.#watch = new WatermarkWatch(this.series, namesOf(operator, config));
    const count = (reason: string, rows: number): void => {
      if (rows !== 0) this.#counts[reason] = (this.#counts[reason] ?? 0) + rows;
    };
    const context = { config, state: this.#state, series: this.series, stream, log: silentLog, count };
    operator
      .create(context)(this.#input)
      .subscribe({
        next: (batch) => this.#receive(batch),
        error: (cause) => this.#violates('throws', `the operator threw: ${describe(cause)}`, { cause }),
        complete: () => this.#violates('completes', 'the operator completed'),
      });
    if (image) this.#state.restore(image);
  }

  /** What the step leads to. */
  next(step: Step): { samples: Sample[]; watermarks: EmittedWatermarks; counts: Counts } {
    const batch = this.#batchOf(step);
    const copy = copyOf(batch);
    this.#given = batch;
    this.#answers = [];
    this.#results = [];
    this.#counts = {};
    this.#input.next(batch);
    this.#given = undefined;
    const changed = changedColumn(batch, copy);
    if (changed) this.#violates('writes to its input', `the operator changed '${changed}' of a batch that it received`);
    if (this.#answers.length === 0) {
      const what = batch.length === 0 ? 'a batch without rows' : 'a batch';
      this.#violates('takes no part in time', `the operator emitted nothing for ${what}`);
    } else if (this.violations.length === 0) {
      const fault = this.#watch.faultOf(copy, this.#answers);
      if (fault) this.#violates('takes no part in time', fault);
    }
    return { samples: this.#results, watermarks: this.#emittedWatermarks(), counts: this.#counts };
  }

  snapshot(): StateImage {
    return cloned(this.#state.snapshot());
  }

  /** Finds writes to what was emitted, which nothing tells when they happen. */
  checkOutput(): void {
    for (const { batch, copy } of this.#emitted) {
      const changed = changedColumn(batch, copy);
      if (!changed) continue;
      this.#violates('writes to its output', `the operator changed '${changed}' of a batch after it had emitted it`);
      return;
    }
  }

  #batchOf({ samples, tick, horizon, watermarks }: Step): SampleBatch {
    const lane: Lane | undefined = samples.length > 0 ? ((laneNames.indexOf(samples[0].lane) + 1) as Lane) : undefined;
    const rows = columnsOf(samples, this.series);
    return {
      ...rows,
      position: this.#position++,
      tick: EPOCH + tick,
      horizon: EPOCH + horizon,
      watermarks: this.#watermarksOf(watermarks),
      ...(lane !== undefined && samples[0].lane !== 'data' && { lane }),
    };
  }

  /** In the order of ids, as the host of a stream gives them: they are not the order of anything else. */
  #watermarksOf(watermarks: Step['watermarks']): Watermarks {
    const moved = watermarks.map(({ series, unit, time }) => [this.series.intern(series, unit), EPOCH + time] as const);
    moved.sort(([a], [b]) => a - b);
    return { series: Uint32Array.from(moved, ([id]) => id), time: Float64Array.from(moved, ([, time]) => time) };
  }

  #emittedWatermarks(): EmittedWatermarks {
    if (this.violations.length > 0) return [];
    return this.#answers.flatMap(({ watermarks: { series, time } }) =>
      Array.from(series, (id, i) => {
        const { path, unit } = this.series.definition(id);
        return { series: path, unit, time: time[i] - EPOCH };
      }),
    );
  }

  /** Throws nothing: RxJS would throw it again later, where nobody knows whose it is. */
  #receive(batch: SampleBatch): void {
    const given = this.#given;
    if (!given) {
      this.#violates('asynchronous', 'the operator emitted a batch when none was given to it');
      return;
    }
    this.#answers.push(batch);
    try {
      this.#take(batch, given);
    } catch (cause) {
      this.#violates('malformed batch', `the operator emitted a batch that cannot be read: ${describe(cause)}`, {
        cause,
      });
    }
  }

  #take(batch: SampleBatch, given: SampleBatch): void {
    const fault = faultOfBatch(batch, this.series);
    if (fault) {
      this.#violates('malformed batch', `the operator emitted a malformed batch, ${fault}`);
      return;
    }
    for (const key of ['position', 'tick', 'horizon'] as const) {
      if (batch[key] === given[key]) continue;
      this.#violates(
        'takes no part in time',
        `the operator emitted ${batch[key]} as '${key}' where ${given[key]} came in`,
      );
      return;
    }
    if (batch.length > 0) this.#emitted.push({ batch, copy: copyOf(batch) });
    // Not as arguments: there may be more than a call takes.
    for (const one of samplesOf(batch, this.series)) this.#results.push(one);
  }

  #violates(...[rule, found, options]: ConstructorParameters<typeof ContractError>): void {
    this.violations.push(new ContractError(rule, found, options));
  }
}

/** Plain data with arrays of numbers, in memory of its own. As structuredClone, which takes most of a test's time where arrays are small. */
function cloned<T>(image: T): T {
  if (ArrayBuffer.isView(image)) return (image as T & Float64Array).slice() as T;
  if (Array.isArray(image)) return image.map(cloned) as T;
  if (typeof image !== 'object' || image === null) return image;
  return Object.fromEntries(Object.entries(image).map(([key, value]) => [key, cloned(value)])) as T;
}

const columns = ['series', 'time', 'value', 'quality', 'kind', 'integer', 'text', 'texts', 'revision'] as const;

function copyOf(batch: SampleBatch): SampleBatch {
  const { watermarks, kind, integer, text, texts, revision } = batch;
  return {
    ...batch,
    series: batch.series.slice(),
    time: batch.time.slice(),
    value: batch.value.slice(),
    quality: batch.quality.slice(),
    ...(kind && { kind: kind.slice() }),
    ...(integer && { integer: integer.slice() }),
    ...(text && { text: text.slice() }),
    ...(texts && { texts: texts.slice() }),
    ...(revision && { revision: revision.slice() }),
    watermarks: { series: watermarks.series.slice(), time: watermarks.time.slice() },
  };
}

/** The first column that is not what it was. */
function changedColumn(batch: SampleBatch, copy: SampleBatch): string | undefined {
  const changed = columns.find((name) => !areEqual(batch[name], copy[name]));
  if (changed) return changed;
  const { watermarks } = batch;
  const same = areEqual(watermarks.series, copy.watermarks.series) && areEqual(watermarks.time, copy.watermarks.time);
  return same ? undefined : 'watermarks';
}

type Column = SampleBatch[(typeof columns)[number]];

function areEqual(a: Column, b: Column): boolean {
  if (!a || !b) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

export function addCounts(to: Record<string, number>, counts: Counts): void {
  for (const [reason, rows] of Object.entries(counts)) to[reason] = (to[reason] ?? 0) + rows;
}
