import { collectDefaultMetrics, Gauge, Registry, Counter } from 'prom-client';
import type { AgentStatus } from './agent-status.ts';

/** The `content-type` of {@link metricsOf}. */
export const metricsType = Registry.PROMETHEUS_CONTENT_TYPE;

/** The status as Prometheus reads it, with memory, CPU, event loop and garbage collection of the process. */
export async function metricsOf(status: AgentStatus): Promise<string> {
  const registry = new Registry();
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers: [registry] });
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });

  const sourceIn = counter('sluis_agent_source_samples_total', 'Samples taken in, by source.', ['source']);
  const sourceRejected = counter('sluis_agent_source_rejected_total', 'Input refused, by source and reason.', [
    'source',
    'reason',
  ]);
  const sourceUp = gauge('sluis_agent_source_running', '1 while the source runs undisturbed.', ['source']);
  for (const [source, { in: samples, reasons, state }] of Object.entries(status.sources)) {
    sourceIn.inc({ source }, samples);
    for (const [reason, { count }] of Object.entries(reasons)) sourceRejected.inc({ source, reason }, count);
    sourceUp.set({ source }, state === 'running' ? 1 : 0);
  }

  const streamIn = counter('sluis_agent_stream_in_samples_total', 'Samples that entered the stream.', ['stream']);
  const streamOut = counter('sluis_agent_stream_out_samples_total', 'Samples that the stream emitted.', ['stream']);
  const streamDropped = counter(
    'sluis_agent_stream_dropped_samples_total',
    'Samples left out by an operator, by reason.',
    ['stream', 'reason'],
  );
  const streamLag = gauge(
    'sluis_agent_stream_lag_entries',
    'Journal entries whose results are not all in the outbox.',
    ['stream'],
  );
  for (const [stream, { in: samples, out, lag, dropped }] of Object.entries(status.streams)) {
    streamIn.inc({ stream }, samples);
    streamOut.inc({ stream }, out);
    streamLag.set({ stream }, lag);
    for (const [reason, count] of Object.entries(dropped)) streamDropped.inc({ stream, reason }, count);
  }

  const logSamples = gauge('sluis_agent_log_samples', 'Samples held, by log.', ['log']);
  const logBytes = gauge('sluis_agent_log_bytes', 'Bytes held, by log.', ['log']);
  for (const log of ['journal', 'outbox'] as const) {
    const stats = status[log];
    if (!stats) continue;
    logSamples.set({ log }, stats.samples);
    logBytes.set({ log }, stats.bytes);
  }

  const { journal, outbox } = status;
  const quota = gauge('sluis_agent_log_quota_bytes', 'Where the log refuses or sheds, in bytes of its files.', ['log']);
  const files = gauge('sluis_agent_log_file_bytes', 'Bytes of its files, by log: what the quota is about.', ['log']);
  if (journal) quota.set({ log: 'journal' }, journal.hardQuotaBytes);
  if (journal) files.set({ log: 'journal' }, journal.bytes);
  if (outbox) quota.set({ log: 'outbox' }, outbox.quotaBytes);
  if (outbox) files.set({ log: 'outbox' }, outbox.fileBytes);
  gauge('sluis_agent_disk_full', '1 while the disk with the data folder takes no more.').set(status.disk?.full ? 1 : 0);

  gauge('sluis_agent_uplink_connected', '1 while connected to the hub.').set(
    status.uplink.state === 'connected' ? 1 : 0,
  );
  if (status.uplink.limit !== null)
    gauge('sluis_agent_uplink_limit_bytes', 'Bytes per second that may be sent; absent without a limit.').set(
      status.uplink.limit,
    );
  counter('sluis_agent_acked_samples_total', 'Samples that the hub has committed, over the life of the outbox.').inc(
    status.uplink.acked,
  );
  const sourceShed = counter(
    'sluis_agent_source_shed_samples_total',
    'Samples that the journal gave up before streams had seen them, by source, over its life.',
    ['source'],
  );
  for (const [source, { shed: samples }] of Object.entries(status.sources)) sourceShed.inc({ source }, samples);
  const shed = counter('sluis_agent_shed_samples_total', 'Samples given up, by reason.', ['reason']);
  for (const [reason, count] of Object.entries(status.shed)) shed.inc({ reason }, count);

  return Registry.merge([registry, (processMetrics ??= processRegistry())]).metrics();
}

/** Gauges of the library whose names end as a counter's must: Prometheus' own checker refuses them. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Measures from the first scrape on. */
let processMetrics: Registry | undefined;

function processRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  return registry;
}
