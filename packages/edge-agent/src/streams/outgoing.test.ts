import { randomBytes } from 'node:crypto';
import {
  BatchBuilder,
  decodeSegment,
  groupBySeries,
  Lane,
  MAX_SEGMENT_BYTES,
  MAX_TEXT_BYTES,
  takeRows,
} from '@sluis/protocol';
import { expect, test } from 'vitest';
import { Outgoing } from './outgoing.ts';

test('no segment is longer than a message holds, however much text one batch brings', () => {
  const outgoing = new Outgoing();
  const builder = new BatchBuilder();
  for (let i = 0; i < 12; i++) builder.text(i, i, randomBytes(MAX_TEXT_BYTES * 0.75).toString('base64'));
  const rows = builder.take();
  outgoing.add(rows);
  expect(outgoing.isFull).toBe(true);
  const segments = outgoing.take();
  for (const { bytes } of segments) expect(bytes.byteLength).toBeLessThanOrEqual(MAX_SEGMENT_BYTES);
  expect(groupBySeries(segments.map(({ bytes }) => decodeSegment(bytes)))).toEqual(groupBySeries([rows]));
  expect(outgoing.isEmpty).toBe(true);
});

test('texts that no row uses any more do not cut a commit', () => {
  const outgoing = new Outgoing();
  const builder = new BatchBuilder();
  for (let i = 0; i < 20; i++) builder.text(i, i, randomBytes(10_000).toString('base64'));
  const rows = builder.take();
  outgoing.add(takeRows(rows, Uint32Array.of(7), 1));
  expect(outgoing.isFull).toBe(false);
  outgoing.add(rows);
  expect(outgoing.isFull).toBe(true);
});

test('rows of all kinds leave in the order in which they came, series by series', () => {
  const outgoing = new Outgoing();
  const chunk = (from: number, isText: boolean) => {
    const builder = new BatchBuilder();
    for (let i = from; i < from + 9_000; i++) {
      if (isText && i % 7 === 0) builder.text(i % 5, 1, `text ${i}`);
      else builder.double(i % 5, 1, i);
    }
    return builder.take();
  };
  for (let round = 0; round < 2; round++) {
    const chunks = [false, false, true, false, true, true, false].map((isText, i) => chunk(i * 9_000, isText));
    for (const rows of chunks) outgoing.add(rows);
    const segments = outgoing.take();
    expect(groupBySeries(segments.map(({ bytes }) => decodeSegment(bytes)))).toEqual(groupBySeries(chunks));
  }
});

test('rows of different lanes are segments of their own', () => {
  const outgoing = new Outgoing();
  const rowsAt = (time: number) => {
    const builder = new BatchBuilder();
    builder.double(0, time, time);
    return builder.take();
  };
  for (let round = 0; round < 2; round++) {
    outgoing.add(rowsAt(1));
    expect([outgoing.rows, outgoing.isUrgent]).toEqual([1, false]);
    outgoing.add(rowsAt(2), Lane.alarm);
    outgoing.add(rowsAt(3), Lane.data);
    expect([outgoing.rows, outgoing.isUrgent]).toEqual([3, true]);
    const times = outgoing.take().map(({ lane, bytes }) => [lane, [...decodeSegment(bytes).time]]);
    expect(Object.fromEntries(times)).toEqual({ [Lane.data]: [1, 3], [Lane.alarm]: [2] });
    expect([outgoing.isEmpty, outgoing.isUrgent]).toEqual([true, false]);
  }
});
