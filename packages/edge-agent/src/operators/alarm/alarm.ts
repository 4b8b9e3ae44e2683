import type { OperatorContext, Quality, SampleBatch, SeriesColumn, Timers } from '@sluis/plugin-sdk';
import type { AlarmRuleConfig } from './config.ts';
import { type Measure, measureOf } from './measures.ts';
import { type AlarmSeries, alarmSeries, type Transitions } from './transitions.ts';

const UNKNOWN = 0;
const NORMAL = 1;
const ACTIVE = 2;

/** A timer that is set to this fires with the next tick, from which on the clock is known to the delay's end. */
const NEXT_TICK = Number.NEGATIVE_INFINITY;

/** What all alarms of a step know of each series: the newest sample that they have judged. */
export interface Newest {
  readonly time: SeriesColumn;
  readonly quality: SeriesColumn;
}

/** One alarm, for each series that comes. */
export class Alarm {
  readonly #measure: Measure | undefined;
  /** Values, setpoint and deadband are compared as `above`: those of `below` with the other sign. */
  readonly #sign: 1 | -1;
  readonly #setpoint: number;
  readonly #clear: number;
  readonly #onDelay: number;
  readonly #offDelay: number;

  readonly #state: SeriesColumn;
  /** Event time since when it has been otherwise than the state says; NaN if it is not. */
  readonly #since: SeriesColumn;
  /** Time and revision of the newest state that was emitted. */
  readonly #emitted: SeriesColumn;
  readonly #revision: SeriesColumn;
  /** On the agent's clock, for a delay may end while no sample comes. */
  readonly #timers: Timers;
  readonly #newest: Newest;
  readonly #series: AlarmSeries;
  readonly #transitions: Transitions;

  constructor(
    context: OperatorContext<unknown>,
    {
      name,
      config,
      newest,
      transitions,
    }: {
      readonly name: string;
      readonly config: AlarmRuleConfig;
      readonly newest: Newest;
      readonly transitions: Transitions;
    },
  ) {
    const { state } = context;
    const { above, below = 0, deadband, onDelay, offDelay, priority } = config;
    this.#measure = measureOf(config, state, name);
    this.#sign = above === undefined ? -1 : 1;
    this.#setpoint = above ?? -below;
    this.#clear = this.#setpoint - deadband;
    this.#onDelay = onDelay;
    this.#offDelay = offDelay;
    this.#state = state.float64(`${name}: state`, UNKNOWN);
    this.#since = state.float64(`${name}: since`, Number.NaN);
    this.#emitted = state.float64(`${name}: emitted`, Number.NEGATIVE_INFINITY);
    this.#revision = state.float64(`${name}: revision`, 0);
    this.#timers = state.timers(`${name}: delay`, { on: 'tick' });
    this.#newest = newest;
    this.#series = alarmSeries(context, name, priority);
    this.#transitions = transitions;
  }

  reserve(series: number): void {
    for (const column of [this.#state, this.#since, this.#emitted, this.#revision]) column.reserve(series);
    this.#measure?.reserve(series);
  }

  /** Delays that end although no sample comes. */
  advance(batch: SampleBatch): void {
    this.#timers.advance(batch, (series, time) => {
      const due = this.#since.values[series] + this.#delay(series);
      // What is left of the delay after the newest sample begins with this tick, which is no earlier than the sample came.
      if (time === NEXT_TICK) this.#timers.set(series, batch.tick + due - this.#newest.time.values[series]);
      else this.#turn(series, due, 0, this.#newest.quality.values[series] as Quality);
    });
  }

  /** Rows[from..to) of one series, which have numbers, and rise in time; the first may have the time of the newest. */
  fold({ time, value, quality }: SampleBatch, series: number, from: number, to: number): void {
    const measure = this.#measure;
    let isAgain = time[from] === this.#newest.time.values[series];
    for (let row = from; row < to; row++) {
      if (!measure) row = this.#quiet(series, value, row, to);
      if (row === to) return;
      const measured = measure ? measure.next(series, time[row], value[row], isAgain) : value[row];
      isAgain = false;
      const before = row === from ? this.#newest.quality.values[series] : quality[row - 1];
      if (!Number.isNaN(measured)) this.#judge(series, this.#sign * measured, { row, time, quality, before });
    }
  }

  /** The first row on which something may change: the fast path. */
  #quiet(series: number, value: Float64Array, from: number, to: number): number {
    const state = this.#state.values[series];
    if (state === UNKNOWN || !Number.isNaN(this.#since.values[series])) return from;
    const sign = this.#sign;
    let row = from;
    if (state === ACTIVE) for (const limit = this.#clear; row < to && !(sign * value[row] <= limit);) row++;
    else for (const limit = this.#setpoint; row < to && !(sign * value[row] > limit);) row++;
    return row;
  }

  #judge(
    series: number,
    value: number,
    at: { row: number; time: Float64Array; quality: Uint8Array; before: number },
  ): void {
    const { row } = at;
    const time = at.time[row];
    const quality = at.quality[row] as Quality;
    // As it was until this sample, it would have been to the end of the delay.
    const ended = this.#since.values[series] + this.#delay(series);
    if (time > ended) this.#turn(series, ended, row, at.before as Quality);

    const isActive = this.#state.values[series] === ACTIVE;
    const isOtherwise = isActive ? value <= this.#clear : value > this.#setpoint;
    if (!isOtherwise) {
      if (this.#state.values[series] === UNKNOWN)
        this.#emit(series, { row, time, quality, state: NORMAL, text: 'NORM' });
      this.#since.values[series] = Number.NaN;
      this.#timers.cancel(series);
      return;
    }
    if (Number.isNaN(this.#since.values[series])) this.#since.values[series] = time;
    const due = this.#since.values[series] + this.#delay(series);
    if (time >= due) return this.#turn(series, due, row, quality);
    if (this.#state.values[series] === UNKNOWN) this.#emit(series, { row, time, quality, state: NORMAL, text: 'NORM' });
    this.#timers.set(series, NEXT_TICK);
  }

  #delay(series: number): number {
    return this.#state.values[series] === ACTIVE ? this.#offDelay : this.#onDelay;
  }

  #turn(series: number, time: number, row: number, quality: Quality): void {
    const isActive = this.#state.values[series] === ACTIVE;
    const [state, text] = isActive ? [NORMAL, 'RTNUN'] : [ACTIVE, 'UNACK'];
    this.#since.values[series] = Number.NaN;
    this.#timers.cancel(series);
    this.#emit(series, { row, time, quality, state, text });
  }

  /** Never before what was emitted already: that would be the newest for whoever sorts by time. */
  #emit(
    series: number,
    { row, time, quality, state, text }: { row: number; time: number; quality: Quality; state: number; text: string },
  ): void {
    const before = this.#emitted.values[series];
    const at = Math.max(time, before);
    const revision = at === before ? this.#revision.values[series] + 1 : 0;
    this.#state.values[series] = state;
    this.#emitted.values[series] = at;
    this.#revision.values[series] = revision;
    this.#transitions.add({ row, series, time: at, text, quality, revision, to: this.#series });
  }
}
