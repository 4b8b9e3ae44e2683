import { expect, test } from 'vitest';
import { UnloadedRows } from './unloaded-rows.ts';

test('rows wait from their commit until their segment is loaded', () => {
  const rows = new UnloadedRows();
  rows.committed([
    { id: 1, samples: 10 },
    { id: 2, samples: 20 },
  ]);
  rows.committed([{ id: 5, samples: 40 }]);
  expect(rows.count).toBe(70);
  rows.loaded(1);
  expect(rows.count).toBe(60);
  rows.loaded(4);
  expect(rows.count).toBe(40);
  // A process that starts again begins from nowhere.
  rows.loaded(0);
  expect(rows.count).toBe(40);
  rows.loaded(5);
  expect(rows.count).toBe(0);
});
