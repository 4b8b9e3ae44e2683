import type { SeriesTable } from '@sluis/protocol';
import type {
  Histograms,
  KeyedRows,
  RecentSamples,
  Rings,
  RowTable,
  Scalar,
  SeriesColumn,
  State,
  TextColumn,
  TimerClock,
  Timers,
} from '../state.ts';
import { type Part, type PartImage, type StateImage, StateMismatchError } from './image.ts';
import { KeyedTable } from './keyed-rows.ts';
import { SortedRings } from './recent-samples.ts';
import { LinkedRowTable } from './row-table.ts';
import { Float64Column } from './series-column.ts';
import { DEFAULT_BINS, SeriesHistograms } from './series-histograms.ts';
import { DEFAULT_LIMIT, SeriesRings } from './series-rings.ts';
import { SeriesTexts } from './text-column.ts';
import { SeriesTimers } from './series-timers.ts';

/**
 * The state of one operator. What continues from a restored image is bitwise what would have continued without it, also
 * where series have got other ids. A part may be declared before or after `restore`.
 */
export class OperatorState implements State {
  readonly #series: SeriesTable;
  readonly #remembered: number;
  readonly #isCut: boolean;
  readonly #parts = new Map<string, Part>();
  #restored: { image: StateImage; ids: Uint32Array } | undefined;

  /**
   * `remembered`: where there is little room for snapshots, no part has more recent samples or rows of rings than this,
   * whatever an operator asks for.
   * `isCut`: samples have come before, of which nothing is known. A series' first sample then counts as forgotten with them.
   */
  constructor(
    series: SeriesTable,
    {
      remembered = Number.POSITIVE_INFINITY,
      isCut = false,
    }: { remembered?: number | undefined; isCut?: boolean | undefined } = {},
  ) {
    this.#series = series;
    this.#remembered = remembered;
    this.#isCut = isCut;
  }

  scalar(name: string, initial: number): Scalar {
    return this.#declare(name, new ScalarPart(initial));
  }

  float64(name: string, initial: number): SeriesColumn {
    return this.#declare(name, new Float64Column(initial));
  }

  rows<Field extends string>(name: string, fields: readonly Field[]): RowTable<Field> {
    return this.#declare(name, new LinkedRowTable(fields));
  }

  recent(name: string, { budget, most }: { readonly budget: number; readonly most?: number }): RecentSamples {
    const options = { isCut: this.#isCut, ...(most !== undefined && { most }) };
    return this.#declare(name, new SortedRings(Math.min(budget, this.#remembered), options));
  }

  text(name: string): TextColumn {
    return this.#declare(name, new SeriesTexts());
  }

  map<Field extends string>(
    name: string,
    fields: readonly Field[],
    options: { readonly capacity?: number } = {},
  ): KeyedRows<Field> {
    return this.#declare(name, new KeyedTable(fields, options));
  }

  ring<Field extends string>(
    name: string,
    options: { readonly capacity: number; readonly fields: readonly Field[]; readonly limit?: number },
  ): Rings<Field> {
    const { limit = DEFAULT_LIMIT } = options;
    return this.#declare(name, new SeriesRings({ ...options, limit: Math.min(limit, this.#remembered) }));
  }

  histograms(name: string): Histograms {
    return this.#declare(name, new SeriesHistograms({ limit: Math.min(DEFAULT_BINS, this.#remembered) }));
  }

  timers(name: string, options: { readonly on: TimerClock }): Timers {
    return this.#declare(name, new SeriesTimers(options));
  }

  snapshot(): StateImage {
    const series: string[] = [];
    const units: string[] = [];
    const numbers = new Map<number, number>();
    const index = (id: number): number => {
      const known = numbers.get(id);
      if (known !== undefined) return known;
      numbers.set(id, series.length);
      const { path, unit } = this.#series.definition(id);
      units.push(unit);
      return series.push(path) - 1;
    };
    const parts: Record<string, PartImage> = {};
    for (const [name, part] of this.#parts) parts[name] = part.image(index);
    return { series, units, parts };
  }

  /** Throws {@link StateMismatchError} if the image is of another operator or version. */
  restore(image: StateImage): void {
    const { series, units } = image;
    const ids = Uint32Array.from(series, (path, i) => {
      const known = units ? undefined : this.#series.id(path);
      return known ?? this.#series.intern(path, units?.[i]);
    });
    this.#restored = { image, ids };
    for (const [name, part] of this.#parts) this.#restorePart(name, part);
  }

  #declare<P extends Part>(name: string, part: P): P {
    if (this.#parts.has(name)) throw new TypeError(`state '${name}' is declared twice`);
    this.#parts.set(name, part);
    this.#restorePart(name, part);
    return part;
  }

  #restorePart(name: string, part: Part): void {
    if (!this.#restored) return;
    const image = this.#restored.image.parts[name];
    if (!image) throw new StateMismatchError(`the image has no '${name}'`);
    part.restore(image, this.#restored.ids);
  }
}

class ScalarPart implements Scalar, Part {
  value: number;

  constructor(initial: number) {
    this.value = initial;
  }

  image(): PartImage {
    return { kind: 'scalar', value: this.value };
  }

  restore(image: PartImage): void {
    if (image.kind !== 'scalar') throw new StateMismatchError(`expected scalar, found ${image.kind}`);
    this.value = image.value;
  }
}
