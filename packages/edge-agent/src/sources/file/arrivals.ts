/**
 * Times for records that bring none: when they are read, each at least 1 µs after the one before. Records that are read
 * together would otherwise have one time, and of two samples of one series and time only the later counts.
 */
export function arrivals(now: () => number): () => number {
  let last = -Infinity;
  return () => (last = Math.max(now(), last + 1));
}
