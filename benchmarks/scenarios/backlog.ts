import { jsonOf } from '../load/script.ts';
import type { Summary } from '../measure/latency.ts';
import type { Result, Scenario } from '../scenario.ts';

/** `benchmarks/backlog.ts` tells how to give it other numbers. */
const SAMPLES = 20_000_000;
const LIVE = 10_000;

/** What is used here of what the program prints. */
interface Printed {
  readonly drain: { readonly seconds: number; readonly samplesPerSecond: number };
  readonly live: { readonly whileDraining: Summary; readonly after: Summary; readonly unseen: number };
  readonly agent: { readonly mainDelayP99: Summary; readonly peakMB: number };
  readonly hub: { readonly peakMB: number };
  readonly missing: number;
  readonly load: readonly number[];
}

/** A long outage: how fast its backlog drains, and how soon live samples are seen meanwhile. */
export const backlog: Scenario = {
  name: 'backlog',
  about: '20 M samples drain while 10 k samples/s are measured: pace, and live latency against the same with none left',
  seconds: 70,
  onlyByName: true,

  async run({ folder, progress }): Promise<Result> {
    progress('fills the outbox, for a minute or two');
    const args = ['--samples', String(SAMPLES), '--live', String(LIVE), '--folder', folder];
    const { drain, live, agent, hub, missing, load } = (await jsonOf('backlog.ts', args)) as Printed;
    if (live.whileDraining.count === 0 || live.after.count === 0) throw new Error('no live sample was followed');
    const after = (value: number) => ({ what: 'with nothing left to drain', value });
    const low = { better: 'lower' } as const;
    return {
      figures: [
        {
          what: 'drained',
          value: drain.samplesPerSecond,
          unit: 'samples/s',
          better: 'higher',
          yardstick: { what: 'live samples meanwhile', value: LIVE },
        },
        {
          what: 'live latency while draining, p50',
          value: live.whileDraining.p50,
          unit: 'ms',
          ...low,
          yardstick: after(live.after.p50),
        },
        {
          what: 'live latency while draining, p99',
          value: live.whileDraining.p99,
          unit: 'ms',
          ...low,
          yardstick: after(live.after.p99),
        },
        { what: "p99 of the agent's main thread's delay, median", value: agent.mainDelayP99.p50, unit: 'ms', ...low },
        { what: "agent's highest RSS", value: agent.peakMB, unit: 'MB', ...low },
        { what: "hub's highest RSS, its processes added up", value: hub.peakMB, unit: 'MB', ...low },
        { what: 'missing or double', value: missing, unit: 'samples', ...low, target: { atMost: 0 } },
      ],
      notes: [
        `${SAMPLES} samples drained in ${drain.seconds.toFixed(1)} s; ${live.unseen} live samples were not seen. Load: ${load.join(', ')}.`,
        'node benchmarks/backlog.ts measures the same with other numbers.',
      ],
    };
  },
};
