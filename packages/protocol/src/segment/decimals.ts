import { MAX_DECIMALS, MAX_INTEGER, powersOfTen } from './layout.ts';

/** Adding and subtracting it rounds a double of magnitude below 2^51 to a whole number, faster than Math.round. */
const ROUNDING = 1.5 * 2 ** 52;

/** A double that is no decimal. */
export const NOT_DECIMAL = MAX_DECIMALS + 1;

/** `value` × 10^`decimals` if dividing by 10^`decimals` gives back the very same double, otherwise NaN. */
export function scaled(value: number, decimals: number): number {
  const power = powersOfTen[decimals];
  const number = value * power + ROUNDING - ROUNDING;
  if (number / power !== value || number >= MAX_INTEGER || number <= -MAX_INTEGER) return Number.NaN;
  return number !== 0 || !Object.is(value, -0) ? number : Number.NaN;
}

/** The fewest decimals that write `value` exactly. */
export function decimalsOf(value: number): number {
  let decimals = 0;
  while (decimals <= MAX_DECIMALS && Number.isNaN(scaled(value, decimals))) decimals++;
  return decimals;
}
