/**
 * A number from 0 up to 1 that follows from the numbers given alone: the same for a longer input, so that what fails can be cut
 * short. The finalizer of MurmurHash3 over each of them.
 */
export function randomAt(seed: number, ...place: readonly number[]): number {
  let hash = seed | 0;
  for (const part of place) {
    hash = Math.imul(hash ^ (part + 0x9e3779b9), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 0) / 2 ** 32;
}

/** The list in another order. */
export function shuffled<T>(list: readonly T[], seed: number): T[] {
  const keyed = list.map((item, i) => ({ item, key: randomAt(seed, i) }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
