import { isSample, type Line, type Sample, sample, wildLines } from '@sluis/plugin-sdk/testing';

/*
 * For tests of operators that reckon with the numbers of series in order of time: bad days, and what naive references see of them.
 */

const SKEW = 86_400_000_000;

export function wildInput(seed: number, count = 60): Line[] {
  return wildLines([sample('a', 0, 1), sample('b', 1_000_000, 20.5), sample('b', 2_000_000, true)], seed, count);
}

/** The samples with a tick before and behind them, those left out that are beyond the horizon of theirs. */
export function withinHorizon(lines: readonly Line[]): Line[] {
  let tick = 0;
  const [first] = lines;
  if (first && 'tick' in first) tick = first.tick;
  return lines.filter((line) => {
    if ('tick' in line) tick = line.tick;
    return !isSample(line) || line.time <= tick + SKEW;
  });
}

/** The last of each time of a series, in order of time, as far as it is a number. */
export function numbersOf(lines: readonly Line[], series: string): Sample[] {
  const last = new Map<number, Sample>();
  for (const line of lines) if (isSample(line) && line.series === series) last.set(line.time, line);
  return [...last.values()]
    .filter(({ value, quality }) => quality !== 'bad' && typeof value !== 'string' && Number.isFinite(Number(value)))
    .sort((a, b) => a.time - b.time);
}

/** What a reader sees in the end: of each series and time the greatest revision, of equal ones the later. */
export function finalOf(samples: readonly Sample[]): Map<string, Sample> {
  const final = new Map<string, Sample>();
  for (const sample of samples) {
    const key = `${sample.series} ${sample.time}`;
    const known = final.get(key);
    if (!known || sample.revision >= known.revision) final.set(key, sample);
  }
  return final;
}

/** Of each series, in order of time, what is not a NaN in the place of what was taken back. */
export function finalValues(samples: readonly Sample[], series: string): unknown[] {
  return [...finalOf(samples).values()]
    .filter((sample) => sample.series === series && sample.quality !== 'bad')
    .sort((a, b) => a.time - b.time)
    .map(({ time, value, quality }) => [time, value, quality]);
}
