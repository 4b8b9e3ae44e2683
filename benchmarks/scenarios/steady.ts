import { join } from 'node:path';
import { latencyPlot } from '../measure/latency.ts';
import { atRate, type AtRate, linesAt, WARM_UP_SECONDS } from '../load/at-rate.ts';
import { arrived, benchSite, rawStream, stages, windowStream } from '../load/bench-site.ts';
import { Generator } from '../load/generator.ts';
import { LineSink } from '../load/sink.ts';
import { missingProc } from '../load/processes.ts';
import type { Context, Result, Scenario } from '../scenario.ts';

const RATE = 100_000;
const SECONDS = 60;
const SINK_SECONDS = 20;
const WITHIN_MS = 60_000;

/** 100,000 samples a second for a minute: how soon they are seen, and in how much memory. */
export const steady: Scenario = {
  name: 'steady',
  about:
    '100 k samples/s for 60 s, raw and windowed: how soon each is seen live at the hub, and memory; against a file',
  seconds: 120,
  missing: missingProc,

  async run(context: Context): Promise<Result> {
    const run = await measure(context);
    context.progress('yardstick');
    await using sink = await LineSink.start(join(context.folder, 'lines'));
    await using generator = await Generator.connect(sink.port, linesAt(RATE));
    await generator.send({ samples: RATE * SINK_SECONDS, rate: RATE });
    await sink.durable(RATE * SINK_SECONDS);
    const onDisk = 'lines on the disk by plain Node, fdatasync twice a second';
    const { latencies } = run;
    return {
      figures: [
        {
          what: 'live latency, p50',
          value: latencies.percentile(50),
          unit: 'ms',
          better: 'lower',
          yardstick: { what: onDisk, value: sink.latencies.percentile(50) },
        },
        {
          what: 'live latency, p99',
          value: latencies.percentile(99),
          unit: 'ms',
          better: 'lower',
          target: { atMost: 500 },
          yardstick: { what: onDisk, value: sink.latencies.percentile(99) },
        },
        { what: 'live latency, highest', value: latencies.percentile(100), unit: 'ms', better: 'lower' },
        {
          what: "agent's highest RSS",
          value: run.agentPeak,
          unit: 'MB',
          better: 'lower',
          target: { atMost: 150 },
          yardstick: { what: 'of plain Node that writes the same lines to a file', value: sink.peak },
        },
        { what: "hub's highest PSS, all its processes", value: run.hubPeak, unit: 'MB', better: 'lower' },
        { what: "agent's share of a core", value: run.cpu.total(['agent']) / SECONDS, unit: 'cores', better: 'lower' },
        {
          what: "hub's share of a core",
          value: (run.cpu.total() - run.cpu.total(['agent'])) / SECONDS,
          unit: 'cores',
          better: 'lower',
        },
      ],
      plots: [
        latencyPlot('Until a sample is seen', {
          'live at the hub': latencies,
          'on the disk by plain Node': sink.latencies,
        }),
        run.memory.plot('Memory at 100 k samples/s'),
        run.pace.rates('Throughput at 100 k samples/s', { of: [stages.journaled, stages.committed] }),
        run.pace.totals('How far samples have come, with the warm-up'),
      ],
      notes: notesOf(run),
    };
  },
};

async function measure({ folder, progress }: Context): Promise<AtRate> {
  await using site = await benchSite({ parent: folder, streams: [rawStream, windowStream] });
  await Promise.all([site.hub.start(), site.agent.start()]);
  progress(`${RATE} samples/s for ${WARM_UP_SECONDS} s and ${SECONDS} s`);
  const run = await atRate(site, { rate: RATE, seconds: SECONDS });
  await arrived(site, RATE * (WARM_UP_SECONDS + SECONDS), WITHIN_MS);
  await Promise.all([site.agent.stop(), site.hub.stop()]);
  return run;
}

/** What a reader must know of any run at a rate. */
export function notesOf({ seen, followed, dropped, sent, load }: AtRate): string[] {
  return [
    'Latency: from when a sample was due at the generator, which is its time, to when a WebSocket client of the hub had it. Every 50th series is followed. The hub sends at most ten times a second.',
    `Of ${followed} followed samples ${seen} were seen, and ${dropped} left out because the client was too slow; one that was not seen counts as 5 s.`,
    `The generator sent ${sent.samples} samples, at most ${sent.latestMs.toFixed(0)} ms late, and took ${(sent.cpuSeconds / sent.seconds).toFixed(3)} cores. Load before: ${load.toFixed(1)}.`,
  ];
}
