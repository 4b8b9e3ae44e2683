import { formatTime } from './text-form.ts';
import { isTick, type Line, type Sample, type SampleOptions, type SampleValue, sample } from './sample.ts';
import { parseDuration } from '../units/duration.ts';

/** What a character stands for. */
export type Marble = SampleValue | ({ readonly value: SampleValue } & SampleOptions);

export interface MarbleOptions extends SampleOptions {
  /** Path of the series. */
  readonly series: string;
  /** Time of a frame: `1s`. */
  readonly step: string;
  /** Time of the first frame, unless given 0s. */
  readonly start?: string;
}

/**
 * Samples of one series as a diagram, such as `'a-b|(cd)-1|'`. Each frame is one `step` later than the one before: `a` a sample as
 * `values` says, or of the digit itself; `-` none; `.` one that an earlier step has dropped; `(ab)` several of one time in one frame. `|` takes no frame: the agent's clock
 * ticks at the time of the frame that follows. Spaces align diagrams and mean nothing.
 */
export function marbles(diagram: string, values: Readonly<Record<string, Marble>>, options: MarbleOptions): Line[] {
  const { series, step, start = '0s', ...shared } = options;
  const length = timeOf(step, 'step');
  const lines: Line[] = [];
  let time = timeOf(start, 'start');
  let isGroup = false;
  for (const char of diagram) {
    if (char === ' ') continue;
    if (char === '|') lines.push({ tick: time });
    else if (char === '(') isGroup = true;
    else if (char === ')') isGroup = false;
    else if (char === '.') lines.push({ series, unit: shared.unit ?? '', time, dropped: true });
    else if (char !== '-') lines.push(marble(series, time, valueOf(char, values), shared));
    if (!isGroup && char !== '|') time += length;
  }
  return lines;
}

/** Lines of several diagrams as one, in order of time; of one time those of the earlier diagram first. One tick for equal ones. */
export function together(...diagrams: readonly (readonly Line[])[]): Line[] {
  const lines = diagrams.flat().sort((a, b) => atOf(a) - atOf(b));
  return lines.filter((line, i) => {
    const previous = lines.slice(0, i).findLast(isTick);
    return !isTick(line) || previous?.tick !== line.tick;
  });
}

function atOf(line: Line): number {
  return isTick(line) ? line.tick : line.time;
}

function marble(series: string, time: number, marble: Marble, shared: SampleOptions): Sample {
  if (typeof marble !== 'object') return sample(series, time, marble, shared);
  const { value, ...own } = marble;
  return sample(series, time, value, { ...shared, ...own });
}

function valueOf(char: string, values: Readonly<Record<string, Marble>>): Marble {
  if (Object.hasOwn(values, char)) return values[char];
  if (/\d/.test(char)) return Number(char);
  throw new TypeError(`'${char}' stands in the diagram, and no value for it beside: { ${char}: 20.5 }`);
}

function timeOf(text: string, key: string): number {
  const time = parseDuration(text);
  if (time === undefined || (key === 'step' && time === 0)) {
    throw new TypeError(`${key}: '${text}' is no time: write ${formatTime(1_000_000)}`);
  }
  return time;
}
