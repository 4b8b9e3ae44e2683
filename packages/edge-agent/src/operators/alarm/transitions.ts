import {
  BatchBuilder,
  type Columns,
  noRows,
  type OperatorContext,
  type Quality,
  resultSeries,
} from '@sluis/plugin-sdk';

const MAX_REVISION = 0xffff;

/** A change of an alarm's state. `row` of the batch led to it. */
export interface Transition {
  readonly row: number;
  readonly series: number;
  readonly time: number;
  readonly text: string;
  readonly quality: Quality;
  readonly revision: number;
  readonly to: AlarmSeries;
}

/** Where an alarm's states go, and its priority if it has one. */
export interface AlarmSeries {
  state(series: number): number;
  readonly priority?: { readonly text: string; of(series: number): number };
}

export function alarmSeries(
  context: OperatorContext<unknown>,
  name: string,
  priority: string | undefined,
): AlarmSeries {
  const noUnit = (): string => '';
  const state = resultSeries(context, name, noUnit);
  if (priority === undefined) return { state };
  return { state, priority: { text: priority, of: resultSeries(context, `${name}/priority`, noUnit) } };
}

/** Transitions on their way out, in the order of the rows that led to them, whichever alarm saw them first. */
export class Transitions {
  readonly #rows = new BatchBuilder();
  #waiting: Transition[] = [];

  add(transition: Transition): void {
    this.#waiting.push(transition);
  }

  /** All alarms have seen the rows of the transitions that wait. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    this.#waiting.sort((a, b) => a.row - b.row);
    for (const { series, time, text, quality, revision, to } of this.#waiting) {
      this.#emit(to.state(series), time, text, quality, revision);
      if (to.priority) this.#emit(to.priority.of(series), time, to.priority.text, quality, revision);
    }
    this.#waiting = [];
  }

  take(): Columns {
    return this.#rows.length === 0 ? noRows : this.#rows.take();
  }

  #emit(series: number, time: number, text: string, quality: Quality, revision: number): void {
    this.#rows.text(series, time, text, quality);
    if (revision === 0) return;
    this.#rows.revision ??= new Uint16Array(this.#rows.series.length);
    this.#rows.revision[this.#rows.length - 1] = Math.min(revision, MAX_REVISION);
  }
}
