import { BatchBuilder, type Columns, noRows, type OperatorContext, Quality, resultPath } from '@sluis/plugin-sdk';
import { revise } from '../copy-rows.ts';
import type { GroupAggregate, GroupConfig } from './config.ts';
import type { Members } from './members.ts';

const MAX_REVISION = 0xffff;

/** What the last samples of a group's series come to. */
export class Tally {
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  quality: Quality = Quality.good;

  add(value: number, uncertain: boolean): void {
    this.count++;
    this.sum += value;
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
    if (uncertain) this.quality = Quality.uncertain;
  }

  get mean(): number {
    return this.sum / this.count;
  }
}

/** Collects the aggregates of windows. */
export class GroupResults {
  readonly #context: OperatorContext<GroupConfig>;
  readonly #members: Members;
  /** Ids of the result series by group; follow from names alone. */
  readonly #series: readonly { readonly aggregate: GroupAggregate; readonly ids: number[] }[];
  readonly #rows = new BatchBuilder();

  constructor(context: OperatorContext<GroupConfig>, members: Members) {
    this.#context = context;
    this.#members = members;
    this.#series = context.config.aggregate.map((aggregate) => ({ aggregate, ids: [] }));
  }

  add(group: number, start: number, tally: Tally, revision: number): void {
    for (const { aggregate, ids } of this.#series) {
      const to = (ids[group] ??= this.#resultSeries(group, aggregate));
      if (tally.count > 0 || aggregate === 'count') this.#rows.double(to, start, tally[aggregate], tally.quality);
      else this.#rows.double(to, start, Number.NaN, Quality.bad);
      if (revision > 0) revise(this.#rows, Math.min(revision, MAX_REVISION));
    }
  }

  take(): Columns {
    return this.#rows.length === 0 ? noRows : this.#rows.take();
  }

  #resultSeries(group: number, aggregate: GroupAggregate): number {
    const unit = aggregate === 'count' ? '' : this.#members.unitOf(group);
    return this.#context.series.intern(resultPath(this.#context, group, aggregate), unit);
  }
}
