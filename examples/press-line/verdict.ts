import { add, compare, type StoredWindow, wrongWindows } from './compare.ts';
import { loadOf, loadPath, windowsOf } from './expectations.ts';
import type { AgentClient } from './agent-client.ts';
import type { HubClient } from './hub-client.ts';
import type { Ledger, Samples } from './ledger.ts';
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

/** Compares what the hub gives out with what was sent, and with what streams make of it. */
export async function judge({ seconds, sent, ledger, hub, agent, latency }: Evidence): Promise<Judgement> {
  const raw = { stored: 0, missing: 0, extra: await strayCount(hub, sent) };
  const load = { stored: 0, missing: 0, extra: 0 };
  const windows = { expected: 0, stored: 0, wrong: 0 };
  for (const [path, samples] of sent) {
    // One series after another, all that comes of it at once: quick, and never more than a hub takes from one client.
    const [stored, storedLoad, found] = await Promise.all([
      hub.samples(path),
      hub.samples(loadPath(path)),
      storedWindows(hub, path),
    ]);
    add(raw, compare(samples, stored));
    add(load, compare(loadOf(path, samples), storedLoad));
    const expected = windowsOf(samples);
    windows.expected += expected.length;
    windows.stored += found.windows.size;
    windows.wrong += wrongWindows(expected, found.windows) + found.repeated;
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

/** Samples in series of the hub that come of nothing that was sent. */
async function strayCount(hub: HubClient, sent: ReadonlyMap<string, Samples>): Promise<number> {
  const known = new Set(
    [...sent.keys()].flatMap((path) => [path, loadPath(path), ...aggregates.map((name) => windowPath(path, name))]),
  );
  return total((await hub.series()).map(({ path, samples }) => (known.has(path) ? 0 : samples)));
}

const aggregates = ['count', 'mean', 'min', 'max'] as const;

function windowPath(path: string, aggregate: (typeof aggregates)[number]): string {
  return `${path}/windows/${aggregate}`;
}

/** By start: what the result series of the stream "windows" say; and how often they say it again. */
async function storedWindows(
  hub: HubClient,
  path: string,
): Promise<{ windows: Map<number, StoredWindow>; repeated: number }> {
  const windows = new Map<number, StoredWindow>();
  let repeated = 0;
  const results = await Promise.all(aggregates.map((aggregate) => hub.samples(windowPath(path, aggregate))));
  results.forEach(({ times, values }, i) => {
    times.forEach((start, row) => {
      const window = windows.get(start) ?? {};
      if (aggregates[i] in window) repeated++;
      windows.set(start, { ...window, [aggregates[i]]: values[row] });
    });
  });
  return { windows, repeated };
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
