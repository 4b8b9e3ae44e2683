/** From values to pixels, and where to write a number beside the axis. */
export interface Scale {
  readonly ticks: readonly number[];
  /** 0 at the low end of the axis, 1 at its high end. */
  at(value: number): number;
}

/** About so many numbers can be read along an axis. */
const TICKS = 6;
/** Of fewer decades than that, a log axis also has ticks at 2 and 5. */
const FEW_DECADES = 3;

/** Its ends are ticks; `from` says what must be on it besides the values, such as 0. */
export function linearScale(values: readonly number[], from?: number): Scale {
  const known = from === undefined ? values : [...values, from];
  let low = Math.min(...known);
  let high = Math.max(...known);
  if (!(high > low)) [low, high] = around(low);
  const step = niceStep((high - low) / TICKS);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  // Multiples of the step, not sums: sums of 0.1 drift.
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  const [start, end] = [first * step, last * step];
  return { ticks, at: (value) => (value - start) / (end - start) };
}

/** For values above 0; others lie at the low end. */
export function logScale(values: readonly number[]): Scale {
  const positive = values.filter((value) => value > 0);
  let low = Math.floor(Math.log10(Math.min(...positive)) + 1e-9);
  let high = Math.ceil(Math.log10(Math.max(...positive)) - 1e-9);
  if (positive.length === 0) [low, high] = [0, 1];
  if (low === high) high++;
  const every = Math.ceil((high - low) / TICKS);
  const within = high - low < FEW_DECADES ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let decade = low; decade <= high; decade += every) {
    for (const factor of decade === high ? [1] : within) ticks.push(Number((factor * 10 ** decade).toPrecision(3)));
  }
  return { ticks, at: (value) => (value > 0 ? (Math.log10(value) - low) / (high - low) : 0) };
}

function around(value: number): [number, number] {
  if (!Number.isFinite(value)) return [0, 1];
  return value === 0 ? [0, 1] : [Math.min(0, 2 * value), Math.max(0, 2 * value)];
}

/** 1, 2 or 5 times a power of ten, and not below `step`. */
function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 5].find((one) => one * power >= step * (1 - 1e-9)) ?? 10;
  return factor * power;
}
