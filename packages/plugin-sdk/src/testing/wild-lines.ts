import { randomAt } from './random.ts';
import { isSample, type Line, type Sample, sample, type SampleOptions, type SampleValue } from './sample.ts';

const SECOND = 1_000_000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
/** Machines send several samples of a series together: how often the next one is of the same. */
const SAME_SERIES = 0.6;
const TICK = 0.15;
const DROPPED = 0.1;

/** What every operator meets one day, whatever it is made for. */
const strange: readonly SampleValue[] = [
  Number.NaN,
  -0,
  0,
  Infinity,
  -Infinity,
  1e308,
  '',
  'RUN',
  true,
  false,
  7n,
  2n ** 64n - 1n,
];

/**
 * Samples as a bad day brings them, of the series and with the values of `given` and some of their own: late by hours, ahead by a
 * year, repeated, corrected, not in order, dropped by earlier steps, of bad quality, of another kind than before, with a clock that jumps. They follow from
 * the seed alone.
 */
export function wildLines(given: readonly Line[], seed: number, count = 80): Line[] {
  const samples = given.filter(isSample);
  const known = [...samples, sample('wild/a', 0, 1), sample('wild/b', 0, 20.5)];
  const step = stepOf(samples);
  const lines: Line[] = [];
  const sent: Sample[] = [];
  let now = 0;
  let tick = 0;
  let { series, unit } = known[0];
  for (let i = 0; i < count; i++) {
    const random = (place: number): number => randomAt(seed, i, place);
    const among = <T>(list: readonly T[], place: number): T => list[Math.floor(random(place) * list.length)];
    now += Math.ceil((Math.floor(random(0) * 2) * Math.ceil(random(1) * 4) * step) / 4);
    if (random(2) < TICK) {
      tick = Math.max(now, tick + 1) + (random(3) < 0.1 ? HOUR : 0);
      lines.push({ tick });
      continue;
    }
    if (random(4) > SAME_SERIES) ({ series, unit } = among(known, 5));
    const own = known.filter((one) => one.series === series);
    const value = random(6) < 0.12 ? among(strange, 7) : varied(among(own, 8).value, random(9));
    const before = sent.findLast((one) => one.series === series);
    const made = sample(series, timeAt(now, step, random), value, { unit, ...optionsOf(random(10)) });
    const line = !before || random(11) > 0.1 ? made : random(12) < 0.5 ? before : { ...made, time: before.time };
    const { time } = line;
    lines.push(random(13) < DROPPED ? { series, unit, time, dropped: true } : line);
    sent.push(line);
  }
  return lines;
}

function timeAt(now: number, step: number, random: (place: number) => number): number {
  const kind = random(20);
  if (kind < 0.02) return now + 400 * DAY;
  if (kind < 0.05) return now - 8 * HOUR;
  if (kind < 0.2) return now - Math.ceil(random(21) * 5 * step);
  return now;
}

function varied(value: SampleValue, random: number): SampleValue {
  if (typeof value === 'number' && random < 0.3) return Math.round((value + (random - 0.15) * 10) * 8) / 8;
  if (typeof value === 'boolean' && random < 0.3) return !value;
  return value;
}

function optionsOf(random: number): SampleOptions {
  if (random < 0.07) return { quality: 'bad' };
  if (random < 0.14) return { quality: 'uncertain' };
  if (random < 0.17) return { revision: 1 };
  if (random < 0.19) return { lane: 'alarm' };
  return {};
}

/** The usual time from one sample to the next, in µs. */
function stepOf(samples: readonly Sample[]): number {
  const gaps = samples.slice(1).map(({ time }, i) => Math.abs(time - samples[i].time));
  const sorted = gaps.filter((gap) => gap > 0).sort((a, b) => a - b);
  return sorted.at(sorted.length >> 1) ?? SECOND;
}
