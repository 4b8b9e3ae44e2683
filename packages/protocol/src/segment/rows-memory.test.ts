import { expect, test } from 'vitest';
import { RowsMemory } from './rows-memory.ts';

const bytesOf = (memory: RowsMemory, rows: number): number => memory.take(rows).time.buffer.byteLength;

test('keeps what is wanted again and again, and gives back what a burst has made of it', () => {
  const memory = new RowsMemory();
  const before = bytesOf(memory, 1_000);
  expect(bytesOf(memory, 900)).toBe(before);
  const burst = bytesOf(memory, 100_000);
  expect(burst).toBeGreaterThanOrEqual(100_000 * 8);
  for (let turn = 0; turn < 1_000; turn++) bytesOf(memory, turn % 50 === 0 ? 100_000 : 1_000);
  expect(bytesOf(memory, 1_000)).toBe(burst);
  for (let turn = 0; turn < 128; turn++) bytesOf(memory, 1_000);
  expect(bytesOf(memory, 1_000)).toBe(before);
});
