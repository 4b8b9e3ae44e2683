import { type Aggregate, quantileOf } from './config.ts';
import { withoutSign } from './windows.ts';

const INITIAL_SAMPLES = 256;

/** Samples of one series in order of time, from which windows over some of them are computed. */
export class Span {
  length = 0;
  time = new Float64Array(INITIAL_SAMPLES);
  value = new Float64Array(INITIAL_SAMPLES);
  /** 1 where the quality is uncertain. */
  mark = new Float64Array(INITIAL_SAMPLES);

  clear(): void {
    this.length = 0;
  }

  push(time: number, value: number, mark: number): void {
    if (this.length === this.time.length) {
      for (const column of ['time', 'value', 'mark'] as const) {
        const grown = new Float64Array(2 * this.length);
        grown.set(this[column]);
        this[column] = grown;
      }
    }
    this.time[this.length] = time;
    this.value[this.length] = value;
    this.mark[this.length++] = mark;
  }

  isUncertain(from: number, to: number): boolean {
    for (let i = from; i < to; i++) if (this.mark[i] === 1) return true;
    return false;
  }

  /** An aggregate of the samples at [from, to), of which there is one at least; undefined where it cannot be told. */
  found(aggregate: Aggregate, from: number, to: number): number | undefined {
    const { value } = this;
    switch (aggregate) {
      case 'count':
        return to - from;
      case 'sum':
        return this.#sum(from, to);
      case 'mean':
        return this.#sum(from, to) / (to - from);
      case 'timeWeightedMean':
        return this.#timeWeightedMean(from, to);
      case 'min':
        return this.#extreme(from, to, 1);
      case 'max':
        return this.#extreme(from, to, -1);
      case 'range':
        return this.#extreme(from, to, -1) - this.#extreme(from, to, 1);
      case 'first':
        return value[from];
      case 'last':
        return value[to - 1];
      case 'stddev':
        return this.#stddev(from, to);
      case 'duration':
        return undefined;
      default: {
        const rank = Math.max(1, Math.ceil((quantileOf(aggregate) ?? 0) * (to - from)));
        return withoutSign(value.slice(from, to).sort()[rank - 1]);
      }
    }
  }

  #sum(from: number, to: number): number {
    let sum = 0;
    for (let i = from; i < to; i++) sum += this.value[i];
    return sum;
  }

  /** `sign`: 1 for the least, -1 for the greatest. */
  #extreme(from: number, to: number, sign: 1 | -1): number {
    let extreme = this.value[from];
    for (let i = from + 1; i < to; i++) if ((this.value[i] - extreme) * sign < 0) extreme = this.value[i];
    return withoutSign(extreme);
  }

  #timeWeightedMean(from: number, to: number): number {
    let area = 0;
    for (let i = from + 1; i < to; i++) area += this.value[i - 1] * (this.time[i] - this.time[i - 1]);
    const time = this.time[to - 1] - this.time[from];
    return time > 0 ? area / time : this.value[from];
  }

  /** By what values differ from the first: see the fields of a window. */
  #stddev(from: number, to: number): number | undefined {
    const origin = this.value[from];
    let mean = 0;
    let m2 = 0;
    for (let i = from; i < to; i++) {
      const delta = this.value[i] - origin - mean;
      mean += delta / (i - from + 1);
      m2 += delta * (this.value[i] - origin - mean);
    }
    return to - from > 1 ? Math.sqrt(m2 / (to - from - 1)) : undefined;
  }
}
