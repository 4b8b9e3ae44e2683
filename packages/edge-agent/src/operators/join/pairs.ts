import { matchesPath, type OperatorContext, ofSeries, pathFrom, type RowTable } from '@sluis/plugin-sdk';
import type { JoinConfig } from './config.ts';

/** Which series is joined to which. */
export class Pairs {
  readonly #context: OperatorContext<JoinConfig>;
  readonly #right: (id: number) => { readonly path: string | undefined; id: number | undefined };
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
    this.#right = ofSeries(context.series, ({ path }) => ({ path: pathOf(path), id: undefined }));
    this.#isRight = ofSeries(context.series, ({ path }) => ({ is: isRight(path) }));
    this.#lefts = context.state.rows('lefts', []);
  }

  isLeft(id: number): boolean {
    return this.#right(id).path !== undefined;
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
    const right = this.#right(left);
    if (right.id === undefined && right.path !== undefined) right.id = this.#context.series.id(right.path);
    return right.id;
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
      const path = this.#right(left).path ?? '';
      const known = this.#byRight.get(path);
      if (known) known.push(left);
      else this.#byRight.set(path, [left]);
    }
    this.#indexed = this.#lefts.size;
  }
}
