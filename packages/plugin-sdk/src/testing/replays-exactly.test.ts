import { map } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { moveRows } from '../columns/move-rows.ts';
import { defineOperator } from '../operator.ts';
import { replaysExactly } from './replays-exactly.ts';
import { sample } from './sample.ts';

/** Adds up each series; wrongly from the value `limit` on, which it only remembers until it ends. */
const sum = defineOperator({
  name: 'sum',
  version: 1,
  summary: 'Adds up.',
  config: z.strictObject({ limit: z.number() }),
  create({ config: { limit }, state }) {
    const sums = state.float64('sums', 0);
    let isOver = false;
    return map((batch) => ({
      ...batch,
      value: batch.value.map((value, row) => {
        sums.reserve(batch.series[row]);
        isOver ||= value === limit;
        return (sums.values[batch.series[row]] += isOver ? 1 : value);
      }),
    }));
  },
});

const given = Array.from({ length: 100 }, (_, i) => sample(i % 3 === 0 ? 'b' : 'a', i, i));

test('an operator that keeps all in its state replays exactly', () => replaysExactly(sum, { limit: 100 }, given));

test('of one that does not, the message has the seed and the first lines that show it', () => {
  expect(() => replaysExactly(sum, { limit: 90 }, given, { seed: 7 })).toThrow(
    /^sum does not replay exactly \(seed 7, round 0\) after these 92 of 100 lines:\n  # … \d+ more\n/,
  );
  expect(() => replaysExactly(sum, { limit: 2 }, '0s a 1\n1s a 2\ntick 2s\n2s a 3\n3s b 4')).toThrow(
    [
      'sum does not replay exactly (seed 1, round 0) after these 4 of 5 lines:',
      '  0s  a  1',
      '  # a new batch',
      '  # restored, with other ids',
      '  1s  a  2',
      '  # restored, with other ids',
      '  tick 2s',
      '  # restored, with other ids',
      '  2s  a  3',
      'expected, as without that:',
      '  2s  a  3',
      'emitted:',
      '  2s  a  5',
      'Keep what lasts',
    ].join('\n'),
  );
});

/** Makes one series of all, and remembers beside its state how far that has come. */
const one = defineOperator({
  name: 'one',
  version: 1,
  summary: 'Makes one of all.',
  config: z.strictObject({}),
  names: 'chosen',
  create({ series }) {
    let furthest = Number.NEGATIVE_INFINITY;
    return map((batch) => {
      const moved = moveRows(batch, () => series.intern('all'));
      const time = moved.watermarks.time.map((time) => (furthest = Math.max(furthest, time)));
      return { ...moved, watermarks: { series: moved.watermarks.series, time } };
    });
  },
});

test('watermarks must be the same, too', () => {
  expect(() => replaysExactly(one, {}, '0s a 1\n5s b 2\ntick 6s\n1s a 3\ntick 7s')).toThrow(
    'watermarks all 1s, expected all 5s',
  );
});
