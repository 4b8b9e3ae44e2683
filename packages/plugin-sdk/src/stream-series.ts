import { SeriesTable } from '@sluis/protocol';

/**
 * The series of streams: a path in another unit is another series, as where a step converts or renames what came in. Only what
 * leaves has one unit for each path, the first.
 */
export class StreamSeries extends SeriesTable {
  /** By path and unit, those of a path but the one defined last. */
  readonly #others = new Map<string, number>();

  /** The id of `path` in this unit, defined now if it is new. */
  override intern(path: string, unit = ''): number {
    const last = this.id(path);
    if (last === undefined) return this.define({ path, unit });
    const { unit: lastUnit } = this.definition(last);
    if (lastUnit === unit) return last;
    const known = this.#others.get(keyOf(path, unit));
    if (known !== undefined) return known;
    this.#others.set(keyOf(path, lastUnit), last);
    return this.define({ path, unit });
  }
}

function keyOf(path: string, unit: string): string {
  return `${unit}\0${path}`;
}
