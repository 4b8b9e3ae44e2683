/** Sequences from `from` (inclusive) to `to` (exclusive). */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A set of sequences as sorted, disjoint, non-adjacent ranges: what was received, acked or shed. */
export class RangeSet {
  #ranges: Range[] = [];

  constructor(ranges: Iterable<Range> = []) {
    for (const range of ranges) this.add(range);
  }

  get ranges(): readonly Range[] {
    return this.#ranges;
  }

  /** Greatest member, or undefined for the empty set. */
  get highest(): number | undefined {
    const last = this.#ranges.at(-1);
    return last && last.to - 1;
  }

  add({ from, to }: Range): void {
    if (from >= to) return;
    const first = this.#indexFrom(from);
    let next = first;
    let merged = { from, to };
    while (next < this.#ranges.length && this.#ranges[next].from <= to) {
      merged = { from: Math.min(merged.from, this.#ranges[next].from), to: Math.max(merged.to, this.#ranges[next].to) };
      next++;
    }
    this.#ranges.splice(first, next - first, merged);
  }

  has(sequence: number): boolean {
    const range = this.#ranges[this.#indexFrom(sequence + 1)];
    return range !== undefined && range.from <= sequence && sequence < range.to;
  }

  /** True if every sequence of `range` is a member. */
  covers({ from, to }: Range): boolean {
    if (from >= to) return true;
    const range = this.#ranges[this.#indexFrom(from + 1)];
    return range !== undefined && range.from <= from && to <= range.to;
  }

  /** The parts of `within` that are not members, in order. */
  missing(within: Range): Range[] {
    const gaps: Range[] = [];
    let at = within.from;
    for (let i = this.#indexFrom(within.from + 1); i < this.#ranges.length && this.#ranges[i].from < within.to; i++) {
      if (this.#ranges[i].from > at) gaps.push({ from: at, to: this.#ranges[i].from });
      at = Math.max(at, this.#ranges[i].to);
    }
    if (at < within.to) gaps.push({ from: at, to: within.to });
    return gaps;
  }

  /** Index of the first range whose `to` is at or after `from`: the first that `add` could merge with. */
  #indexFrom(from: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges[middle].to < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
