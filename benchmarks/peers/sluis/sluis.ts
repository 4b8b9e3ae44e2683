import { Site } from '../../../test/e2e/site.ts';
import { childrenOf, type Watched } from '../../load/processes.ts';
import { DEADBAND, type Peer, WHERE_BELOW, type Window } from '../peer.ts';

/** Of machines whose windows are compared: the hub is asked for each series. */
const COMPARED = 25;
const AGGREGATES = ['mean', 'min', 'max', 'count'] as const;

export const sluis: Peer = {
  name: 'Sluis',
  about: [
    'it fsyncs raw samples and results, at most half a second behind, sends them until they are acknowledged and counts each once',
    'its hub stores and indexes what it gets, where the others’ receiver only counts: the hub’s CPU is shown by itself',
  ],
  fast: 150_000,
  async start({ folder, measurement }) {
    const site = await Site.start({
      parent: folder,
      flow: ({ tcp }) => `
sources: { tcp: { type: line-protocol, listen: '127.0.0.1:${tcp}' } }
streams:
  raw: { from: tcp }
  ten:
    from: tcp
    steps:
      - { where: 'value < ${WHERE_BELOW.toFixed(1)}' }
      - { deadband: ${DEADBAND} }
      - { window: { every: 10s, aggregate: [${AGGREGATES.join(', ')}] } }
`,
    });
    const { agent, hub, api } = site;
    const samplesOf = async (match: string): Promise<number> =>
      (await api.series(match)).reduce((sum, { samples }) => sum + samples, 0);
    const processes = (name: string, pid: number): Watched[] => [{ name, pid }, ...childrenOf(pid, name)];
    return {
      port: site.ports.tcp,
      edge: () => processes('agent', agent.pid),
      receiver: () => processes('hub', hub.pid),
      async received() {
        const [samples, windows] = await Promise.all([
          samplesOf(`lab/*/${measurement}`),
          samplesOf(`lab/*/${measurement}/ten/count`),
        ]);
        return { samples, windows };
      },
      // What is acknowledged, windows too: the hub has it ready, where it counts each series for `received`.
      progress: async () => (await api.agents())[0]?.acked.samples ?? 0,
      async windows() {
        const machines = Array.from({ length: COMPARED }, (_, i) => `m${i}`);
        const windows: Window[] = [];
        // One after another: a hub refuses more questions at once than it can answer soon.
        for (const machine of machines) windows.push(...(await windowsOf(machine)));
        return windows;
      },
      kept: async () => (await agent.status()).journal?.samples,
      diagnosis: () => `${agent.stderr.slice(-2000)}\n${hub.stderr.slice(-2000)}`,
      [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
    };

    async function windowsOf(machine: string): Promise<Window[]> {
      const path = `lab/${machine}/${measurement}/ten`;
      const [mean, min, max, count] = await Promise.all(AGGREGATES.map((name) => api.numbers(`${path}/${name}`)));
      return mean.time.map((start, i) => ({
        machine,
        start,
        mean: mean.value[i],
        min: min.value[i],
        max: max.value[i],
        count: count.value[i],
      }));
    }
  },
};
