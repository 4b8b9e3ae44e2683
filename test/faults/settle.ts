import { AGGREGATES, type Differences, latestOf, sampleDifferences, windowDifferences } from '../e2e/account.ts';
import type { Gap, HubClient } from '../e2e/hub-client.ts';
import type { Sent } from '../e2e/load.ts';
import type { AgentProgram } from '../e2e/processes.ts';
import { Reference, type ReferenceWindow } from '../e2e/reference.ts';
import { until } from '../e2e/until.ts';

/** What was acknowledged to the senders. */
export interface Book {
  readonly tidy: Sent;
  readonly untidy: Sent;
  readonly typed: Sent;
  readonly mqtt: Sent;
}

export interface Settled {
  readonly acknowledged: number;
  /** Samples and windows that are neither at the hub nor in a gap that it reports. */
  readonly lost: number;
  /** Samples and windows that are twice, or wrong. */
  readonly double: number;
  /** Missing, and within a gap that the hub reports. */
  readonly shed: number;
  /** Results of windows that were compared. */
  readonly results: number;
  /** Bodies that were sent again. */
  readonly repeats: number;
  /** The first of each that is not as it should be. */
  readonly findings: readonly string[];
}

interface SettleOptions {
  readonly api: HubClient;
  readonly agent: AgentProgram;
  readonly book: Book;
  diagnosis(): string;
}

const SECOND = 1_000_000;
const DRAIN_MS = 120_000;
/** Results of windows are revised with the next tick, and gaps are reported within seconds, or later on a busy machine. */
const SETTLED_MS = 90_000;
const MOST_FINDINGS = 12;

/** Waits until everything has reached the hub, and compares; again while something is not as it should be, up to a deadline. */
export async function settle({ api, agent, book, diagnosis }: SettleOptions): Promise<Settled> {
  await until(
    'the agent has sent all and the hub tells it',
    async () => {
      const { streams, outbox } = await agent.status();
      return outbox?.samples === 0 && Object.values(streams).every(({ lag }) => lag === 0);
    },
    { withinMs: DRAIN_MS, diagnosis },
  );
  const { tidy, untidy, typed, mqtt } = book;
  const expected = latestOf(Object.values(book).flatMap(({ acknowledged }) => acknowledged));
  using reference = new Reference([...tidy.acknowledged, ...untidy.acknowledged, ...mqtt.acknowledged]);
  const windows = {
    plain: reference.windows({ every: SECOND }),
    steps: reference.windows({ every: SECOND, below: 500, deadband: 0.05 }).filter(({ series }) => /tidy/.test(series)),
  };
  const counts = {
    acknowledged: Object.values(book).reduce((sum, { acknowledged }) => sum + acknowledged.length, 0),
    results: Object.values(windows).reduce((sum, some) => sum + some.length * AGGREGATES.length, 0),
    repeats: tidy.repeats + untidy.repeats + typed.repeats,
  };
  let last: Settled | undefined;
  try {
    return await until(
      'everything is at the hub',
      async () => {
        last = { ...counts, ...(await compare(api, expected, windows)) };
        return last.lost === 0 && last.double === 0 ? last : undefined;
      },
      { withinMs: SETTLED_MS },
    );
  } catch (error) {
    if (!last) throw error;
    return last;
  }
}

async function compare(
  api: HubClient,
  expected: ReturnType<typeof latestOf>,
  windows: Readonly<Record<string, readonly ReferenceWindow[]>>,
): Promise<Pick<Settled, 'lost' | 'double' | 'shed' | 'findings'>> {
  const gaps = (await api.agents()).flatMap((agent) => agent.gaps);
  const tally = new Tally(gaps);
  const known = new Set<string>();
  for (const [series, samples] of expected) {
    known.add(series);
    tally.add(series, await sampleDifferences(api, series, samples), 0);
  }
  for (const [stream, all] of Object.entries(windows)) {
    for (const [series, some] of Map.groupBy(all, (window) => window.series)) {
      for (const aggregate of AGGREGATES) {
        const path = `${series}/${stream}/${aggregate}`;
        known.add(path);
        tally.add(path, await windowDifferences(api, path, aggregate, some), SECOND);
      }
    }
  }
  for (const { path, samples } of await api.series()) {
    const isOfOpenWindows = /\/(plain|steps)\//.test(path) && expected.has(path.split('/').slice(0, -2).join('/'));
    if (!known.has(path) && !isOfOpenWindows) tally.stranger(path, samples);
  }
  return tally;
}

/**
 * What is missing counts as shed while the gaps account for it: each up to the number of samples that it tells, or all
 * between its times if it cannot tell how many. A window that has lost samples to a gap may be missing or of fewer.
 */
class Tally {
  lost = 0;
  double = 0;
  shed = 0;
  readonly findings: string[] = [];
  readonly #gaps: readonly Gap[];
  #accounted: number;

  constructor(gaps: readonly Gap[]) {
    this.#gaps = gaps;
    this.#accounted = gaps.reduce((sum, { samples }) => sum + (samples ?? 0), 0);
  }

  /** Those of a series whose values cover `span` µs from their time on. */
  add(path: string, { missing, wrong }: Differences, span: number): void {
    for (const time of missing) {
      if (this.#isInGap(time, span) || this.#accounted-- > 0) this.shed++;
      else this.#find('lost', `${path} lacks ${time}`);
    }
    for (const { time, how } of wrong) {
      if (span > 0 && this.#isInGap(time, span)) this.shed++;
      else this.#find('double', `${path} at ${time}: ${how}`);
    }
  }

  stranger(path: string, samples: number): void {
    this.double += samples - 1;
    this.#find('double', `nobody sent ${path}, of ${samples} samples`);
  }

  #isInGap(time: number, span: number): boolean {
    return this.#gaps.some(({ samples, firstTime, lastTime }) => {
      if (span === 0 && samples !== null) return false;
      return (firstTime ?? -Infinity) < time + span + 1 && time <= (lastTime ?? Infinity);
    });
  }

  #find(kind: 'lost' | 'double', what: string): void {
    this[kind]++;
    if (this.findings.length < MOST_FINDINGS) this.findings.push(`${kind}: ${what}`);
  }
}
