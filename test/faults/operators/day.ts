import type { Value } from '../../e2e/hub-client.ts';
import type { Sample } from '../../e2e/load.ts';
import type { Random } from '../../e2e/random.ts';

export interface DayOptions {
  readonly random: Random;
  /** µs since 1970, of its first sample. */
  readonly start: number;
  /** About how many samples it has. */
  readonly samples: number;
  /** Names of the presses. */
  readonly presses: readonly string[];
}

const SECOND = 1_000_000;
const HOUR = 3_600 * SECOND;
/** It ends between two hours, so that seconds of the agent's clock that follow on it end no window of an hour. */
const LENGTH = 23.5 * HOUR;
export const PRESSES = ['press-1', 'press-2', 'press-3'];
const STATES = ['idle', 'running', 'running', 'down', 'setup'];

/** What is done to samples, as shares of them. */
const [LEFT_OUT, LATE, DOUBLE, CORRECTED] = [0.05, 0.03, 0.03, 0.02];
/** A late sample is this late at most, a correction of one of the last so many of its series. */
const LATEST = 2 * HOUR;
const CORRECTABLE = 64;
/** What the first press measured in this time comes eight hours later, all at once; the last is silent if there are several. */
const HELD = { from: 2 * HOUR, to: 3 * HOUR, until: 11 * HOUR };
const SILENT = { from: 6 * HOUR, to: 9 * HOUR };
/** Of the clock of one sensor. */
const ASTRAY = 400 * 24 * HOUR;

interface Quantity {
  readonly series: string;
  value(): Value;
}

/**
 * A day of presses and an oven in the order in which it is sent: numbers, counters that start again, texts and booleans;
 * some samples late, sent twice or corrected, a burst eight hours late, a press silent for hours, a clock 400 days ahead.
 */
export function* day({ random, start, samples, presses }: DayOptions): Generator<Sample> {
  const first = `lab/${presses[0]}/`;
  const last = presses.length > 1 ? `lab/${presses.at(-1)}/` : undefined;
  const quantities = [...presses.flatMap((press) => quantitiesOf(press, random)), walk('lab/oven/temperature', random)];
  const astray = walk('lab/astray/force', random);
  const step = Math.floor(LENGTH / (samples / (quantities.length + 1)));
  const sent = new Map<string, Sample[]>();
  let held: { readonly sample: Sample; readonly due: number }[] = [];

  for (let now = 0; now < LENGTH; now += step) {
    for (const { sample } of held.filter(({ due }) => due <= now)) yield sample;
    held = held.filter(({ due }) => due > now);
    for (const { series, value } of quantities) {
      if (last && series.startsWith(last) && now >= SILENT.from && now < SILENT.to) continue;
      const sample = { series, time: start + now + random.whole(0, step), value: value() };
      const chance = random.next();
      const isHeld = series.startsWith(first) && now >= HELD.from && now < HELD.to;
      if (chance < LEFT_OUT) continue;
      if (isHeld || chance < LEFT_OUT + LATE) {
        held.push({ sample, due: isHeld ? HELD.until : now + random.whole(0, LATEST) });
        continue;
      }
      yield sample;
      if (random.next() < DOUBLE) yield sample;
      const earlier = sent.get(series) ?? [];
      sent.set(series, [...earlier.slice(1 - CORRECTABLE), sample]);
      if (random.next() < CORRECTED) {
        yield { series, time: earlier[random.whole(0, earlier.length)]?.time ?? sample.time, value: value() };
      }
    }
    yield { series: astray.series, time: start + now + ASTRAY, value: astray.value() };
  }
  for (const { sample } of held) yield sample;
}

function quantitiesOf(press: string, random: Random): Quantity[] {
  let parts = 0n;
  let state = 0;
  return [
    walk(`lab/${press}/force`, random),
    walk(`lab/${press}/temperature`, random),
    {
      series: `lab/${press}/parts`,
      value: () => (parts = random.next() < 0.01 ? 0n : parts + BigInt(random.whole(0, 4))),
    },
    {
      series: `lab/${press}/state`,
      value: () => {
        if (random.next() < 0.1) state = random.whole(0, STATES.length);
        return STATES[state];
      },
    },
    { series: `lab/${press}/running`, value: () => random.next() < 0.8 },
  ];
}

/** Between 0 and 100, often where it was before. */
function walk(series: string, random: Random): Quantity {
  let at = random.whole(20, 80);
  return {
    series,
    value() {
      if (random.next() < 0.7) at = Math.min(Math.max(at + (random.next() - 0.5) * 20, 0), 100);
      return random.next() < 0.5 ? Math.round(at) : at;
    },
  };
}
