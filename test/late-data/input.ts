import { Quality } from '@sluis/protocol';
import type { Random } from '../e2e/random.ts';

/** A sample as an agent hands it over. */
export interface InputRow {
  readonly series: number;
  /** µs since 1970. */
  readonly time: number;
  readonly value: number;
  readonly quality: Quality;
  readonly revision: number;
}

/** Shares of all samples. */
const LATE = 0.1;
const REPEATED = 0.01;
const CORRECTED = 0.01;
const UNCERTAIN = 0.02;
const BAD = 0.01;

const DAY_US = 86_400_000_000;
/** All samples lie in so many days: a day late is far behind, and much is on time meanwhile. */
const DAYS = 3;
const START = Date.UTC(2026, 0, 1) * 1000;
/** Multiples of a quarter add up without rounding, in whatever order. */
const QUARTERS = 40_000;
const MAX_REVISION = 3;

/**
 * The rows of `samples` samples in the order in which they come: of all a tenth up to a day late, a hundredth twice, and
 * a hundredth corrected, by a higher revision that comes before or after what it corrects.
 */
export function* inputRows({
  samples,
  series,
  random,
}: {
  samples: number;
  series: number;
  random: Random;
}): Generator<InputRow> {
  const step = Math.floor((DAYS * DAY_US * series) / samples);
  const delayed = new Map<number, InputRow[]>();
  const aDay = Math.ceil(DAY_US / step);
  const later = (at: number, row: InputRow): void => {
    const due = at + random.whole(1, aDay + 1);
    delayed.set(due, [...(delayed.get(due) ?? []), row]);
  };
  const ticks = Math.ceil(samples / series);
  let left = samples;
  for (let tick = 0; tick < ticks || delayed.size > 0; tick++) {
    yield* delayed.get(tick) ?? [];
    delayed.delete(tick);
    for (let id = 0; id < series && left > 0; id++, left--) {
      const row: InputRow = {
        series: id,
        time: START + tick * step + random.whole(0, step),
        value: valueOf(random),
        quality: qualityOf(random),
        revision: 0,
      };
      const isCorrected = random.next() < CORRECTED;
      const isLate = random.next() < LATE;
      if (random.next() < REPEATED) later(tick, row);
      if (isCorrected) {
        const corrected = { ...row, value: valueOf(random), revision: random.whole(1, MAX_REVISION + 1) };
        if (isLate) yield corrected;
        else later(tick, corrected);
      }
      if (isLate) later(tick, row);
      else yield row;
    }
  }
}

function valueOf(random: Random): number {
  return random.whole(-QUARTERS, QUARTERS) / 4;
}

function qualityOf(random: Random): Quality {
  const drawn = random.next();
  if (drawn < BAD) return Quality.bad;
  return drawn < BAD + UNCERTAIN ? Quality.uncertain : Quality.good;
}
