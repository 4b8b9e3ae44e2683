import { join } from 'node:path';
import { atRate, type AtRate, linesAt } from '../load/at-rate.ts';
import { benchSite, rawStream, stages, windowStream } from '../load/bench-site.ts';
import { giveBacklog, roomForBacklog } from '../load/fill.ts';
import { Generator } from '../load/generator.ts';
import { missingProc, peakOf } from '../load/processes.ts';
import { LineSink } from '../load/sink.ts';
import { latencyPlot } from '../measure/latency.ts';
import type { Context, Figure, Result, Scenario } from '../scenario.ts';
import { notesOf } from './steady.ts';

const RATE = 10_000;
const SECONDS = 30;
const SINK_SECONDS = 10;
const BACKLOG_BYTES = 2e9;
const MEMORY_TARGET = { atMost: 130 };

/** 10,000 samples a second, with and without a long outage behind: memory. */
export const steadySmall: Scenario = {
  name: 'steady-small',
  about: '10 k samples/s, then the same while 2 GB of backlog are there and drain: memory of the agent, and latency',
  seconds: 180,
  missing: missingProc,

  async run(context: Context): Promise<Result> {
    const plain = await withoutBacklog(context);
    const backlog = await withBacklog(context);
    context.progress('yardstick');
    await using sink = await LineSink.start(join(context.folder, 'lines'));
    await using generator = await Generator.connect(sink.port, linesAt(RATE));
    await generator.send({ samples: RATE * SINK_SECONDS, rate: RATE });
    await sink.durable(RATE * SINK_SECONDS);
    const yardstick = { what: 'of plain Node that writes the same lines to a file', value: sink.peak };
    const memory = (what: string, value: number): Figure => {
      return { what, value, unit: 'MB', better: 'lower', target: MEMORY_TARGET, yardstick };
    };
    const milliseconds = (what: string, value: number): Figure => ({ what, value, unit: 'ms', better: 'lower' });
    return {
      figures: [
        memory("agent's highest RSS", plain.agentPeak),
        memory("agent's highest RSS with a backlog, hub away", backlog.awayPeak),
        memory("agent's highest RSS with a backlog that drains", backlog.run.agentPeak),
        milliseconds('live latency, p99', plain.latencies.percentile(99)),
        milliseconds('live latency while draining, p99', backlog.run.latencies.percentile(99)),
        { what: 'drained', value: backlog.bytesPerSecond / 1e6, unit: 'MB/s', better: 'higher' },
      ],
      plots: [
        plain.memory.plot('Memory at 10 k samples/s'),
        backlog.run.memory.plot('Memory while a backlog of 2 GB drains'),
        backlog.run.pace.rates('Throughput while a backlog of 2 GB drains', {
          of: [stages.journaled, stages.committed],
        }),
        latencyPlot('Until a sample is seen', {
          'no backlog': plain.latencies,
          'while it drains': backlog.run.latencies,
        }),
      ],
      notes: [
        ...notesOf(plain),
        `The backlog: ${backlog.samples} samples of random doubles in the outbox, written through the storage of an agent that does not run; ${(backlog.samplesPerSecond / 1e6).toFixed(2)} M samples/s of it drained while it was looked at, for ${SECONDS} s.`,
        ...notesOf(backlog.run).slice(1),
      ],
    };
  },
};

async function withoutBacklog({ folder, progress }: Context): Promise<AtRate> {
  await using site = await benchSite({ parent: folder, streams: [rawStream, windowStream] });
  await Promise.all([site.hub.start(), site.agent.start()]);
  progress(`${RATE} samples/s`);
  const run = await atRate(site, { rate: RATE, seconds: SECONDS });
  await Promise.all([site.agent.stop(), site.hub.stop()]);
  return run;
}

async function withBacklog({ folder, progress }: Context) {
  await using site = await benchSite({ parent: folder, streams: [rawStream, windowStream], more: roomForBacklog });
  progress('fills the outbox');
  const { outbox: samples } = await giveBacklog(site, { journal: 0, outbox: BACKLOG_BYTES });
  await site.agent.start();
  progress(`${RATE} samples/s while the hub is away`);
  {
    await using generator = await Generator.connect(site.ports.tcp, linesAt(RATE));
    await generator.send({ samples: RATE * SINK_SECONDS, rate: RATE });
  }
  const awayPeak = peakOf(site.agent.pid);
  await site.hub.start();
  const began = performance.now();
  progress(`${RATE} samples/s while it drains`);
  const run = await atRate(site, { rate: RATE, seconds: SECONDS });
  const seconds = (performance.now() - began) / 1000;
  const [{ acked }] = await site.api.agents();
  await Promise.all([site.agent.stop(), site.hub.stop()]);
  return { samples, awayPeak, run, bytesPerSecond: acked.bytes / seconds, samplesPerSecond: acked.samples / seconds };
}
