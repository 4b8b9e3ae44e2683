import { type Ports, Site } from '../../test/e2e/site.ts';
import { until } from '../../test/e2e/until.ts';
import type { Counts } from './pace.ts';
import { childrenOf, CpuSeconds, type Watched } from './processes.ts';

/** The contract's example: all that a machine sends, and what is left of it in windows. */
export const rawStream = 'raw: { from: tcp }';
export const windowStream = `ten: { from: tcp, steps: [ { where: 'value < 500.0' }, { deadband: 0.05 }, { window: { every: 10s, aggregate: [mean, min, max, count] } } ] }`;

export interface BenchSiteOptions {
  /** In which it makes a folder of its own; default: where the system keeps temporary ones. */
  readonly parent?: string;
  /** One a line of `streams:`. */
  readonly streams: readonly string[];
  /** Further parts of agent.yaml. */
  readonly more?: string;
  /** Where the hub listens and where the agent finds it, if there is something between them. */
  readonly grpc?: { readonly hub: number; readonly agent: number };
}

/** An agent that takes line protocol over TCP and a hub, as people run them. SLUIS_BENCH_NODE_OPTIONS goes to both, such as --cpu-prof. */
export function benchSite({ parent, streams, more = '', grpc }: BenchSiteOptions): Promise<Site> {
  const env = { NODE_OPTIONS: process.env.SLUIS_BENCH_NODE_OPTIONS ?? '' };
  const flow = ({ tcp }: Ports): string => `
sources: { tcp: { type: line-protocol, listen: '127.0.0.1:${tcp}' } }
streams:
${streams.map((stream) => `  ${stream}\n`).join('')}${more}
`;
  return Site.open({ flow, env, hubEnv: env, parent, grpc });
}

/** Agent and hub with all their processes. */
export function programsOf(site: Site): Watched[] {
  const agent: Watched = { name: 'agent', pid: site.agent.pid };
  const hub: Watched = { name: 'hub', pid: site.hub.pid };
  return [agent, ...childrenOf(agent.pid, 'agent'), hub, ...childrenOf(hub.pid, 'hub')];
}

export function cpuOf(site: Site): CpuSeconds {
  return CpuSeconds.of(programsOf(site));
}

/** Samples that the agent's streams have sent so far. */
async function results(site: Site): Promise<number> {
  const { streams } = await site.agent.status();
  return Object.values(streams).reduce((sum, { out }) => sum + out, 0);
}

/** How many samples the hub answers for, of all series. */
async function queryable(site: Site): Promise<number> {
  const rows = await site.api.series();
  return rows.reduce((sum, { samples }) => sum + samples, 0);
}

/** What is used here of `/api/v1/store`. */
interface Store {
  readonly hot: { readonly samples: number };
  readonly files: { readonly samples: number };
}

export async function storeOf({ api }: Site): Promise<Store> {
  return (await (await api.get('/api/v1/store')).json()) as Store;
}

export const stages = {
  journaled: 'in the journal',
  committed: 'committed at the hub',
  inFiles: 'in Parquet files',
} as const;

/** How far samples have come, for `Pace`. */
export async function stagesOf(site: Site): Promise<Counts> {
  const [{ sources }, [{ acked } = { acked: { samples: 0 } }], { files }] = await Promise.all([
    site.agent.status(),
    site.api.agents(),
    storeOf(site),
  ]);
  return {
    [stages.journaled]: Object.values(sources).reduce((sum, source) => sum + source.in, 0),
    [stages.committed]: acked.samples,
    [stages.inFiles]: files.samples,
  };
}

/** Waits until each stream has taken in so many samples, and a query at the hub sees all that came of them. */
export async function through(site: Site, samples: number, withinMs: number): Promise<void> {
  const isThrough = async (): Promise<boolean> => {
    const { streams, outbox } = await site.agent.status();
    return outbox?.samples === 0 && Object.values(streams).every((stream) => stream.in === samples);
  };
  await until(`${samples} samples are through`, isThrough, { withinMs, diagnosis: () => diagnosisOf(site) });
  // A query sees all that was acknowledged: it answers when that is loaded.
  await site.api.series('lab/m0/load');
}

/** The same, and the hub has each sample: all are counted, so that this is dear where there are very many series. */
export async function arrived(site: Site, samples: number, withinMs: number): Promise<void> {
  await through(site, samples, withinMs);
  const expected = await results(site);
  const isThere = async (): Promise<boolean> => (await queryable(site)) === expected;
  await until(`${expected} samples can be queried`, isThere, { withinMs, diagnosis: () => diagnosisOf(site) });
}

function diagnosisOf({ agent, hub }: Site): string {
  return `agent:\n${agent.stderr.slice(-2000)}\nhub:\n${hub.stderr.slice(-2000)}`;
}
