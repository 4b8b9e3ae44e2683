import { loadavg } from 'node:os';
import { freePort } from '../../test/e2e/free-port.ts';
import { until } from '../../test/e2e/until.ts';
import { benchSite, cpuOf, rawStream } from '../load/bench-site.ts';
import { giveBacklog, roomForBacklog } from '../load/fill.ts';
import { delayLine } from '../load/line.ts';
import { Pace } from '../load/pace.ts';
import { plainTcp } from '../load/plain-tcp.ts';
import { missingProc } from '../load/processes.ts';
import type { Context, Figure, Plot, Result, Scenario } from '../scenario.ts';

/** Each way. */
const DELAY_MS = 20;
/** More doubles would have the hub compact for minutes. */
const BACKLOG_BYTES = { texts: 400e6, doubles: 100e6 };
/** Left out at both ends: until the connection is up to speed, and what is less than a full window. */
const EDGE_SHARE = 0.1;
const WITHIN_MS = 600_000;
const TARGET = { atLeast: 20 };
const MEGA = 1e6;

interface Drained {
  readonly megabytesPerSecond: number;
  readonly samplesPerSecond: number;
  readonly lineCores: number;
  readonly programCores: number;
  /** MB/s that are acknowledged, from the agent's start to the end. */
  readonly plot: Plot;
}

/** How fast a backlog drains over a long line. */
export const uplink: Scenario = {
  name: 'uplink',
  about:
    'segment bytes from the outbox to an acknowledging hub at 40 ms round trip; against plain TCP on the same line',
  seconds: 90,
  missing: missingProc,

  async run(context: Context): Promise<Result> {
    const load = loadavg()[0];
    context.progress('texts');
    const texts = await drain(context, 'texts');
    context.progress('doubles');
    const doubles = await drain(context, 'doubles');
    context.progress('yardstick');
    const plain = await plainTcp(context.folder, { bytes: BACKLOG_BYTES.texts, delayMs: DELAY_MS });
    const figure = (what: string, value: number): Figure => ({
      what,
      value,
      unit: 'MB/s',
      better: 'higher',
      target: TARGET,
      yardstick: { what: 'plain TCP through the same line, written to a file', value: plain },
    });
    return {
      figures: [
        figure('segments of texts of 250 random bytes', texts.megabytesPerSecond),
        figure('segments of random doubles', doubles.megabytesPerSecond),
      ],
      plots: [texts.plot, doubles.plot],
      notes: [
        `${BACKLOG_BYTES.texts / MEGA} MB of segments with texts, ${BACKLOG_BYTES.doubles / MEGA} MB with doubles in the outbox of an agent, drained to a hub by a proxy that holds back all bytes for ${DELAY_MS} ms each way; the first and last ${EDGE_SHARE * 100} % are not timed. Bytes are those of segments that the hub has acknowledged, which is after its commit.`,
        `The yardstick is timed whole: until TCP is up to speed, and with the last sync. With its ends cut as ours are it would be faster.`,
        `Random doubles took ${((doubles.megabytesPerSecond * MEGA) / doubles.samplesPerSecond).toFixed(1)} bytes a sample: that is ${(doubles.samplesPerSecond / MEGA).toFixed(2)} M samples/s, and what limits them is the hub that loads and compacts samples, not the line.`,
        `The proxy took ${texts.lineCores.toFixed(2)} and ${doubles.lineCores.toFixed(2)} cores, agent and hub together ${texts.programCores.toFixed(2)} and ${doubles.programCores.toFixed(2)}. Load before: ${load.toFixed(1)}.`,
      ],
    };
  },
};

async function drain({ folder }: Context, kind: 'texts' | 'doubles'): Promise<Drained> {
  const hub = await freePort();
  await using line = await delayLine({ port: hub, delayMs: DELAY_MS });
  const grpc = { hub, agent: line.port };
  await using site = await benchSite({ parent: folder, streams: [rawStream], more: roomForBacklog, grpc });
  const { outbox: all } = await giveBacklog(site, { journal: 0, outbox: BACKLOG_BYTES[kind] }, kind);
  await site.hub.start();
  await site.agent.start();
  const acked = async () => (await site.api.agents())[0]?.acked ?? { bytes: 0, samples: 0 };
  const reaches = (share: number) =>
    until(
      `${share * 100} % are acknowledged`,
      async () => {
        const now = await acked();
        return now.samples >= share * all ? now : undefined;
      },
      { withinMs: WITHIN_MS },
    );
  await using pace = new Pace(async () => ({ acknowledged: (await acked()).bytes }));
  const first = await reaches(EDGE_SHARE);
  const began = performance.now();
  const cpu = cpuOf(site);
  const lineCpu = line.cpuSeconds();
  const last = await reaches(1 - EDGE_SHARE);
  const seconds = (performance.now() - began) / 1000;
  const cores = (cpuSeconds: number): number => cpuSeconds / seconds;
  const [lineCores, programCores] = [cores(line.cpuSeconds() - lineCpu), cores(cpuOf(site).since(cpu).total())];
  await pace.stop();
  return {
    megabytesPerSecond: (last.bytes - first.bytes) / seconds / MEGA,
    samplesPerSecond: (last.samples - first.samples) / seconds,
    lineCores,
    programCores,
    plot: pace.rates(`Segments of ${kind} at 40 ms round trip`, { unit: 'MB', each: MEGA }),
  };
}
