import { formatTime } from './text-form.ts';
import { isSample, isTick, type Line, type Sample } from './sample.ts';

/** How far a sample may be ahead of the agent's clock (µs) unless a test says otherwise: as in an agent, a day. */
const SKEW = 86_400_000_000;

/** What makes one batch: rows of one lane, or a tick. All times are µs since the test's epoch. */
export interface Step {
  /** Number of the block: steps into which one was cut have the same. */
  readonly block: number;
  readonly samples: readonly Sample[];
  /** Places of the samples, or of the tick, in what was given. */
  readonly places: readonly number[];
  readonly tick: number;
  readonly isTick: boolean;
  readonly horizon: number;
  /** On a tick: of each series whose greatest time has moved since the one before, what has it. */
  readonly watermarks: readonly Timed[];
}

type Timed = Pick<Sample, 'series' | 'unit' | 'time'>;

export interface TimeOptions {
  /** How far (µs) a sample may be ahead of the agent's clock before its own clock counts as wrong; unless given, a day. */
  readonly skew?: number;
}

/**
 * What the host of a stream makes of lines: samples between two ticks are one block, the clock stands still until the next
 * tick, which brings the watermarks. It starts at 0s, or with a tick that comes first. Unlike the host this leaves out no repeats.
 */
export function stepsOf(lines: readonly Line[], { skew = SKEW }: TimeOptions = {}): Step[] {
  const [first] = lines;
  let tick = first && isTick(first) ? first.tick : 0;
  let samples: Sample[] = [];
  let places: number[] = [];
  /** Of each series what has its greatest time, and of those what has come since the last tick. */
  const greatest = new Map<string, { latest: Timed; isMoved: boolean }>();
  let moved: { latest: Timed; isMoved: boolean }[] = [];
  const steps: Step[] = [];
  const end = (): void => {
    if (samples.length === 0) return;
    const time = { tick, isTick: false, horizon: tick + skew, watermarks: [] };
    steps.push({ block: steps.length, samples, places, ...time });
    samples = [];
    places = [];
  };
  lines.forEach((line, i) => {
    if (isTick(line)) {
      end();
      if (i > 0 && !(line.tick > tick)) {
        throw new RangeError(`tick ${formatTime(line.tick)} after ${formatTime(tick)}: the clock only goes forward`);
      }
      tick = line.tick;
      const time = { tick, isTick: true, horizon: tick + skew, watermarks: moved.map(({ latest }) => latest) };
      steps.push({ block: steps.length, samples: [], places: [i], ...time });
      for (const one of moved) one.isMoved = false;
      moved = [];
      return;
    }
    if (isSample(line)) {
      if (samples.length > 0 && samples[0].lane !== line.lane) end();
      samples.push(line);
      places.push(i);
    }
    if (line.time > tick + skew) return;
    const known = greatest.get(line.series);
    const one = known ?? { latest: line, isMoved: false };
    if (!known) greatest.set(line.series, one);
    else if (line.time <= known.latest.time) return;
    one.latest = line;
    if (!one.isMoved) moved.push(one);
    one.isMoved = true;
  });
  end();
  return steps;
}

/** The step as several: `cuts` says how often it is cut before the line at a place, where each cut beyond one leaves a step without rows. */
export function cutStep(step: Step, cuts: (place: number) => number): Step[] {
  const { samples, places, isTick } = step;
  if (isTick) return [step];
  const bounds = [0, ...places.flatMap((place, i) => Array.from({ length: cuts(place) }, () => i)), samples.length];
  return bounds.slice(1).map((to, i) => {
    const from = bounds[i];
    const places = step.places.slice(from, Math.max(to, from + 1));
    return { ...step, samples: samples.slice(from, to), places };
  });
}
