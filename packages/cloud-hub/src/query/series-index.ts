import { type Columns, Kind, type SeriesDefinition } from '@sluis/protocol';
import type { FileSeries } from './file-series.ts';

/** A row's place in the log above its segment's rows: epoch ordinal, lane, last sequence of its segment. */
export interface LogPlace {
  /** Epoch ordinal × 4 + lane. */
  readonly epochLane: number;
  readonly sequence: number;
}

/** What the plan of a query depends on and what rows that are loaded meanwhile can change. */
export interface SeriesShape {
  /** Every row in the queried time comes after all before it: no sort and no deduplication is needed. */
  readonly ordered: boolean;
  /** Bit set of {@link Kind}s that the series has had. */
  readonly kinds: number;
}

/** The row of a series with the greatest time. */
export interface LatestRow {
  readonly time: number;
  readonly value: number | bigint | string | boolean;
  readonly quality: number;
  readonly kind: number;
}

const INITIAL = 1024;

/**
 * What is known of each series without a query, by the hub's dense ids (1 and up).
 *
 * Rows of a series nearly always come in order of time. Those that do not lie, with all rows that they could repeat, in
 * its *late* time range: from the least time of a row that came late to the greatest time there was when one came.
 * Outside of it rows are in order and each identity occurs once.
 */
export class SeriesIndex {
  readonly #ids = new Map<string, number>();
  readonly #definitions: SeriesDefinition[] = [{ path: '', unit: '' }];
  #recounts = 0;
  #rows = new Float64Array(INITIAL);
  #first = new Float64Array(INITIAL).fill(Infinity);
  #last = new Float64Array(INITIAL).fill(-Infinity);
  #lateFrom = new Float64Array(INITIAL).fill(Infinity);
  #lateTo = new Float64Array(INITIAL).fill(-Infinity);
  #kinds = new Uint8Array(INITIAL);
  /** The latest row: what it is, and what it takes to replace it at the same time. */
  #value = new Float64Array(INITIAL);
  #exact: (bigint | string | boolean | undefined)[] = [];
  #quality = new Uint8Array(INITIAL);
  #kind = new Uint8Array(INITIAL);
  #revision = new Uint16Array(INITIAL);
  #epochLane = new Float64Array(INITIAL);
  #sequence = new Float64Array(INITIAL);

  get size(): number {
    return this.#definitions.length - 1;
  }

  id(path: string): number | undefined {
    return this.#ids.get(path);
  }

  definition(id: number): SeriesDefinition {
    return this.#definitions[id];
  }

  get paths(): Iterable<string> {
    return this.#ids.keys();
  }

