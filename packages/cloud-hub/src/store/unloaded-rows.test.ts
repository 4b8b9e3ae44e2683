import { expect, test } from 'vitest';
import { UnloadedRows } from './unloaded-rows.ts';

test('rows wait from their commit until their segment is loaded', () => {
  const rows = new UnloadedRows();
  rows.committed(
    [
      { id: 1, samples: 10 },
      { id: 2, samples: 20 },
    ],
    0,
  );
  rows.committed([{ id: 5, samples: 40 }], 0);
  expect(rows.count).toBe(70);
  rows.loaded(1, 1);
  expect(rows.count).toBe(60);
  rows.loaded(4, 2);
  expect(rows.count).toBe(40);
  // A process that starts again begins from nowhere.
  rows.loaded(0, 3);
  expect(rows.count).toBe(40);
  rows.loaded(5, 4);
  expect(rows.count).toBe(0);
});

/** A process that loads one segment after another, `perMs` rows each ms, and rests between them. */
function loadedAt(perMs: number, restMs = 0): UnloadedRows {
  const rows = new UnloadedRows();
  let now = 0;
  for (let id = 1; id <= 50; id++) {
    rows.committed([{ id, samples: 100 * perMs }], (now += restMs));
    rows.loaded(id, (now += 100));
  }
  return rows;
}

test('as many rows may wait as are loaded within 300 ms, whatever the pace, within limits', () => {
  expect(loadedAt(1000).bound).toBeCloseTo(300_000, -2);
  expect(loadedAt(1000, 5000).bound).toBeCloseTo(300_000, -2);
  expect(loadedAt(10).bound).toBe(100_000);
  expect(loadedAt(100_000).bound).toBe(1_000_000);
});
