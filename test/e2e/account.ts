import type { HubClient, Value } from './hub-client.ts';
import type { Sample } from './load.ts';
import type { ReferenceWindow } from './reference.ts';

export const AGGREGATES = ['count', 'sum', 'mean', 'min', 'max', 'first', 'last', 'stddev'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

/** Relative; sums are taken in another order than SQL's. */
const TOLERANCE = 1e-9;
/** The spread of equal values is 0, or what rounding their mean leaves of it. */
const LEAST = 1e-12;

/** What the hub has of one series, against what it should have. */
export interface Differences {
  /** Times (µs) of what it lacks. */
  readonly missing: readonly number[];
  /** What it has twice, otherwise than it should, or though nobody sent it: at which time, and how. */
  readonly wrong: readonly Wrong[];
}

export interface Wrong {
  readonly time: number;
  /** There more than once; though nobody sent it; counted from more than there was; or of another value or quality. */
  readonly kind: 'twice' | 'unknown' | 'more' | 'value' | 'quality';
  /** What it is, as JSON has it, where `kind` is 'value'. */
  readonly value?: Value;
  /** For people. */
  readonly how: string;
}

/** Of each series and time the sample that was sent last. */
export function latestOf(samples: Iterable<Sample>): Map<string, Map<number, Value>> {
  const latest = new Map<string, Map<number, Value>>();
  for (const { series, time, value } of samples) {
    let times = latest.get(series);
    if (!times) latest.set(series, (times = new Map()));
    times.set(time, value);
  }
  return latest;
}

/** Of each series and time the values that were sent before the last one, as JSON has them. */
export function earlierOf(samples: Iterable<Sample>): Map<string, Map<number, Value[]>> {
  const said = new Map<string, Map<number, Value[]>>();
  for (const { series, time, value } of samples) {
    let times = said.get(series);
    if (!times) said.set(series, (times = new Map()));
    const values = times.get(time);
    if (values) values.push(inJson(value));
    else times.set(time, [inJson(value)]);
  }
  for (const times of said.values()) {
    for (const values of times.values()) values.pop();
  }
  return said;
}

/** Bit for bit. */
export async function sampleDifferences(
  api: HubClient,
  series: string,
  expected: ReadonlyMap<number, Value>,
): Promise<Differences> {
  const answer = await api.get('/api/v1/samples', { series });
  const text = await answer.text();
  if (answer.status === 404) return { missing: [...expected.keys()], wrong: [] };
  if (!answer.ok) throw new Error(`${answer.status} for the samples of ${series}: ${text}`);
  const { rows } = JSON.parse(text) as { rows: [number, Value, string][] };
  const wrong: Wrong[] = [];
  const seen = new Set<number>();
  for (const [time, value, quality] of rows) {
    const sent = expected.get(time);
    if (seen.has(time)) wrong.push({ time, kind: 'twice', how: 'is there twice' });
    else if (sent === undefined) wrong.push({ time, kind: 'unknown', how: 'was never sent' });
    else if (quality !== 'good') wrong.push({ time, kind: 'quality', how: `is ${quality}` });
    else if (!Object.is(inJson(sent), value))
      wrong.push({ time, kind: 'value', value, how: `is ${value}, sent was ${sent}` });
    seen.add(time);
  }
  return { missing: [...expected.keys()].filter((time) => !seen.has(time)), wrong };
}

/** Results of one aggregate, of windows of one series; `want` may hold windows without a result for it. */
export async function windowDifferences(
  api: HubClient,
  path: string,
  aggregate: Aggregate,
  want: readonly ReferenceWindow[],
): Promise<Differences> {
  const { time, value } = await api.numbers(path);
  const left = new Map(time.map((t, i) => [t, value[i]]));
  const missing: number[] = [];
  const wrong: Wrong[] = [];
  if (left.size < time.length) wrong.push({ time: time[0], kind: 'twice', how: `${path} has a window twice` });
  const exact = aggregate !== 'mean' && aggregate !== 'sum' && aggregate !== 'stddev';
  for (const { start, count, [aggregate]: right } of want) {
    if (right === null) continue;
    const mine = left.get(start);
    left.delete(start);
    if (mine === undefined) {
      missing.push(start);
      continue;
    }
    const same = exact ? Object.is(mine, right) : Math.abs(mine - right) <= TOLERANCE * Math.abs(right) + LEAST;
    const kind = aggregate === 'count' && mine > right ? 'more' : 'value';
    if (!same)
      wrong.push({ time: start, kind, value: mine, how: `${path} is ${mine}, SQL has ${right} of ${count} samples` });
  }
  for (const start of left.keys())
    wrong.push({ time: start, kind: 'unknown', how: `${path} has a window that SQL does not have` });
  return { missing, wrong };
}

/** A value as the hub writes it in JSON. */
export function inJson(value: Value): Value {
  if (typeof value !== 'bigint') return value;
  return value > 2n ** 53n || value < -(2n ** 53n) ? String(value) : Number(value);
}
