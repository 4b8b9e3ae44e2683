import { type AnyOperator, operators } from '../operators/index.ts';
import { defineOperator } from '@sluis/plugin-sdk';
import { noRows, noWatermarks, type SampleBatch, SeriesTable } from '@sluis/protocol';
import { asapScheduler, map, observeOn, type OperatorFunction, take } from 'rxjs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { doubles, silentLog } from './fixtures.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts';
import { Stream, StreamFault } from './stream.ts';

const config = z.literal(true);
const faulty = {
  throws: map(() => {
    throw new Error('cannot bear it');
  }),
  ends: take<SampleBatch>(1),
  late: observeOn<SampleBatch>(asapScheduler),
  empty: map((): unknown => null),
  narrow: map((batch: SampleBatch): unknown => ({ ...batch, value: Float32Array.from(batch.value) })),
  unknown: map((batch: SampleBatch) => ({ ...batch, series: batch.series.map(() => 77) })),
  unread: map((batch: SampleBatch) => ({
    ...batch,
    get value(): never {
      throw new Error('not yet');
    },
  })),
};
const registry = operators as Record<string, AnyOperator>;

beforeEach(() => {
  for (const [name, operator] of Object.entries(faulty)) {
    registry[name] = defineOperator({
      name,
      version: 1,
      summary: 'Fails.',
      config,
      create: () => operator as OperatorFunction<SampleBatch, SampleBatch>,
    }) as AnyOperator;
  }
});
afterEach(() => {
  for (const name of Object.keys(faulty)) delete registry[name];
});

const batch: SampleBatch = { ...noRows, position: 1, tick: 1, horizon: 1, watermarks: noWatermarks };

function stream(...steps: object[]): Stream {
  const declaration = { from: ['tcp'], steps: steps as Record<string, unknown>[] };
  return new Stream({ name: 's', declaration, series: new SeriesTable([{ path: 'a', unit: '' }]), log: silentLog });
}

test('an operator that throws faults its stream', () => {
  expect(() => stream({ throws: true }).next(batch)).toThrow("an operator of 's' failed: cannot bear it");
});

test('an operator that ends faults its stream', () => {
  expect(() => stream({ ends: true }).next(batch)).toThrow(StreamFault);
});

test('an operator that emits later faults its stream, at the latest with the next batch', async () => {
  const late = stream({ late: true });
  expect(late.next(batch)).toEqual([]);
  await new Promise(setImmediate);
  expect(() => late.next(batch)).toThrow('must be synchronous');
});

test.each([
  ['empty', 'batch: must be an object of columns, is null'],
  ['narrow', 'batch.value: must be a Float64Array of 1 rows, is a Float32Array of 1'],
  ['unknown', 'batch.series[0]: 77 is not in the table'],
  ['unread', 'emitted what cannot be read: not yet'],
])('an operator that emits a malformed batch faults its stream: %s', (name, says) => {
  const faulted = stream({ [name]: true });
  expect(() => faulted.next({ ...batch, ...doubles([[0, 1, 5]]) })).toThrow(says);
});

test('a fault stays', () => {
  const ended = stream({ ends: true });
  expect(() => ended.next(batch)).toThrow(StreamFault);
  expect(() => ended.next(batch)).toThrow(StreamFault);
});

test('the state belongs to steps, versions and configurations', () => {
  const { fingerprint } = stream({ deadband: 1 });
  expect(stream({ deadband: 1 }).fingerprint).toBe(fingerprint);
  expect(stream({ deadband: 2 }).fingerprint).not.toBe(fingerprint);
  expect(stream({ deadband: 1 }, { deadband: 1 }).fingerprint).not.toBe(fingerprint);
});

test('a snapshot goes through bytes; one of another version is not read', async () => {
  const before = stream({ deadband: 1 });
  before.next({ ...batch, ...doubles([[0, 1, 5]]) });
  const bytes = await encodeSnapshot({ streams: { s: before.snapshot() } });
  const image = await decodeSnapshot(bytes);
  const after = stream({ deadband: 1 });
  after.restore(image?.streams.s ?? expect.fail());
  expect(
    after
      .next({
        ...batch,
        ...doubles([
          [0, 2, 5.5],
          [0, 3, 7],
        ]),
      })
      .map(({ length }) => length),
  ).toEqual([1]);
  const other = bytes.slice();
  other[4]++;
  expect(await decodeSnapshot(other)).toBeUndefined();
  expect(await decodeSnapshot(new Uint8Array(3))).toBeUndefined();
});
