import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextReclaim, retentionTimes } from './retention-plan.ts';
import { NO_FLOOR, type SampleFile } from './sample-files.ts';

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

/** By time, the file that has it last: of one identity in several files, the latest counts. */
function visible(files: readonly Rows[], floor: number): Map<number, number> {
  const inOrder = files.toSorted((a, b) => a.id - b.id);
  return new Map(inOrder.flatMap(({ id, times }) => times.filter((time) => time >= floor).map((time) => [time, id])));
}

test('files shrink to the limit, each step by something, and nothing comes back that a later row had replaced', () => {
  fc.assert(
    fc.property(
      fileLists,
      fc.integer({ min: 0, max: 6_000 }),
      fc.integer({ min: -1_500, max: 1_500 }),
      (start, maxBytes, now) => {
        let files = start;
        let floor = NO_FLOOR;
        const size = () => files.reduce((sum, { times }) => sum + times.length * 10, 0);
        for (;;) {
          const before = { size: size(), floor };
          const reclaim = nextReclaim(files.map(asFile), { maxBytes, floor, now, isReadable });
          if (!reclaim) break;
          if ('drop' in reclaim) {
            files = files.filter(({ id }) => !reclaim.drop.some((file) => file.id === id));
            floor = reclaim.floor ?? floor;
          } else {
            files = files.flatMap(({ id, times }) => {
              const left = id === reclaim.rewrite.id ? times.filter((time) => time >= reclaim.dropBefore) : times;
              return left.length > 0 ? [{ id, times: left }] : [];
            });
          }
          expect(size() < before.size || floor > before.floor).toBe(true);
          expect(floor).toBeLessThanOrEqual(Math.max(before.floor, now));
          // What lies in the future goes in files, from the oldest on: only a clock that is wrong leaves nothing else.
          const past = (times: ReadonlyMap<number, number>) => [...times].filter(([time]) => time < now).sort();
          expect(past(visible(files, floor))).toEqual(past(visible(start, floor)));
        }
        expect(size()).toBeLessThanOrEqual(maxBytes);
      },
    ),
  );
});

test('a file of corrections goes with what they correct, not before', () => {
  const samples = { ...asFile({ id: 1, times: [0, 100] }), bytes: 1_000 };
  const corrections = { ...asFile({ id: 2, times: [0, 5] }), bytes: 60 };
  const limit = { maxBytes: 1_000, now: 200, isReadable };
  const raised = nextReclaim([samples, corrections], { ...limit, floor: NO_FLOOR });
  expect(raised).toEqual({ floor: 6, drop: [corrections] });
  expect(nextReclaim([samples], { ...limit, floor: 6 })).toBeUndefined();
});

test('the floor is raised and the file below it goes, the one across it is written again while space is needed', () => {
  const old = asFile({ id: 1, times: [0, 5, 9] });
  const across = asFile({ id: 2, times: [10, 15, 19] });
  const young = asFile({ id: 3, times: [20, 25, 29] });
  const limit = { now: 30, isReadable };
  expect(nextReclaim([young, across, old], { ...limit, floor: NO_FLOOR, maxBytes: 90 })).toBeUndefined();
  expect(nextReclaim([young, across, old], { ...limit, floor: NO_FLOOR, maxBytes: 60 })).toEqual({
    floor: 11,
    drop: [old],
  });
  expect(nextReclaim([young, across, old], { ...limit, floor: 11, maxBytes: 900 })).toEqual({ drop: [old] });
  expect(nextReclaim([young, across], { ...limit, floor: 11, maxBytes: 60 })).toBeUndefined();
  expect(nextReclaim([young, across], { ...limit, floor: 11, maxBytes: 50 })).toEqual({
    rewrite: across,
    dropBefore: 11,
  });
});

test('a row from the far future takes no other with it', () => {
  const times = Array.from({ length: 100 }, (_, i) => i * DAY);
  const file = asFile({ id: 1, times: [...times, 100_000 * DAY] });
  const limit = { now: 100 * DAY, isReadable };
  const reclaim = nextReclaim([file], { ...limit, floor: NO_FLOOR, maxBytes: 1_000 });
  const floor = (reclaim && 'floor' in reclaim && reclaim.floor) || 0;
  expect(floor / DAY).toBeCloseTo(6, 0);
  expect(nextReclaim([file], { ...limit, floor, maxBytes: 1_000 })).toEqual({ rewrite: file, dropBefore: floor });
  // Nor does the floor rise to where only such rows are: what comes next would not count.
  const future = asFile({ id: 2, times: [99_000 * DAY, 100_000 * DAY] });
  expect(nextReclaim([future], { ...limit, floor, maxBytes: 1 })).toMatchObject({ rewrite: future });
});

test('where one file cannot be read, others are kept within the limit, and it goes once all of it is below', () => {
  const [damaged, whole] = [asFile({ id: 1, times: [0, 5, 9, 9, 19] }), asFile({ id: 2, times: [0, 19] })];
  const limit = { maxBytes: 15, now: 30, isReadable: (file: SampleFile): boolean => file.id === whole.id };
  expect(nextReclaim([damaged], { ...limit, floor: NO_FLOOR })).toBeUndefined();
  expect(nextReclaim([damaged, whole], { ...limit, floor: NO_FLOOR })).toMatchObject({ floor: 6, drop: [] });
  expect(nextReclaim([damaged, whole], { ...limit, floor: 6 })).toMatchObject({ rewrite: whole });
  expect(nextReclaim([damaged], { ...limit, floor: 20 })).toEqual({ drop: [damaged] });
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
