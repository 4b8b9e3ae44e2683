/*
 * What a benchmark is: a scenario measures figures, each beside its yardstick, in one run on the same data. `bench.ts` runs
 * each scenario of the table (`scenarios/index.ts`) in a process of its own and makes the table, the JSON and the report.
 */

export interface Scenario {
  /** By which it is called: `pnpm bench codec`. */
  readonly name: string;
  /** One line: what is measured, against what. */
  readonly about: string;
  /** About how long it takes on two cores. */
  readonly seconds: number;
  /** Only run if called by its name, because it takes long or needs much of the disk. */
  readonly onlyByName?: boolean;
  /** Why it cannot be run here, and what to do; undefined if it can. */
  missing?(given: Given): string | undefined;
  run(context: Context): Promise<Result>;
}

/** What the command line gives to all scenarios. */
export interface Given {
  /** A folder of public data sets, which are not part of the project: `nab` in it is the Numenta Anomaly Benchmark. */
  readonly data: string;
}

export interface Context extends Given {
  /** A temporary folder on the disk to measure; it is removed afterwards. */
  readonly folder: string;
  /** Says how far it is, on stderr. */
  progress(text: string): void;
}

export interface Result {
  readonly figures: readonly Figure[];
  readonly plots?: readonly Plot[];
  /** What a reader must know to judge the figures: what is counted, what is left out. */
  readonly notes?: readonly string[];
  /** Figures with a target that could not be measured here: a target is never met by being left out. */
  readonly unmeasured?: readonly Unmeasured[];
}

export type Unmeasured = Pick<Figure, 'what' | 'target' | 'ratioTarget'> & {
  /** What is missing, and what to do. */
  readonly why: string;
};

export interface Figure {
  readonly what: string;
  readonly value: number;
  /** `samples/s`, `bytes/sample`, `CPU-s/million`, `ms`, `MB` … */
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** By which another run may differ though nothing has changed, as a share of it: 0 of what is counted; undefined of what was measured once. */
  readonly spread?: number;
  /** Of `value`. */
  readonly target?: Target;
  /** Measured in the same run, in the same unit. The ratio is value / yardstick. */
  readonly yardstick?: { readonly what: string; readonly value: number; readonly spread?: number };
  /** Of the ratio. */
  readonly ratioTarget?: Target;
}

export type Target = { readonly atLeast: number } | { readonly atMost: number };

export interface Plot {
  readonly title: string;
  readonly kind: 'line' | 'bars' | 'histogram';
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
}

export interface Axis {
  readonly label: string;
  readonly scale?: 'linear' | 'log';
}
