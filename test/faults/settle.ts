import { AGGREGATES, earlierOf, latestOf, sampleDifferences, windowDifferences } from '../e2e/account.ts';
import type { HubClient, Value } from '../e2e/hub-client.ts';
import type { Sent } from '../e2e/load.ts';
import type { AgentProgram, HubProgram } from '../e2e/processes.ts';
import { Reference, type ReferenceWindow } from '../e2e/reference.ts';
import { until } from '../e2e/until.ts';
import type { HubFiles } from './hub-files.ts';
import { Tally } from './tally.ts';
import { whatIsDown } from './what-is-down.ts';

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
  /** Missing, or as it was before a correction or sample that is, and excused by a gap that the hub reports: see {@link Tally}. */
  readonly shed: number;
  /** Results of windows that were compared. */
  readonly results: number;
  /** Bodies that were sent again. */
  readonly repeats: number;
  /** That the hub has made under the load. */
  readonly files: HubFiles;
  /** Parts of agent and hub that are not up. */
  readonly down: readonly string[];
  /** The first of each that is not as it should be. */
  readonly findings: readonly string[];
}

interface SettleOptions {
  readonly api: HubClient;
  readonly agent: AgentProgram;
  readonly hub: HubProgram;
  readonly files: HubFiles;
  readonly book: Book;
  diagnosis(): string;
}

const SECOND = 1_000_000;
const DRAIN_MS = 120_000;
/** Results of windows are revised with the next tick, and gaps are reported within seconds, or later on a busy machine. */
const SETTLED_MS = 90_000;

/** Waits until everything has reached the hub, and compares; again while something is not as it should be, up to a deadline. */
export async function settle({ api, agent, hub, files, book, diagnosis }: SettleOptions): Promise<Settled> {
  await until(
    'the agent has sent all and the hub tells it',
    async () => {
      const { streams, outbox } = await agent.status();
      return outbox?.samples === 0 && Object.values(streams).every(({ lag }) => lag === 0);
    },
    { withinMs: DRAIN_MS, diagnosis },
  );
  const { tidy, untidy, typed, mqtt } = book;
  const samples = Object.values(book).flatMap(({ acknowledged }) => acknowledged);
  const expected = { latest: latestOf(samples), earlier: earlierOf(samples) };
  using reference = new Reference([...tidy.acknowledged, ...untidy.acknowledged, ...mqtt.acknowledged]);
  const windows = {
    plain: reference.windows({ every: SECOND }),
    steps: reference.windows({ every: SECOND, below: 500, deadband: 0.05 }).filter(({ series }) => /tidy/.test(series)),
  };
  const counts = {
    acknowledged: Object.values(book).reduce((sum, { acknowledged }) => sum + acknowledged.length, 0),
    results: Object.values(windows).reduce((sum, some) => sum + some.length * AGGREGATES.length, 0),
    repeats: tidy.repeats + untidy.repeats + typed.repeats,
    files,
  };
  let last: Settled | undefined;
  try {
    return await until(
      'everything is at the hub',
      async () => {
        last = { ...counts, ...(await compare(api, expected, windows)), down: await whatIsDown(agent, hub) };
        return last.lost === 0 && last.double === 0 && last.down.length === 0 ? last : undefined;
      },
      { withinMs: SETTLED_MS },
    );
  } catch (error) {
    if (!last) throw error;
    return last;
  }
}

interface Expected {
  readonly latest: ReadonlyMap<string, ReadonlyMap<number, Value>>;
  readonly earlier: ReadonlyMap<string, ReadonlyMap<number, readonly Value[]>>;
}

async function compare(
  api: HubClient,
  { latest, earlier }: Expected,
  windows: Readonly<Record<string, readonly ReferenceWindow[]>>,
): Promise<Pick<Settled, 'lost' | 'double' | 'shed' | 'findings'>> {
  const gaps = (await api.agents()).flatMap((agent) => agent.gaps);
  const tally = new Tally(gaps);
  const known = new Set<string>();
  for (const [series, samples] of latest) {
    known.add(series);
    tally.samples(series, await sampleDifferences(api, series, samples), earlier.get(series) ?? new Map());
  }
  for (const [stream, all] of Object.entries(windows)) {
    for (const [series, some] of Map.groupBy(all, (window) => window.series)) {
      for (const aggregate of AGGREGATES) {
        const path = `${series}/${stream}/${aggregate}`;
        known.add(path);
        const differences = await windowDifferences(api, path, aggregate, some);
        tally.results(path, differences, SECOND, { mayBeMore: stream === 'steps' });
      }
    }
  }
  for (const { path, samples } of await api.series()) {
    const isOfOpenWindows = /\/(plain|steps)\//.test(path) && latest.has(path.split('/').slice(0, -2).join('/'));
    if (!known.has(path) && !isOfOpenWindows) tally.stranger(path, samples);
  }
  return tally;
}
