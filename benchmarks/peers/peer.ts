import type { Watched } from '../load/processes.ts';

/*
 * A peer is a program that can do the edge's work of the comparison. All get the same bytes from the same generator, line
 * protocol over TCP, and shall
 *
 *   raw   parse each sample, keep it on the edge's disk and hand it to a receiver,
 *   ten   do the same with windows of ten seconds per series (mean, min, max, count) over the samples whose value is
 *         below 500 and which differ by more than 0.05 from the last that passed.
 */

export const WHERE_BELOW = 500;
export const DEADBAND = 0.05;
/** µs. */
export const EVERY = 10_000_000;

export interface Peer {
  readonly name: string;
  /** Where its work is easier or harder than the others': sentences for the reader of the figures. */
  readonly about: readonly string[];
  /**
   * Samples/s that it takes for long on two cores beside the generator. Undefined: not known, or its windows follow the
   * clock; it is sent what is now, and its windows are compared but need not all be right.
   */
  readonly fast?: number;
  /** Its windows are over all samples below 500: it has nothing that compares with the last that passed. */
  readonly withoutDeadband?: true;
  /** Why it cannot be run here. */
  missing?(): string | undefined;
  /** Starts it with nothing kept and nothing received, ready to be connected to. */
  start(setting: Setting): Promise<Running>;
}

export interface Setting {
  /** An empty folder of this run, on the disk to measure. */
  readonly folder: string;
  /** The first level of all paths is `lab`, by the contract of the agent. */
  readonly measurement: string;
}

export interface Running extends AsyncDisposable {
  /** Where it takes line protocol over TCP. */
  readonly port: number;
  /** The processes that do the edge's work. */
  edge(): readonly Watched[];
  /** The processes that receive, if they are programs that people run and not a counter of ours. */
  receiver(): readonly Watched[];
  received(): Promise<Counts>;
  /** Samples that the receiver has so far, at least: asked for while it is measured, so it must cost next to nothing. */
  progress(): Promise<number>;
  /** Those of some machines at least, all of each. */
  windows(): Promise<readonly Window[]>;
  /** Of samples that its own disk holds; undefined where it keeps none. */
  kept(): Promise<number | undefined>;
  /** The end of what it logged. */
  diagnosis(): string;
}

export interface Counts {
  readonly samples: number;
  readonly windows: number;
}

export interface Window {
  /** The value of the tag `machine`. */
  readonly machine: string;
  /** µs since 1970. */
  readonly start: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}
