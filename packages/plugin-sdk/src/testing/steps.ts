import { formatTime } from './text-form.ts';
import { isTick, type Line, type Sample } from './sample.ts';

/** How far a sample may be ahead of the agent's clock (µs) unless a test says otherwise: as in an agent, a day. */
const SKEW = 86_400_000_000;

/** What makes one batch: rows of one lane, or a tick. All times are µs since the test's epoch. */
export interface Step {
  /** Number of the block: steps into which one was cut have the same. */
  readonly block: number;
  /** Place of its first line in what was given. */
  readonly from: number;
  readonly samples: readonly Sample[];
  readonly tick: number;
  readonly isTick: boolean;
  readonly horizon: number;
  /** On a tick: of each series whose greatest time has moved since the one before, the sample with it. */
  readonly watermarks: readonly Sample[];
}

export interface TimeOptions {
  /** How far (µs) a sample may be ahead of the agent's clock before its own clock counts as wrong; unless given, a day. */
  readonly skew?: number;
}

const nothing: readonly Sample[] = [];

/**
 * What the host of a stream makes of lines: samples between two ticks are one block, the clock stands still until the next
 * tick, which brings the watermarks. It starts at 0s, or with a tick that comes first. Unlike the host this leaves out no repeats.
 */
export function stepsOf(lines: readonly Line[], { skew = SKEW }: TimeOptions = {}): Step[] {
  const [first] = lines;
  let tick = first && isTick(first) ? first.tick : 0;
  let samples: Sample[] = [];
  let moved = new Map<string, Sample>();
  const greatest = new Map<string, number>();
  const steps: Step[] = [];
  const endAt = (i: number): void => {
    if (samples.length === 0) return;
    const from = i - samples.length;
    steps.push({ block: steps.length, from, samples, tick, isTick: false, horizon: tick + skew, watermarks: nothing });
    samples = [];
  };
  lines.forEach((line, i) => {
    if (isTick(line)) {
      endAt(i);
      if (i > 0 && !(line.tick > tick)) {
        throw new RangeError(`tick ${formatTime(line.tick)} after ${formatTime(tick)}: the clock only goes forward`);
      }
      tick = line.tick;
      steps.push({
        block: steps.length,
        from: i,
        samples: [],
        tick,
        isTick: true,
        horizon: tick + skew,
        watermarks: [...moved.values()],
      });
      moved = new Map();
      return;
    }
    if (samples.length > 0 && samples[0].lane !== line.lane) endAt(i);
    samples.push(line);
    if (line.time > tick + skew || line.time <= (greatest.get(line.series) ?? Number.NEGATIVE_INFINITY)) return;
    greatest.set(line.series, line.time);
    moved.set(line.series, line);
  });
  endAt(lines.length);
  return steps;
}

/** The step as several, cut before the lines in `cuts`, which rise; one line twice makes a step without rows before it. */
export function cutStep(step: Step, cuts: readonly number[]): Step[] {
  if (step.isTick) return [step];
  const bounds = [0, ...cuts.map((line) => line - step.from), step.samples.length];
  return bounds.slice(1).map((to, i) => {
    return { ...step, from: step.from + bounds[i], samples: step.samples.slice(bounds[i], to) };
  });
}
