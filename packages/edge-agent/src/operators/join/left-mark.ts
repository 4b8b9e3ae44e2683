/** Beside its time and value, what is known of a left sample that has been joined, in one number. */
export interface LeftMark {
  readonly isUncertain: boolean;
  /** It has a result that was not taken back. */
  readonly isMatched: boolean;
  /** How often it was emitted: the next revision. */
  readonly emissions: number;
  /** Code of the text that it is joined to; 0 where that is a number. */
  readonly label: number;
}

/** Of a sample that was not emitted yet. */
export const nothing: LeftMark = { isUncertain: false, isMatched: false, emissions: 0, label: 0 };

const MAX_EMISSIONS = 0xffff;
const UNMATCHED = 2;
const EMISSION = 4;
const LABEL = EMISSION * (MAX_EMISSIONS + 1);

/** 0 for most: good, and emitted once, as the result of two numbers. */
export function markOf({ isUncertain, isMatched, emissions, label }: LeftMark): number {
  // What was never emitted and what was emitted once are told apart by whether they are matched.
  const again = Math.min(Math.max(0, emissions - 1), MAX_EMISSIONS);
  return label * LABEL + again * EMISSION + (isMatched ? 0 : UNMATCHED) + (isUncertain ? 1 : 0);
}

export function readMark(mark: number): LeftMark {
  const flags = mark % EMISSION;
  const again = Math.floor((mark % LABEL) / EMISSION);
  const isMatched = flags < UNMATCHED;
  const emissions = !isMatched && again === 0 ? 0 : again + 1;
  return { isUncertain: flags % UNMATCHED === 1, isMatched, emissions, label: labelOfLeft(mark) };
}

export function labelOfLeft(mark: number): number {
  return Math.floor(mark / LABEL);
}
