import type { State } from '@sluis/plugin-sdk';
import type { AlarmRuleConfig } from './config.ts';

/** What an alarm compares with its setpoint. */
export interface Measure {
  reserve(series: number): void;
  /**
   * Of a series' next sample; NaN if it cannot be told. `isAgain`: another value at the time of the one before, which it
   * replaces.
   */
  next(series: number, time: number, value: number, isAgain: boolean): number;
}

/** Undefined where it is the value itself. `name` sets its state apart from that of other alarms. */
export function measureOf({ rate, deviation }: AlarmRuleConfig, state: State, name: string): Measure | undefined {
  if (rate !== undefined) return new Rate(state, name, rate);
  if (typeof deviation === 'object') return new DeviationFromMean(state, name, deviation.mean);
  return deviation === undefined ? undefined : new Deviation(deviation);
}

class Deviation implements Measure {
  readonly #from: number;

  constructor(from: number) {
    this.#from = from;
  }

  reserve(): void {}

  next(_series: number, _time: number, value: number): number {
    return Math.abs(value - this.#from);
  }
}

/** Change since the sample before, per `per` µs. */
class Rate implements Measure {
  readonly #per: number;
  readonly #time;
  readonly #value;
  /** The sample before that, for another one may come at the time of the newest. */
  readonly #timeBefore;
  readonly #valueBefore;

  constructor(state: State, name: string, per: number) {
    this.#per = per;
    this.#time = state.float64(`${name}: time`, Number.NaN);
    this.#value = state.float64(`${name}: value`, Number.NaN);
    this.#timeBefore = state.float64(`${name}: time before`, Number.NaN);
    this.#valueBefore = state.float64(`${name}: value before`, Number.NaN);
  }

  reserve(series: number): void {
    for (const column of [this.#time, this.#value, this.#timeBefore, this.#valueBefore]) column.reserve(series);
  }

  next(series: number, time: number, value: number, isAgain: boolean): number {
    if (!isAgain) {
      this.#timeBefore.values[series] = this.#time.values[series];
      this.#valueBefore.values[series] = this.#value.values[series];
      this.#time.values[series] = time;
    }
    this.#value.values[series] = value;
    return ((value - this.#valueBefore.values[series]) / (time - this.#timeBefore.values[series])) * this.#per;
  }
}

/**
 * Distance from the mean of all that was before: each value lasted until the next one, and counts the less the longer ago
 * it was, by a factor of e in `constant` µs. A sample takes no part in the mean that it is compared with.
 */
class DeviationFromMean implements Measure {
  readonly #constant: number;
  readonly #mean;
  readonly #time;
  readonly #value;

  constructor(state: State, name: string, constant: number) {
    this.#constant = constant;
    this.#mean = state.float64(`${name}: mean`, Number.NaN);
    this.#time = state.float64(`${name}: time`, Number.NaN);
    this.#value = state.float64(`${name}: value`, Number.NaN);
  }

  reserve(series: number): void {
    for (const column of [this.#mean, this.#time, this.#value]) column.reserve(series);
  }

  next(series: number, time: number, value: number): number {
    // No mean would ever come back from an infinity.
    if (Number.isFinite(value)) this.#remember(series, time, value);
    return Math.abs(value - this.#mean.values[series]);
  }

  #remember(series: number, time: number, value: number): void {
    if (time === this.#time.values[series]) {
      this.#value.values[series] = value;
      return;
    }
    const before = this.#value.values[series];
    const mean = this.#mean.values[series];
    const weight = Math.exp((this.#time.values[series] - time) / this.#constant);
    this.#mean.values[series] = Number.isNaN(mean) ? value : before + (mean - before) * weight;
    this.#time.values[series] = time;
    this.#value.values[series] = value;
  }
}
