import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type Connections, doors } from '../connections.ts';
import type { QueryClient } from '../query/query-client.ts';
import { StoreUnavailableError } from '../store/ingest-store.ts';
import type { StoreClient } from '../store/store-client.ts';

/** Seconds: from a look at one series to a scan of all there is. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Gauges of the library whose names end as a counter's must: Prometheus' own checker refuses them. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

const outcomes = ['stored', 'repeat', 'checksum', 'malformed', 'undefined-series', 'conflict', 'version'] as const;

export interface Metrics {
  readonly registry: Registry;
  readonly answered: Histogram<'route' | 'status'>;
}

type Labels<L extends string> = Readonly<Record<L, string>>;
type Readings<L extends string> = Iterable<readonly [Labels<L>, number]>;

interface Labelled<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly L[];
  /** Read anew for each scrape: what is not there any more is no longer told. */
  read(): Readings<L> | Promise<Readings<L>>;
}

/** The hub's figures in the names that Prometheus' conventions ask for. */
export function createMetrics({
  store,
  queries,
  connections,
}: {
  readonly store: StoreClient;
  readonly queries: QueryClient;
  readonly connections: Connections;
}): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);

  const gauges = <L extends string>({ name, help, labels, read }: Labelled<L>): void => {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: labels,
        registers: [],
        async collect() {
          const readings = await read();
          this.reset();
          for (const [of, amount] of readings) this.set(of as Labels<L>, amount);
        },
      }),
    );
  };
  const counters = <L extends string>({ name, help, labels, read }: Labelled<L>): void => {
    registry.registerMetric(
      new Counter({
        name,
        help,
        labelNames: labels,
        registers: [],
        async collect() {
          const readings = await read();
          this.reset();
          for (const [of, amount] of readings) this.inc(of as Labels<L>, amount);
        },
      }),
    );
  };
  const gauge = (name: string, help: string, read: () => number): void =>
    gauges({ name, help, labels: [], read: () => [[{}, read()]] });
  const counter = (name: string, help: string, read: () => number): void =>
    counters({ name, help, labels: [], read: () => [[{}, read()]] });

  const { counts } = store;
  counter('sluis_hub_stored_samples_total', 'Samples stored since the hub started', () => counts.samples);
  counter('sluis_hub_stored_bytes_total', 'Bytes of segments stored since the hub started', () => counts.bytes);
  counters({
    name: 'sluis_hub_segments_total',
    help: 'Segments that came since the hub started, by what became of them',
    labels: ['outcome'],
    read: () => outcomes.map((outcome) => [{ outcome }, counts[outcome]]),
  });
  counters({
    name: 'sluis_hub_dropped_samples_total',
    help: 'Samples of series that the hub does not keep, in the life of each agent, by reason',
    labels: ['agent', 'reason'],
    read: () =>
      [...store.news.dropped].flatMap(([agent, dropped]) =>
        Object.entries(dropped).map(([reason, samples]) => [{ agent, reason }, samples] as const),
      ),
  });
  gauge('sluis_hub_queued_bytes', 'Bytes of segments that wait for their commit', () => store.queuedBytes);
  gauge('sluis_hub_hot_samples', 'Samples in the hot store', () => store.hotRows);
  gauge('sluis_hub_hot_samples_limit', 'Samples at which the hot store takes no more', () => store.maxHotRows);
  gauge('sluis_hub_unloaded_segments', 'Stored segments that queries do not see yet', () => store.unloaded);
  gauge('sluis_hub_files', 'Files of samples', () => store.files.count);
  gauge('sluis_hub_file_samples', 'Samples in files', () => store.files.rows);
  gauge('sluis_hub_file_bytes', 'Bytes of files of samples', () => store.files.bytes);
  for (const what of ['files', 'samples', 'bytes'] as const) {
    gauges({
      name: `sluis_hub_tier_${what}`,
      help: `${what} of a tier: groups of files of about the same size, 0 as they come from the hot store`,
      labels: ['tier'],
      read: () => store.news.tiers.map((tier) => [{ tier: String(tier.tier) }, tier[what]]),
    });
  }
  counters({
    name: 'sluis_hub_compactions_total',
    help: 'Jobs on files since the hub started, by what became of them; those that failed were or will be tried again',
    labels: ['outcome'],
    read: () => [
      ...[...store.news.fileWork].map(([outcome, { times }]) => [{ outcome }, times] as const),
      [{ outcome: 'failed' }, store.news.compactionFailures] as const,
    ],
  });
  counters({
    name: 'sluis_hub_removed_samples_total',
    help: 'Samples that left the files since the hub started; merged: repeats, and what had expired by then',
    labels: ['reason'],
    read: () =>
      [...store.news.fileWork]
        // What is written comes from the hot store: no file loses anything.
        .filter(([work]) => work !== 'written')
        .map(([reason, { samplesRemoved }]) => [{ reason }, samplesRemoved] as const),
  });
  for (const what of ['ranges', 'samples'] as const) {
    gauges({
      name: `sluis_hub_gap_${what}`,
      help: `${what} that will never come, as far as it is known, by reason`,
      labels: ['reason'],
      read: async () => [...(await gapsByReason(store))].map(([reason, gaps]) => [{ reason }, gaps[what]] as const),
    });
  }
  gauge('sluis_hub_disk_full', '1 while commits find no space on the disk', () => (store.diskFull ? 1 : 0));
  counter('sluis_hub_store_restarts_total', 'Restarts of the store worker', () => store.restarts);
  counter('sluis_hub_query_restarts_total', 'Restarts of the query process', () => queries.restarts);
  gauges({
    name: 'sluis_hub_connections',
    help: 'Connections that are open: grpc of agents, http of people',
    labels: ['door'],
    read: () => Promise.all(doors.map(async (door) => [{ door }, await connections.open(door)] as const)),
  });
  counters({
    name: 'sluis_hub_refused_connections_total',
    help: 'Connections that were closed at once since the hub started, for there were too many',
    labels: ['door'],
    read: () => doors.map((door) => [{ door }, connections.refused[door]]),
  });
  const answered = new Histogram({
    name: 'sluis_hub_http_request_duration_seconds',
    help: 'Time until an answer was sent whole, by route and status',
    labelNames: ['route', 'status'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  return { registry, answered };
}

/** None while the store restarts: all other figures are there even so. */
async function gapsByReason(store: StoreClient): Promise<ReadonlyMap<string, { ranges: number; samples: number }>> {
  const found = new Map<string, { ranges: number; samples: number }>();
  for (const { gaps } of await agentsOf(store)) {
    for (const { reason, samples } of gaps) {
      const total = found.get(reason) ?? { ranges: 0, samples: 0 };
      found.set(reason, { ranges: total.ranges + 1, samples: total.samples + (samples ?? 0) });
    }
  }
  return found;
}

async function agentsOf(store: StoreClient): ReturnType<StoreClient['agents']> {
  if (!store.hasGaps) return [];
  try {
    return await store.agents();
  } catch (error) {
    if (error instanceof StoreUnavailableError) return [];
    throw error;
  }
}
