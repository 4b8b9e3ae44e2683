import { type OperatorContext, ofSeries, pathFrom, type RowTable } from '@sluis/plugin-sdk';
import type { GroupConfig } from './config.ts';

const NO_GROUP = -1;

/** Which series belong to which group. A group is named by the id of its path. */
export class Members {
  readonly #context: OperatorContext<GroupConfig>;
  readonly #groupOf: (id: number) => { readonly group: number };
  /** Series in order of their first sample: that of ids is another after a restore. */
  readonly #all: RowTable<never>;
  /** The same by group; `#indexed` of them. */
  readonly #byGroup = new Map<number, number[]>();
  #indexed = 0;
  #isTold = false;

  constructor(context: OperatorContext<GroupConfig>) {
    const { config, state, series } = context;
    this.#context = context;
    const pathOf = pathFrom(config.by, config.as);
    this.#all = state.rows('members', []);
    this.#groupOf = ofSeries(series, ({ path }) => {
      const group = pathOf(path);
      return { group: group === undefined || group === '' ? NO_GROUP : series.intern(group) };
    });
  }

  /** Undefined for a series that the pattern does not match. */
  groupOf(id: number): number | undefined {
    const { group } = this.#groupOf(id);
    return group === NO_GROUP ? undefined : group;
  }

  /** A series has its first sample. */
  add(id: number): void {
    if (this.#all.of(id).length === 0) this.#all.add(id);
  }

  /** False, and its rows are counted, if it is in another unit than the series that came first: nothing is reckoned of both. */
  takes(id: number, group: number, rows: number): boolean {
    const { series, count, log } = this.#context;
    if (this.of(group).length === 0) return true;
    const { path, unit } = series.definition(id);
    if (unit === this.unitOf(group)) return true;
    count('group: another unit', rows);
    if (this.#isTold) return false;
    this.#isTold = true;
    const of = `the group "${series.definition(group).path}" is in ${named(this.unitOf(group))}, as its first series is`;
    log.warn(
      {},
      `${of}: "${path}" is in ${named(unit)} and left out. Convert it before, or give it a group of its own`,
    );
    return false;
  }

  /** That of its first series; '' if it has none. */
  unitOf(group: number): string {
    return this.#context.series.definition(this.of(group)[0]).unit;
  }

  of(group: number): readonly number[] {
    this.#index();
    return this.#byGroup.get(group) ?? [];
  }

  #index(): void {
    if (this.#indexed === this.#all.size) return;
    this.#byGroup.clear();
    for (const row of this.#all) {
      const id = this.#all.owner[row];
      const group = this.groupOf(id) ?? NO_GROUP;
      const known = this.#byGroup.get(group);
      if (known) known.push(id);
      else this.#byGroup.set(group, [id]);
    }
    this.#indexed = this.#all.size;
  }
}

function named(unit: string): string {
  return unit === '' ? 'no unit' : `"${unit}"`;
}
