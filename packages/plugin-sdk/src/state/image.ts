/**
 * State as plain data that can be cloned, serialized and restored where ids differ: series are numbered by their
 * place in `series`, and only that list knows their paths.
 */
export interface StateImage {
  readonly series: readonly string[];
  /** Their units; absent in what earlier versions wrote. */
  readonly units?: readonly string[];
  /** By the name under which the operator declared each part. */
  readonly parts: Readonly<Record<string, PartImage>>;
}

export type PartImage =
  | ScalarImage
  | Float64Image
  | RowsImage
  | RecentImage
  | TextImage
  | MapImage
  | RingImage
  | TimersImage
  | HistogramsImage;

export interface ScalarImage {
  readonly kind: 'scalar';
  readonly value: number;
}

export interface Float64Image {
  readonly kind: 'float64';
  /** The series that have another value than the initial one, and those values. */
  readonly series: Uint32Array;
  readonly values: Float64Array;
}

export interface RowsImage {
  readonly kind: 'rows';
  /** In order of `add`. */
  readonly owner: Uint32Array;
  readonly columns: Readonly<Record<string, Float64Array>>;
}

export interface RecentImage {
  readonly kind: 'recent';
  readonly series: Uint32Array;
  /** Per series: how many samples are remembered, and the greatest time that was forgotten. */
  readonly counts: Uint32Array;
  readonly forgotten: Float64Array;
  /** The samples of all series, one series after the other, in order of time. */
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** True if of a series that is not in it samples may have been forgotten. */
  readonly isCut?: boolean;
}

export interface TextImage {
  readonly kind: 'text';
  /** The series whose text is not '', and for each the place of its text among the distinct ones. */
  readonly series: Uint32Array;
  readonly text: Uint32Array;
  readonly texts: readonly string[];
}

export interface MapImage {
  readonly kind: 'map';
  /** In order of `open`. */
  readonly keys: readonly string[];
  readonly columns: Readonly<Record<string, Float64Array>>;
}

export interface RingImage {
  readonly kind: 'ring';
  readonly series: Uint32Array;
  /** Rows per series; then the rows of all series, one series after the other, oldest first. */
  readonly counts: Uint32Array;
  readonly columns: Readonly<Record<string, Float64Array>>;
}

export interface TimersImage {
  readonly kind: 'timers';
  /** The last tick that they have seen. */
  readonly tick: number;
  /** In order of `set`. */
  readonly series: Uint32Array;
  readonly times: Float64Array;
  /** Of timers on watermarks: how far event time of each series has come. */
  readonly watermarks: { readonly series: Uint32Array; readonly times: Float64Array };
}

export interface HistogramsImage {
  readonly kind: 'histograms';
  /** Of each histogram its series, the number that tells it from others of the series, and how many bins it has. */
  readonly series: Uint32Array;
  readonly which: Float64Array;
  readonly sizes: Uint32Array;
  /** The bins of all, one histogram after the other, in no order, and their counts. */
  readonly bins: Int32Array;
  readonly counts: Float64Array;
}

/** One part of an operator's state. `index` numbers a series for the image; `ids` gives the id for such a number. */
export interface Part {
  image(index: (series: number) => number): PartImage;
  /** Throws {@link StateMismatchError} if the image is of another kind of part. */
  restore(image: PartImage, ids: Uint32Array): void;
}

/** The image is not of this state: the operator declares a part under the same name differently. */
export class StateMismatchError extends Error {
  override readonly name = 'StateMismatchError';
}

/** An operator goes on adding to a part of its state where it should have bounded it. */
export class StateLimitError extends Error {
  override readonly name = 'StateLimitError';
}
