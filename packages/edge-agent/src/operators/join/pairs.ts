import { matchesPath, type OperatorContext, ofSeries, pathFrom, type RowTable } from '@sluis/plugin-sdk';
import type { JoinConfig } from './config.ts';

/** Which series is joined to which. */
export class Pairs {
  readonly #context: OperatorContext<JoinConfig>;
  readonly #rightPath: (id: number) => { readonly path: string | undefined };
  readonly #isRight: (id: number) => { readonly is: boolean };
  /** Left series in order of their first sample: that of ids is another after a restore. */
  readonly #lefts: RowTable<never>;
  /** The same by the path of the right; `#indexed` of them. */
  readonly #byRight = new Map<string, number[]>();
  #indexed = 0;

  constructor(context: OperatorContext<JoinConfig>) {
    const { left, right } = context.config;
    let star = 0;
    const template = right.replaceAll(/\*\*?/g, () => `{${++star}}`);
    const pathOf = pathFrom(left, template);
    const isRight = matchesPath(right);
    this.#context = context;
    this.#rightPath = ofSeries(context.series, ({ path }) => ({ path: pathOf(path) }));
    this.#isRight = ofSeries(context.series, ({ path }) => ({ is: isRight(path) }));
    this.#lefts = context.state.rows('lefts', []);
  }

  isLeft(id: number): boolean {
    return this.#rightPath(id).path !== undefined;
  }

  isRight(id: number): boolean {
    return this.#isRight(id).is;
  }

  /** A left series has its first sample. */
  add(left: number): void {
    if (this.#lefts.of(left).length === 0) this.#lefts.add(left);
  }

  /** The series joined to a left one, once it is there. */
  rightOf(left: number): number | undefined {
    const { path } = this.#rightPath(left);
    return path === undefined ? undefined : this.#context.series.id(path);
  }

  leftsOf(right: number): readonly number[] {
    this.#index();
    return this.#byRight.get(this.#context.series.path(right)) ?? [];
  }

  /** All left series in order of their first sample. */
  *lefts(): Iterable<number> {
    for (const row of this.#lefts) yield this.#lefts.owner[row];
  }

  #index(): void {
    if (this.#indexed === this.#lefts.size) return;
    this.#byRight.clear();
    for (const left of this.lefts()) {
      const path = this.#rightPath(left).path ?? '';
      const known = this.#byRight.get(path);
      if (known) known.push(left);
      else this.#byRight.set(path, [left]);
    }
    this.#indexed = this.#lefts.size;
  }
}
