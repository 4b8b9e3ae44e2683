import { drainBacklog, type DrainedBacklog } from '../backlog/drain-backlog.ts';
import { stages } from '../load/bench-site.ts';
import { latencyPlot } from '../measure/latency.ts';
import { missingProc } from '../load/processes.ts';
import type { Result, Scenario } from '../scenario.ts';

/** `benchmarks/backlog.ts` takes other numbers. */
const SAMPLES = 20_000_000;
const LIVE = 10_000;
const AFTER_SECONDS = 10;

/** A long outage: how fast its backlog drains, and how soon live samples are seen meanwhile. */
export const backlog: Scenario = {
  name: 'backlog',
  about: '20 M samples drain while 10 k samples/s are measured: pace, and live latency against the same with none left',
  seconds: 70,
  onlyByName: true,
  missing: missingProc,

  async run({ folder, progress }): Promise<Result> {
    const drained = await drainBacklog({ samples: SAMPLES, live: LIVE, afterSeconds: AFTER_SECONDS, folder, progress });
    const { whileDraining, after, followed } = drained.live;
    if (whileDraining.count === 0 || after.count === 0) throw new Error('no live sample was followed');
    const low = { better: 'lower' } as const;
    const latency = (percent: number) => ({
      what: `live latency while draining, p${percent}`,
      value: whileDraining.percentile(percent),
      unit: 'ms',
      ...low,
      yardstick: { what: 'with nothing left to drain', value: after.percentile(percent) },
    });
    return {
      figures: [
        {
          what: 'drained',
          value: drained.samplesPerSecond,
          unit: 'samples/s',
          better: 'higher',
          yardstick: { what: 'live samples meanwhile', value: LIVE },
        },
        latency(50),
        latency(99),
        {
          what: "p99 of the agent's main thread's delay, median",
          value: drained.mainDelay.percentile(50),
          unit: 'ms',
          ...low,
        },
        { what: "agent's highest RSS", value: drained.agentPeak, unit: 'MB', ...low },
        { what: "hub's highest PSS, all its processes", value: drained.hubPeak, unit: 'MB', ...low },
        {
          what: 'missing or double',
          value: drained.missing,
          spread: 0,
          unit: 'samples',
          ...low,
          target: { atMost: 0 },
        },
      ],
      plots: [
        drained.pace.rates('Throughput while it drains, and after', { of: [stages.journaled, stages.committed] }),
        drained.pace.totals('How far samples have come', { of: [stages.committed, stages.inFiles] }),
        latencyPlot('Until a live sample is seen', { 'while it drains': whileDraining, 'with nothing left': after }),
        drained.memory.plot('Memory while it drains, and after'),
      ],
      notes: [
        `${SAMPLES} samples, ${(drained.outboxBytes / SAMPLES).toFixed(2)} bytes each, drained in ${drained.seconds.toFixed(1)} s; of about ${followed} live samples that were followed meanwhile ${whileDraining.count} were seen. Meanwhile the agent took ${cores(drained, ['agent'])} and the hub ${cores(drained, hubProcesses)} cores. Load: ${drained.load.map((load) => load.toFixed(1)).join(', ')}.`,
        'node benchmarks/backlog.ts measures the same with other numbers.',
      ],
    };
  },
};

const hubProcesses = ['hub', 'hub query-process'];

function cores({ cpu, seconds }: DrainedBacklog, of: readonly string[]): string {
  return (cpu.total(of) / seconds).toFixed(2);
}
