/* What the load of the scenario `hub-store` is, for both of its ends. */

export const SERIES = 1000;
/** Of each series in a segment. */
export const ROWS = 25;
/** µs between two rows of a series: 36,000 an hour. */
export const SPACING = 100_000;
export const START = 1_700_000_000_000_000;
export const SAMPLES_PER_SEGMENT = SERIES * ROWS;

export const paths = Array.from({ length: SERIES }, (_, i) => `lab/line-${i % 10}/press-${i}/temperature`);

const HOUR = 3_600_000_000;

export function somePath(): string {
  return paths[Math.floor(Math.random() * SERIES)];
}

/** An hour of a series somewhere in so many segments: µs, inclusive and exclusive. */
export function someHour(segments: number): { path: string; from: number; to: number } {
  const span = segments * ROWS * SPACING;
  const from = START + Math.floor(Math.random() * Math.max(0, span - HOUR));
  return { path: somePath(), from, to: from + HOUR };
}

/** The same, as the hub is asked for it. */
export function hourOf(segments: number): string {
  const { path, from, to } = someHour(segments);
  return `series=${path}&from=${from}&to=${to}`;
}

/** To fill is to send as fast as the hub takes it. */
export type LoadOrder =
  | { readonly kind: 'connect'; readonly grpcPort: number }
  | { readonly kind: 'fill'; readonly segments: number }
  | { readonly kind: 'live'; readonly samplesPerSecond: number; readonly forMs: number };

/** An order was carried out: the sequence that comes next, and when each segment was sent (ms since 1970) and acked after. */
export interface LoadDone {
  readonly next: number;
  /** Of all segments that were ever sent. */
  readonly bytes: number;
  readonly sent: readonly { readonly sequence: number; readonly at: number }[];
  readonly ackMs: readonly number[];
}
