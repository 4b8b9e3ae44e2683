import { type OperatorContext, ofSeries, pathFrom, type RowTable } from '@sluis/plugin-sdk';
import type { GroupConfig } from './config.ts';

const NO_GROUP = -1;

/** Which series belong to which group. A group is named by the id of its path. */
export class Members {
  readonly #groupOf: (id: number) => { readonly group: number };
  /** Series in order of their first sample: that of ids is another after a restore. */
  readonly #all: RowTable<never>;
  /** The same by group; `#indexed` of them. */
  readonly #byGroup = new Map<number, number[]>();
  #indexed = 0;

  constructor({ config, state, series }: OperatorContext<GroupConfig>) {
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
