import { matchesPath, type OperatorContext, ofSeries, pathFrom, type RowTable } from '@sluis/plugin-sdk';
import type { JoinConfig } from './config.ts';

/** What a series is in a join. */
interface Pair {
  readonly isLeft: boolean;
  readonly isRight: boolean;
  /** Of a left series: the path of the right one, and its id once it is there. */
  readonly rightPath: string | undefined;
  right: number | undefined;
  /** Of a right series: the left ones that have had a sample, in order of their first. */
  readonly lefts: number[];
  isAdded: boolean;
}

/** Which series is joined to which. */
export class Pairs {
  readonly #context: OperatorContext<JoinConfig>;
  readonly #pair: (id: number) => Pair;
  /** Left series in order of their first sample: that of ids is another after a restore. */
  readonly #lefts: RowTable<never>;
  /** What follows from that and from names, `#indexed` of them: left series by the path of the right one. */
  readonly #byRight = new Map<string, number[]>();
  #indexed = 0;

  constructor(context: OperatorContext<JoinConfig>) {
    const { left, right } = context.config;
    let star = 0;
    const template = right.replaceAll(/\*\*?/g, () => `{${++star}}`);
    const pathOf = pathFrom(left, template);
    const isRight = matchesPath(right);
    this.#context = context;
    this.#pair = ofSeries(context.series, ({ path }) => {
      const rightPath = pathOf(path);
      return {
        isLeft: rightPath !== undefined,
        isRight: isRight(path),
        rightPath,
        right: undefined,
        lefts: isRight(path) ? this.#leftsAt(path) : [],
        isAdded: false,
      };
    });
    this.#lefts = context.state.rows('lefts', []);
  }

  isLeft(id: number): boolean {
    return this.#pair(id).isLeft;
  }

  isRight(id: number): boolean {
    return this.#pair(id).isRight;
  }

  /** A left series has a sample, perhaps its first. */
  add(left: number): void {
    this.#index();
    if (this.#pair(left).isAdded) return;
    this.#lefts.add(left);
    this.#indexOne(left);
  }

  /** The series joined to a left one, once it is there. */
  rightOf(left: number): number | undefined {
    const pair = this.#pair(left);
    if (pair.right === undefined && pair.rightPath !== undefined) pair.right = this.#context.series.id(pair.rightPath);
    return pair.right;
  }

  leftsOf(right: number): readonly number[] {
    this.#index();
    return this.#pair(right).lefts;
  }

  /** All left series in order of their first sample. */
  *lefts(): Iterable<number> {
    for (const row of this.#lefts) yield this.#lefts.owner[row];
  }

  /** Series are never taken out: where some are missing, all have been restored. */
  #index(): void {
    if (this.#indexed === this.#lefts.size) return;
    for (const left of this.lefts()) this.#indexOne(left);
  }

  #indexOne(left: number): void {
    const pair = this.#pair(left);
    if (pair.isAdded) return;
    pair.isAdded = true;
    this.#leftsAt(pair.rightPath ?? '').push(left);
    this.#indexed++;
  }

  #leftsAt(right: string): number[] {
    const known = this.#byRight.get(right);
    if (known) return known;
    const lefts: number[] = [];
    this.#byRight.set(right, lefts);
    return lefts;
  }
}
