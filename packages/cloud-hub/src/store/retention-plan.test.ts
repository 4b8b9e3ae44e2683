import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextReclaim, retentionTimes } from './retention-plan.ts';
import type { SampleFile } from './sample-files.ts';

const MINUTE = 60e6;
const DAY = 1440 * MINUTE;

/** A file whose rows lie at these times, 10 bytes each. */
interface Rows {
  readonly id: number;
  readonly times: readonly number[];
}

const fileLists = fc
  .array(fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 1, maxLength: 20 }), { maxLength: 30 })
  .map((lists) => lists.map((times, id): Rows => ({ id, times })));

function asFile({ id, times }: Rows): SampleFile {
  const [firstTime, lastTime] = [Math.min(...times), Math.max(...times)];
  const bytes = times.length * 10;
  return {
    id,
    group: 1,
    path: '',
    seriesPath: '',
    rows: times.length,
    bytes,
    firstTime,
    lastTime,
    firstSeries: '',
    lastSeries: '',
  };
}

test('files shrink to the limit, each step by something', () => {
  fc.assert(
    fc.property(fileLists, fc.integer({ min: 0, max: 6_000 }), (start, maxBytes) => {
      let files = start;
      const size = () => files.reduce((sum, { times }) => sum + times.length * 10, 0);
      for (;;) {
        const before = size();
        const reclaim = nextReclaim(files.map(asFile), maxBytes);
        if (!reclaim) break;
        if ('drop' in reclaim) {
          files = files.filter(({ id }) => !reclaim.drop.some((file) => file.id === id));
        } else {
          files = files.flatMap(({ id, times }) => {
            const left = id === reclaim.rewrite.id ? times.filter((time) => time >= reclaim.dropBefore) : times;
            return left.length > 0 ? [{ id, times: left }] : [];
          });
        }
        expect(size()).toBeLessThan(before);
      }
      expect(size()).toBeLessThanOrEqual(maxBytes);
    }),
  );
});

test('the file that lies before the cutoff goes, the one across it is written again', () => {
  const old = asFile({ id: 1, times: [0, 5, 9] });
  const across = asFile({ id: 2, times: [10, 15, 19] });
  const young = asFile({ id: 3, times: [20, 25, 29] });
  expect(nextReclaim([young, across, old], 90)).toBeUndefined();
  expect(nextReclaim([young, across, old], 60)).toEqual({ drop: [old] });
  expect(nextReclaim([young, across], 50)).toEqual({ rewrite: across, dropBefore: 15 });
});

test('rules are applied often enough for the shortest, and not all the time', () => {
  expect(retentionTimes([])).toBeUndefined();
  expect(
    retentionTimes([
      { match: '**', keep: 365 * DAY },
      { match: 'lab/**', keep: DAY },
    ]),
  ).toEqual({
    checkMs: 600_000,
    sealMs: 72 * 60_000,
  });
  expect(retentionTimes([{ match: '**', keep: 1 }])).toEqual({ checkMs: 1_000, sealMs: 1_000 });
});
