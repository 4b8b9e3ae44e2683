/** Start of the interval that has a time, where intervals of this length start at multiples of it. Exact for whole numbers below 2^53. */
export function intervalAt(time: number, length: number): number {
  return Math.floor(time / length) * length;
}
