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

const isReadable = (): boolean => true;

test('files shrink to the limit, each step by something', () => {
  fc.assert(
    fc.property(
      fileLists,
      fc.integer({ min: 0, max: 6_000 }),
      fc.integer({ min: -1_500, max: 1_500 }),
      (start, maxBytes, now) => {
        let files = start;
        const size = () => files.reduce((sum, { times }) => sum + times.length * 10, 0);
        for (;;) {
          const before = size();
          const reclaim = nextReclaim(files.map(asFile), { maxBytes, now, isReadable });
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
      },
    ),
  );
});

test('the file that lies before the cutoff goes, the one across it is written again', () => {
  const old = asFile({ id: 1, times: [0, 5, 9] });
  const across = asFile({ id: 2, times: [10, 15, 19] });
  const young = asFile({ id: 3, times: [20, 25, 29] });
  const limit = { now: 30, isReadable };
  expect(nextReclaim([young, across, old], { ...limit, maxBytes: 90 })).toBeUndefined();
  expect(nextReclaim([young, across, old], { ...limit, maxBytes: 60 })).toEqual({ drop: [old] });
  expect(nextReclaim([young, across], { ...limit, maxBytes: 50 })).toEqual({ rewrite: across, dropBefore: 15 });
});

test('a row from the far future takes no other with it', () => {
  const times = Array.from({ length: 100 }, (_, i) => i * DAY);
  const file = asFile({ id: 1, times: [...times, 100_000 * DAY] });
  const reclaim = nextReclaim([file], { maxBytes: 1_000, now: 100 * DAY, isReadable });
  expect(reclaim).toMatchObject({ rewrite: file });
  expect(reclaim && 'rewrite' in reclaim && reclaim.dropBefore / DAY).toBeCloseTo(6, 0);
});

test('where one file cannot be read, another gives what it can', () => {
  const [damaged, whole] = [asFile({ id: 1, times: [0, 5, 9, 9, 19] }), asFile({ id: 2, times: [0, 19] })];
  const limit = { maxBytes: 60, now: 30 };
  expect(nextReclaim([damaged, whole], { ...limit, isReadable })).toMatchObject({ rewrite: damaged });
  const isWhole = (file: SampleFile): boolean => file.id === whole.id;
  expect(nextReclaim([damaged, whole], { ...limit, isReadable: isWhole })).toMatchObject({ rewrite: whole });
  expect(nextReclaim([damaged], { maxBytes: 40, now: 30, isReadable: isWhole })).toBeUndefined();
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
  expect(retentionTimes([{ match: '**', keep: 3_650 * DAY }])).toEqual({ checkMs: 600_000, sealMs: 86_400_000 });
});
