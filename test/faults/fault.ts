/*
 * What a fault test is. `faults.ts` runs those of the table (`index.ts`), each in a process of its own, and writes the
 * scoreboard, docs/reliability.md.
 */

export interface Fault {
  /** By which it is called: `pnpm test:faults kill-agent`. */
  readonly name: string;
  /** One line for the scoreboard: what is done to what. */
  readonly about: string;
  /** About how long it takes on two cores. */
  readonly seconds: number;
  /** It damages what is stored, or its configuration has a policy that sheds: what a gap tells of is not lost. */
  readonly mayShed?: boolean;
  /** What it needs and does not find (root, a tool, a kernel feature), and what to do; undefined if it can run. */
  missing?(): string | undefined | Promise<string | undefined>;
  run(context: FaultContext): Promise<Outcome>;
}

export interface FaultContext {
  /** A temporary folder, removed afterwards unless the fault test fails. */
  readonly folder: string;
  /** Of all that is drawn; the same seed draws the same. */
  readonly seed: number;
  /** 1 for the full counts of the scoreboard; less for a quick look. */
  readonly share: number;
  progress(text: string): void;
}

/** Counted against the sender's own book by querying the hub (or reading what is on disk), never by a counter of ours. */
export interface Outcome {
  /** How often the fault was done: kills, cuts, flips, connections … */
  readonly rounds: number;
  /** Samples that were acknowledged to their sender. */
  readonly acknowledged: number;
  /** Acknowledged, and neither stored nor reported as given up by a declared policy. */
  readonly lost: number;
  /** Samples or windows stored twice, or wrong. */
  readonly double: number;
  /** Agent and hub were up afterwards, or up again, without a hand. */
  readonly recovered: boolean;
  /** Given up by a declared policy, or with what was damaged, and reported as a gap; lost unless the fault {@link Fault.mayShed}. */
  readonly shed?: number;
  /** What else is worth a line: time to recovery, what was noticed. */
  readonly note?: string;
}
