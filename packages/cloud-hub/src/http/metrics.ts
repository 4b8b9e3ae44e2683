import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { QueryClient } from '../query/query-client.ts';
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

/** The hub's figures in the names that Prometheus' conventions ask for. */
export function createMetrics(store: StoreClient, queries: QueryClient): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  const gauge = (name: string, help: string, read: () => number): void => {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(read());
        },
      }),
    );
  };
  const counter = (name: string, help: string, read: () => number): void => {
    registry.registerMetric(
      new Counter({
        name,
        help,
        registers: [],
        collect() {
          this.reset();
          this.inc(read());
        },
      }),
    );
  };
  const { counts } = store;
  counter('sluis_hub_stored_samples_total', 'Samples stored since the hub started', () => counts.samples);
  counter('sluis_hub_stored_bytes_total', 'Bytes of segments stored since the hub started', () => counts.bytes);
  registry.registerMetric(
    new Counter({
      name: 'sluis_hub_segments_total',
      help: 'Segments that came since the hub started, by what became of them',
      labelNames: ['outcome'],
      registers: [],
      collect() {
        this.reset();
        for (const outcome of outcomes) this.inc({ outcome }, counts[outcome]);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: 'sluis_hub_dropped_samples_total',
      help: 'Samples of series that the hub does not keep, in the life of each agent, by reason',
      labelNames: ['agent', 'reason'],
      registers: [],
      collect() {
        this.reset();
        for (const [agent, dropped] of store.dropped) {
          for (const [reason, samples] of Object.entries(dropped)) this.inc({ agent, reason }, samples);
        }
      },
    }),
  );
  gauge('sluis_hub_queued_bytes', 'Bytes of segments that wait for their commit', () => store.queuedBytes);
  gauge('sluis_hub_hot_samples', 'Samples in the hot store', () => store.hotRows);
  gauge('sluis_hub_hot_samples_limit', 'Samples at which the hot store takes no more', () => store.maxHotRows);
  gauge('sluis_hub_unloaded_segments', 'Stored segments that queries do not see yet', () => store.unloaded);
  gauge('sluis_hub_files', 'Files of samples', () => store.files.count);
  gauge('sluis_hub_file_samples', 'Samples in files', () => store.files.rows);
  gauge('sluis_hub_file_bytes', 'Bytes of files of samples', () => store.files.bytes);
  gauge('sluis_hub_disk_full', '1 while commits find no space on the disk', () => (store.diskFull ? 1 : 0));
  counter(
    'sluis_hub_compaction_failures_total',
    'Files that could not be written since the hub started, and were or will be tried again',
    () => store.compactionFailures,
  );
  counter('sluis_hub_store_restarts_total', 'Restarts of the store worker', () => store.restarts);
  counter('sluis_hub_query_restarts_total', 'Restarts of the query process', () => queries.restarts);
  const answered = new Histogram({
    name: 'sluis_hub_http_request_duration_seconds',
    help: 'Time until an answer was sent whole, by route and status',
    labelNames: ['route', 'status'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  return { registry, answered };
}
