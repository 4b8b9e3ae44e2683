/** µs since 1970 in whole steps, never going back: machines stamp samples with it and latency is read from it. */
export function now(): number {
  return Math.floor((performance.timeOrigin + performance.now()) * 1000);
}
