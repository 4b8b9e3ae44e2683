import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../test/e2e/until.ts';
import { Generator } from '../load/generator.ts';
import type { LinesOptions } from '../load/lines.ts';
import { Pace } from '../load/pace.ts';
import { CpuSeconds, peakOf, type Watched } from '../load/processes.ts';
import { EVERY, type Peer, type Running } from './peer.ts';
import { compare, type Comparison, type Line, windowsOf } from './reference.ts';

export const lineOptions: LinesOptions = { measurement: 'temperature', series: 1000, slice: 100, distinct: 1_000_000 };

/** Of each series there are ten samples a second in the time that the samples carry, however fast they are sent. */
const SAMPLES_PER_SECOND = 10_000;
/** µs from one slice to the next. */
const STEP = (lineOptions.slice / SAMPLES_PER_SECOND) * 1_000_000;
/** All samples and windows are received within this after the last was sent. */
const SETTLE_MS = 120_000;
/** For a peer whose windows follow the clock: the last of them, and what it needs to send it. */
const CLOCK_MS = 30_000;
const PACE_MS = 500;

export interface Load {
  /** Samples/s that are sent. */
  readonly rate: number;
  /** Sent before anything is counted. */
  readonly warmSamples: number;
  readonly samples: number;
}

export interface Measured {
  /** CPU seconds per million samples. */
  readonly edge: number;
  /** The same of the receiver, where it is a program that people run. */
  readonly receiver: number | undefined;
  /** MB, all processes of the edge together, start and warm-up included. */
  readonly peak: number;
  /** Samples/s at which they were taken. */
  readonly rate: number;
  /** Seconds and samples/s that the receiver had, from the first that is counted. */
  readonly pace: readonly (readonly [number, number])[];
  readonly windows: Comparison & { readonly expected: number; readonly received: number };
}

/**
 * Has a peer do its work and measures it: CPU from the moment at which the receiver has all of the warm-up to that at which
 * it has everything.
 * @throws Error if a sample is missing or double at the receiver or on the edge's disk, or a window is wrong that does not
 * follow the clock
 */
export async function measure(
  peer: Peer,
  { load, lines, folder: parent }: { load: Load; lines: readonly Line[]; folder: string },
): Promise<Measured> {
  const folder = await mkdtemp(join(parent, 'peer-'));
  try {
    await using running = await peer.start({ folder, measurement: lineOptions.measurement });
    await using generator = await Generator.connect(running.port, lineOptions);
    const { slice } = lineOptions;
    const { warmSamples, samples, rate } = load;
    const all = warmSamples + samples;
    const first = firstTime(peer, all);
    const deadband = peer.withoutDeadband ? -1 : undefined;
    const expected = windowsOf(lines, { samples: all, slice, first, step: STEP, deadband });

    await generator.send({ samples: warmSamples, rate, times: { first, step: STEP } });
    await settled(running, { samples: warmSamples, windows: 0 });
    await using pace = new Pace(async () => ({ received: await running.progress() }), PACE_MS);
    const watched = { edge: [...running.edge()], receiver: [...running.receiver()] };
    const before = CpuSeconds.of([...watched.edge, ...watched.receiver]);
    const sent = await generator.send({
      samples,
      rate,
      times: { first: first + (warmSamples / slice) * STEP, step: STEP },
    });
    await settled(running, { samples: all, windows: peer.fast === undefined ? 0 : expected.length });
    const cpu = CpuSeconds.of([...watched.edge, ...watched.receiver]).since(before);
    await pace.stop();
    const [{ points }] = pace.rates('').lines;
    const perMillion = (part: readonly Watched[]): number =>
      cpu.total(part.map(({ name }) => name)) / (samples / 1_000_000);
    const peak = watched.edge.reduce((sum, { pid }) => sum + peakOf(pid), 0);

    const clockwise = peer.fast === undefined;
    if (clockwise) await allWindows(running, expected.length);
    const { windows: received } = await running.received();
    const comparison = compare(await running.windows(), expected);
    if (!clockwise && (comparison.wrong > 0 || received !== expected.length)) {
      throw new Error(`${received} windows of ${expected.length}, ${comparison.wrong} wrong\n${running.diagnosis()}`);
    }
    const kept = await running.kept();
    if (kept !== undefined && kept !== all) throw new Error(`${kept} samples are on its disk, ${all} were sent`);
    return {
      edge: perMillion(watched.edge),
      receiver: watched.receiver.length > 0 ? perMillion(watched.receiver) : undefined,
      peak,
      rate: sent.samples / sent.seconds,
      pace: points,
      windows: { ...comparison, expected: expected.length, received },
    };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * The samples end in the middle of a window, so that every earlier one is closed by many samples of its series. Windows that
 * follow the clock need samples that do, too; others may be sent the past.
 */
function firstTime(peer: Peer, samples: number): number {
  const length = (samples / lineOptions.slice) * STEP;
  const now = Date.now() * 1000;
  if (peer.fast === undefined) return now;
  const end = now - (now % EVERY) - EVERY / 2;
  return end - length;
}

async function settled(running: Running, expected: { samples: number; windows: number }): Promise<void> {
  let last = { samples: 0, windows: 0 };
  await until(
    'the receiver has everything',
    async () => {
      last = await running.received();
      return last.samples >= expected.samples && last.windows >= expected.windows;
    },
    { withinMs: SETTLE_MS, diagnosis: () => `${JSON.stringify({ last, expected })}\n${running.diagnosis()}` },
  );
  if (last.samples > expected.samples)
    throw new Error(`${last.samples} samples are received, ${expected.samples} were sent`);
}

/** Of windows that follow the clock some may never come: what is there in the end is what is reported. */
async function allWindows(running: Running, windows: number): Promise<void> {
  const deadline = performance.now() + CLOCK_MS;
  const enough = async (): Promise<boolean> =>
    performance.now() > deadline || (await running.received()).windows >= windows;
  await until('the windows are received', enough, { withinMs: CLOCK_MS * 2 });
}
