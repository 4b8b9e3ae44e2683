import { type Line, sample, type Sample, type SampleValue } from '@sluis/plugin-sdk/testing';
import type { Random } from '../e2e/random.ts';

const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** All samples but the last ones lie before this. */
export const END = 32 * HOUR;
const HOURS = 30;

/** Shares of all samples. */
const LATE = 0.1;
const REPEATED = 0.03;
const CORRECTED = 0.03;
const REJUDGED = 0.03;
const WITHOUT_VALUE = 0.03;
const UNCERTAIN = 0.03;
const PAUSE = 0.02;
/** How many minutes a sample is late, and a series pauses, at most. */
const MOST_LATE = 40;
const LONGEST_PAUSE = 15;
/** How likely a state is another one than before. */
const CHANGE = 0.2;
const states: readonly SampleValue[] = ['RUN', 'STOP', '', true, false, 1, 2];
/** What series measure, each what its place says: of both signs, far from 0, whole numbers of 64 bits that doubles have, and of all sizes. */
const numbers: readonly ((random: Random) => SampleValue)[] = [
  (random) => (random.next() - 0.5) * 2_000,
  (random) => 1_000_000 + (random.next() - 0.5) * 200,
  (random) => BigInt(Math.round((random.next() - 0.5) * 2 * Number.MAX_SAFE_INTEGER)),
  (random) => -random.whole(1, 4_000) / 4,
  (random) => (random.next() < 0.5 ? -1 : 1) * 10 ** (random.next() * 18 - 9),
];

/** Series of which each has one bad day. */
export const odd = { ahead: 'odd/ahead', silent: 'odd/silent', burst: 'odd/burst' };

/** A row, the minute in which it comes, and if its clock is right. */
interface Arrival {
  readonly row: Sample;
  readonly minute: number;
}

/**
 * 30 hours, with a tick a minute, of series that send about once a minute or `perMinute` times: late, twice, corrected in value or in quality alone, unordered,
 * with pauses, some without a value. Of `ofStates` the values are states. One has a clock that is ahead by 400 days for ten hours, one is silent for a day, one sends an
 * hour of samples again eight hours late, of which most were not sent before.
 */
export function windowInput(options: { random: Random; series: number; perMinute: number; ofStates: boolean }): {
  lines: Line[];
  known: Sample[];
} {
  const { random, series, perMinute, ofStates } = options;
  const names = [...Array.from({ length: series }, (_, i) => `m${i}`), ...Object.values(odd)];
  const arrivals = names.flatMap((name, place) =>
    rowsOf(name, { random, perMinute, number: ofStates ? undefined : numbers[place % numbers.length] }),
  );
  const byMinute = Map.groupBy(arrivals, ({ minute }) => minute);
  const lines: Line[] = [{ tick: 0 }];
  const known: Sample[] = [];
  const last = Math.max(...byMinute.keys());
  for (let minute = 0; minute <= last; minute++) {
    for (const { row } of random.shuffled(byMinute.get(minute) ?? [])) {
      lines.push(row);
      // The others are ahead of the clock by more than it can be wrong.
      if (row.time < 100 * DAY) known.push(row);
    }
    lines.push({ tick: (minute + 1) * MINUTE });
  }
  // What is open closes, and what has changed is emitted.
  const end = names.flatMap((name) => [sample(name, END, -1), sample(name, END + 2 * HOUR, -2)]);
  const ticks = [1, 2].map((more) => ({ tick: END + 2 * HOUR + more * SECOND }));
  return { lines: [...lines, ...end, ...ticks], known: [...known, ...end] };
}

function rowsOf(
  name: string,
  { random, perMinute, number }: { random: Random; perMinute: number; number: (typeof numbers)[number] | undefined },
): Arrival[] {
  const arrivals: Arrival[] = [];
  const step = Math.floor(MINUTE / perMinute);
  let state = states[0];
  const valueOf = (): SampleValue => {
    if (random.next() < WITHOUT_VALUE) return Number.NaN;
    if (number) return number(random);
    if (random.next() < CHANGE) state = states[random.whole(0, states.length)];
    return state;
  };
  for (let at = 0; at < HOURS * 60 * perMinute; at++) {
    if (random.next() < PAUSE) at += random.whole(0, LONGEST_PAUSE * perMinute);
    const minute = Math.floor(at / perMinute);
    const time = at * step + random.whole(0, step);
    if (name === odd.silent && time > 3 * HOUR && time < 27 * HOUR) continue;
    const row = sample(name, time, valueOf(), { quality: qualityOf(random) });
    if (name === odd.ahead && time < 10 * HOUR) {
      arrivals.push({ row: { ...row, time: time + 400 * DAY }, minute });
      continue;
    }
    const isBurst = name === odd.burst && time > 4 * HOUR && time < 5 * HOUR;
    if (isBurst) arrivals.push({ row: { ...row, value: valueOf() }, minute: 13 * 60 });
    if (isBurst && random.next() < 0.8) continue;
    const late = random.next() < LATE ? random.whole(1, MOST_LATE) : 0;
    arrivals.push({ row, minute: minute + late });
    const again = minute + random.whole(0, MOST_LATE);
    if (random.next() < REPEATED) arrivals.push({ row, minute: again });
    if (random.next() < CORRECTED) arrivals.push({ row: { ...row, value: valueOf() }, minute: again });
    if (random.next() < REJUDGED) arrivals.push({ row: { ...row, quality: qualityOf(random) }, minute: again + 1 });
  }
  return arrivals;
}

function qualityOf(random: Random): Sample['quality'] {
  const chance = random.next();
  if (chance < WITHOUT_VALUE) return 'bad';
  return chance < WITHOUT_VALUE + UNCERTAIN ? 'uncertain' : 'good';
}
