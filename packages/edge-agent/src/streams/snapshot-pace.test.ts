import { expect, test } from 'vitest';
import { SnapshotPace } from './snapshot-pace.ts';

test('a snapshot is due at once after enough of the journal, after a minute of a part of it, else after ten', () => {
  const pace = new SnapshotPace(100_000);
  pace.reopened(5);
  expect(pace.dueAt).toBe(600_005);
  pace.entry(24_000);
  expect(pace.dueAt).toBe(600_005);
  pace.entry(1_000);
  expect(pace.dueAt).toBe(60_005);
  pace.entry(75_000);
  expect(pace.dueAt).toBe(0);
  pace.reopened(7);
  expect(pace.dueAt).toBe(0);
  pace.taken(10);
  expect(pace.dueAt).toBe(600_010);
});

test('entries without rows count too', () => {
  const pace = new SnapshotPace(64 * 10);
  for (let i = 0; i < 10; i++) pace.entry(0);
  expect(pace.dueAt).toBe(0);
});

test('one that could not be saved is due again a little later, however little was read', () => {
  const pace = new SnapshotPace(100_000);
  pace.taken(10);
  pace.failed(20);
  expect(pace.dueAt).toBe(5_020);
  pace.entry(200_000);
  expect(pace.dueAt).toBe(5_020);
  pace.taken(5_020);
  expect(pace.dueAt).toBe(605_020);
});

test('one that the journal waits for is due soon, but not at once after the last', () => {
  const pace = new SnapshotPace(100_000);
  pace.taken(100);
  pace.hurry();
  pace.hurry();
  expect(pace.dueAt).toBe(5_100);
  pace.entry(100_000);
  expect(pace.dueAt).toBe(0);
  pace.taken(5_100);
  expect(pace.dueAt).toBe(605_100);
});
