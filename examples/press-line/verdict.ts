import { loadOf, loadPath, type Window, windowsOf } from './expectations.ts';
import type { AgentClient } from './agent-client.ts';
import type { HubClient } from './hub-client.ts';
import type { Ledger, Samples, Value } from './ledger.ts';
import type { Percentiles } from './percentiles.ts';

/** The demo's last line. Each figure has one origin, and none is derived from another's. */
export interface Verdict {
  /** For which machines sent. */
  readonly seconds: number;
  /** Samples, by the machines' ledger. */
  readonly sent: number;
  /** Samples, by the agent's status. */
  readonly journaled: number;
  /** Samples that the hub gives out for the series that were sent. */
  readonly stored: number;
  /** Samples sent that the hub does not give out, or with another value. */
  readonly missing: number;
  /** Samples that the hub gives out beyond those that were sent. */
  readonly duplicates: number;
  /** Samples given up, as agent or hub report. */
  readonly shed: number;
  readonly windows: {
    /** Windows that the ledger's samples make. */
    readonly expected: number;
    /** Windows that the hub gives out. */
    readonly stored: number;
    /** Windows that are absent, too many, or have another count, mean, min or max. */
    readonly wrong: number;
  };
  /** Of segments, raw samples and results together, as the hub acked them. */
  readonly bytesPerSample: number;
  /** From the time that a sample carries to a client of the hub that sees it. */
  readonly latencyMs: { readonly p50: number; readonly p99: number };
}

export interface Judgement {
  readonly verdict: Verdict;
  /** What is not as it must be, for people. */
  readonly faults: readonly string[];
}

export interface Evidence {
  readonly seconds: number;
  /** What was sent, by path. */
  readonly sent: ReadonlyMap<string, Samples>;
  readonly ledger: Ledger;
  readonly hub: HubClient;
  readonly agent: AgentClient;
  readonly latency: Percentiles;
}

/** A mean may differ by the order of its summands. */
const MEAN_TOLERANCE = 1e-9;

/** Compares what the hub gives out with what was sent. */
export async function judge({ seconds, sent, ledger, hub, agent, latency }: Evidence): Promise<Judgement> {
  const raw = { stored: 0, missing: 0, extra: 0 };
  const load = { stored: 0, missing: 0, extra: 0 };
  const windows = { expected: 0, stored: 0, wrong: 0 };
  for (const [path, samples] of sent) {
    add(raw, compare(samples, await hub.samples(path)));
    add(load, compare(loadOf(path, samples), await hub.samples(loadPath(path))));
    const expected = windowsOf(samples);
    windows.expected += expected.length;
    const stored = await storedWindows(hub, path);
    windows.stored += stored.size;
    windows.wrong += wrongWindows(expected, stored);
  }
  const { journal, shed } = await agent.status();
  const agents = await hub.agents();
  const gaps = agents.flatMap((one) => one.gaps.map(({ samples }) => samples ?? 0));
  const bytes = total(agents.map(({ acked }) => acked.bytes));
  const samples = total(agents.map(({ acked }) => acked.samples));
  const verdict = {
    seconds: rounded(seconds, 3),
    sent: ledger.sent,
    journaled: journal?.samples ?? 0,
    stored: raw.stored,
    missing: raw.missing,
    duplicates: raw.extra,
    // Both tell of the same samples, the hub perhaps not yet of all.
    shed: Math.max(total(Object.values(shed)), total(gaps)),
    windows,
    bytesPerSample: rounded(bytes / samples, 3),
    latencyMs: { p50: rounded(latency.at(0.5), 1), p99: rounded(latency.at(0.99), 1) },
  };
  const faults = [
    raw.missing > 0 && `${raw.missing} samples are missing at the hub`,
    raw.extra > 0 && `${raw.extra} samples are at the hub and were not sent, or are there twice`,
    windows.wrong > 0 && `${windows.wrong} windows are absent, too many or wrong`,
    load.missing + load.extra > 0 && `stream "load": ${load.missing} samples are missing and ${load.extra} too many`,
    ledger.sent === 0 && 'nothing was sent',
  ];
  return { verdict, faults: faults.filter((fault) => fault !== false) };
}

interface Comparison {
  stored: number;
  missing: number;
  extra: number;
}

/** Compares bit by bit; the times of both rise. */
export function compare(expected: Samples, stored: Samples): Comparison {
  const at = new Map<number, Value>();
  for (let row = 0; row < expected.times.length; row++) at.set(expected.times[row], expected.values[row]);
  let extra = 0;
  for (let row = 0; row < stored.times.length; row++) {
    const value = at.get(stored.times[row]);
    if (value === undefined) extra++;
    else if (Object.is(value, stored.values[row])) at.delete(stored.times[row]);
  }
  return { stored: stored.times.length, missing: at.size, extra };
}

function add(sum: Comparison, { stored, missing, extra }: Comparison): void {
  sum.stored += stored;
  sum.missing += missing;
  sum.extra += extra;
}

/** By start: what the result series of the stream "windows" say. */
async function storedWindows(hub: HubClient, path: string): Promise<Map<number, StoredWindow>> {
  const windows = new Map<number, StoredWindow>();
  for (const aggregate of aggregates) {
    const { times, values } = await hub.samples(`${path}/windows/${aggregate}`);
    times.forEach((start, row) => windows.set(start, { ...windows.get(start), [aggregate]: values[row] }));
  }
  return windows;
}

/** What the hub has of a window. */
type StoredWindow = Partial<Record<keyof Window, Value>>;

const aggregates = ['count', 'mean', 'min', 'max'] as const;

/** Windows that are absent or differ, and windows that should not be. */
export function wrongWindows(expected: readonly Window[], stored: ReadonlyMap<number, StoredWindow>): number {
  const right = expected.filter((window) => isRight(window, stored.get(window.start))).length;
  const unexpected = stored.size - expected.filter(({ start }) => stored.has(start)).length;
  return expected.length - right + unexpected;
}

function isRight({ count, mean, min, max }: Window, stored: StoredWindow = {}): boolean {
  return (
    stored.count === count &&
    Object.is(stored.min, min) &&
    Object.is(stored.max, max) &&
    Math.abs(Number(stored.mean) - mean) <= MEAN_TOLERANCE * Math.abs(mean)
  );
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
