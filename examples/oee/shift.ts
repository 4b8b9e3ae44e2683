import { type Sample, sample } from '@sluis/plugin-sdk/testing';

const SECOND = 1_000_000;
export const HOUR = 3_600 * SECOND;
/** Eight hours, and the first minute of the next, with which the last hour closes. */
const END = 8 * HOUR + 60 * SECOND;
/** The press makes a part in so many seconds at best; in the afternoon it is slower. */
const CYCLE = { best: 10, slow: 12.5 };
const SLOW_FROM = 5 * HOUR;
/** When it does not run, and why. */
const STOPS = [
  { from: 1.25 * HOUR, to: 1.5 * HOUR, state: 'SETUP' },
  { from: 3 * HOUR, to: 3.5 * HOUR, state: 'PAUSE' },
  { from: 6.1 * HOUR, to: 6.8 * HOUR, state: 'DOWN' },
];
/** Behind a setup, and with a worn tool, every so many parts one is scrap. */
const SCRAP_EVERY = { setup: 6, usual: 40, worn: 15 };
const WORN_FROM = 7 * HOUR;

/** What the controller of press-1 publishes in a shift. */
export function shift(): Sample[] {
  const samples: Sample[] = [];
  let parts = 0;
  let nextPart = 0;
  let last = '';
  for (let time = 0; time <= END; time += SECOND) {
    const state = STOPS.find(({ from, to }) => time >= from && time < to)?.state ?? 'RUN';
    if (state !== last || time % (60 * SECOND) === 0) {
      samples.push(sample('lab/press-1/state', time, state), sample('lab/press-1/running', time, state === 'RUN'));
      last = state;
    }
    if (state !== 'RUN') nextPart = time + CYCLE.best * SECOND;
    if (state !== 'RUN' || time < nextPart) continue;
    samples.push(sample('lab/press-1/good', time, ++parts % scrapEvery(time) !== 0));
    nextPart += (time >= SLOW_FROM ? CYCLE.slow : CYCLE.best) * SECOND;
  }
  return samples;
}

function scrapEvery(time: number): number {
  if (time >= WORN_FROM) return SCRAP_EVERY.worn;
  return time >= STOPS[0].to && time < STOPS[0].to + HOUR / 2 ? SCRAP_EVERY.setup : SCRAP_EVERY.usual;
}