  /** Definitions of the ids from `first` on; what is known already is skipped. */
  define(first: number, series: readonly SeriesDefinition[]): void {
    for (const [i, { path, unit }] of series.entries()) {
      if (first + i < this.#definitions.length) continue;
      if (first + i > this.#definitions.length) throw new RangeError(`series ${this.#definitions.length} is missing`);
      this.#definitions.push({ path, unit });
      this.#ids.set(path, first + i);
    }
    this.#reserve(this.#definitions.length);
  }

  rows(id: number): number {
    return this.#rows[id];
  }

  /** About how many rows a series has in a time (`to` exclusive), as if they came evenly. */
  rowsWithin(id: number, { from, to }: { readonly from: number; readonly to: number }): number {
    const [first, end] = [this.#first[id], this.#last[id] + 1];
    const share = (Math.min(to, end) - Math.max(from, first)) / (end - first);
    // Of a series without rows this is no number.
    return share > 0 ? Math.ceil(this.#rows[id] * share) : 0;
  }

  first(id: number): number {
    return this.#first[id];
  }

  last(id: number): number {
    return this.#last[id];
  }

  kinds(id: number): number {
    return this.#kinds[id];
  }

  late(id: number): { readonly from: number; readonly to: number } | undefined {
    return this.#lateFrom[id] <= this.#lateTo[id] ? { from: this.#lateFrom[id], to: this.#lateTo[id] } : undefined;
  }

  /** For a query of times from (inclusive) to (exclusive). */
  shape(id: number, from: number, to: number): SeriesShape {
    return { ordered: !(from <= this.#lateTo[id] && this.#lateFrom[id] < to), kinds: this.#kinds[id] };
  }

  latest(id: number): LatestRow | undefined {
    if (this.#rows[id] === 0) return undefined;
    const value = this.#exact[id] ?? this.#value[id];
    return { time: this.#last[id], value, quality: this.#quality[id], kind: this.#kind[id] };
  }

  /**
   * Rows `start` (inclusive) to `end` (exclusive) of one series, each time once, are about to be visible to queries.
   * What a query planned before and finds changed after its start, it plans again: so this comes first.
   */
  addRun(id: number, columns: Columns, start: number, end: number, place: LogPlace): void {
    const { time, kind } = columns;
    this.#rows[id] += end - start;
    let kinds = this.#kinds[id];
    let first = this.#first[id];
    let last = this.#last[id];
    let latest = -1;
    for (let row = start; row < end; row++) {
      const t = time[row];
      kinds |= 1 << (kind ? kind[row] : Kind.double);
      if (t < first) first = t;
      if (t > last) {
        last = t;
        latest = row;
        continue;
      }
      if (t < this.#lateFrom[id]) this.#lateFrom[id] = t;
      if (last > this.#lateTo[id]) this.#lateTo[id] = last;
      // Within a run a time occurs once, so the row with the greatest time so far is an earlier segment's.
      if (t === last && this.#wins(id, columns.revision?.[row] ?? 0, place)) latest = row;
    }
    this.#kinds[id] = kinds;
    this.#first[id] = first;
    this.#last[id] = last;
    if (latest >= 0) this.#setLatest(id, columns, latest, place);
  }

  /**
   * Rows that files have, file after file in the order of the view, and before any row that is loaded. Series that are
   * not defined are left out.
   * @returns how many
   */
  addFile(series: readonly FileSeries[]): number {
    let undefinedSeries = 0;
    for (const found of series) {
      const id = this.#ids.get(found.path);
      if (id === undefined) {
        undefinedSeries++;
        continue;
      }
      const last = this.#last[id];
      if (found.first <= last) {
        this.#lateFrom[id] = Math.min(this.#lateFrom[id], found.first);
        this.#lateTo[id] = Math.max(this.#lateTo[id], last);
      }
      this.#rows[id] += found.rows;
      this.#kinds[id] |= found.kinds;
      this.#first[id] = Math.min(this.#first[id], found.first);
      this.#last[id] = Math.max(this.#last[id], found.last);
      if (found.last < last || (found.last === last && !this.#wins(id, found.revision, found))) continue;
      this.#value[id] = typeof found.value === 'number' ? found.value : Number.NaN;
      this.#exact[id] = typeof found.value === 'number' ? undefined : found.value;
      this.#quality[id] = found.quality;
      this.#kind[id] = found.kind;
      this.#revision[id] = found.revision;
      this.#epochLane[id] = found.epochLane;
      this.#sequence[id] = found.sequence;
    }
    return undefinedSeries;
  }

  /**
   * Rows have expired, the oldest of each series: what is left, by id. All else that is known stays right: a row that
   * another one could repeat or come before is at most gone.
   */
  expired({ rows, first }: { rows: Float64Array; first: Float64Array }): void {
    this.#recounts++;
    this.#rows.set(rows);
    this.#first.set(first);
  }

  /** How often all rows were counted anew. */
  get recounts(): number {
    return this.#recounts;
  }

  /** The oldest `rows` of a series that is not late do not count any more; the others begin at `first`. */
  cut(id: number, { rows, first }: { rows: number; first: number }): void {
    this.#rows[id] -= rows;
    this.#first[id] = first;
  }

  #setLatest(id: number, columns: Columns, row: number, place: LogPlace): void {
    const kind = columns.kind?.[row] ?? Kind.double;
    this.#value[id] = columns.value[row];
    this.#exact[id] = exactValue(columns, row);
    this.#quality[id] = columns.quality[row];
    this.#kind[id] = kind;
    this.#revision[id] = columns.revision?.[row] ?? 0;
    this.#epochLane[id] = place.epochLane;
    this.#sequence[id] = place.sequence;
  }

  #wins(id: number, revision: number, { epochLane, sequence }: LogPlace): boolean {
    if (revision !== this.#revision[id]) return revision > this.#revision[id];
    if (epochLane !== this.#epochLane[id]) return epochLane > this.#epochLane[id];
    return sequence >= this.#sequence[id];
  }

  #reserve(size: number): void {
    if (size <= this.#rows.length) return;
    const length = Math.max(size, this.#rows.length * 2);
    this.#rows = grown(this.#rows, new Float64Array(length));
    this.#first = grown(this.#first, new Float64Array(length).fill(Infinity));
    this.#last = grown(this.#last, new Float64Array(length).fill(-Infinity));
    this.#lateFrom = grown(this.#lateFrom, new Float64Array(length).fill(Infinity));
    this.#lateTo = grown(this.#lateTo, new Float64Array(length).fill(-Infinity));
    this.#kinds = grown(this.#kinds, new Uint8Array(length));
    this.#value = grown(this.#value, new Float64Array(length));
    this.#quality = grown(this.#quality, new Uint8Array(length));
    this.#kind = grown(this.#kind, new Uint8Array(length));
    this.#revision = grown(this.#revision, new Uint16Array(length));
    this.#epochLane = grown(this.#epochLane, new Float64Array(length));
    this.#sequence = grown(this.#sequence, new Float64Array(length));
  }
}

/** The value of a row that is no double; integers as their own type, so that nothing is rounded. */
export function exactValue(columns: Columns, row: number): bigint | string | boolean | undefined {
  switch (columns.kind?.[row]) {
    case Kind.boolean:
      return columns.value[row] !== 0;
    case Kind.int64:
      return columns.integer?.[row];
    case Kind.uint64:
      return BigInt.asUintN(64, columns.integer?.[row] ?? 0n);
    case Kind.text:
      return columns.texts?.[columns.text?.[row] ?? 0];
    default:
      return undefined;
  }
}

function grown<C extends Uint8Array | Uint16Array | Float64Array>(from: C, to: C): C {
  to.set(from);
  return to;
}
