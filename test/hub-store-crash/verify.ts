import assert from 'node:assert/strict';
import { RangeSet } from '@sluis/protocol';
import type { Store } from '../../packages/cloud-hub/src/store/store.ts';
import { agent, allSegments, begin, epochs, keyOf, openStore } from './workload.ts';

const everything = Number.MAX_SAFE_INTEGER;
const segments = new Map(allSegments().map((one) => [keyOf(one), one]));

/** The folder holds all that was acknowledged and at most one commit more, each segment once, and it goes on from there. */
export function verifyStore(folder: string, acknowledged: readonly string[]): void {
  using store = openStore(folder);
  const found = stored(store);
  for (const key of acknowledged.filter((line) => segments.has(line))) assert.ok(found.has(key), `${key} is lost`);
  verifyReceived(store, found);
  for (const one of segments.values()) {
    begin(store, one.epoch);
    let outcome: unknown;
    store.commit(() => void (outcome = store.store(one)));
    assert.equal(outcome, found.has(keyOf(one)) ? 'repeat' : 'stored');
  }
  const whole = stored(store);
  assert.deepEqual([...whole.keys()].sort(), [...segments.keys()].sort());
  verifyReceived(store, whole);
}

/** What is in the file, by key, verbatim and each once. */
function stored(store: Store): Map<string, number> {
  const found = new Map<string, number>();
  for (const { epoch, lane, from, samples, bytes } of store.segmentsAfter(0, everything)) {
    const key = keyOf({ epoch: epochs[epoch - 1], lane, from });
    assert.ok(!found.has(key), `${key} is there twice`);
    assert.deepEqual(new Uint8Array(bytes), segments.get(key)?.bytes, `${key} is not as it was sent`);
    found.set(key, samples);
  }
  return found;
}

/** Received ranges, totals and gaps tell of what is stored and of nothing else. */
function verifyReceived(store: Store, found: ReadonlyMap<string, number>): void {
  const [row] = store.agents();
  const samples = [...found.values()].reduce((sum, count) => sum + count, 0);
  assert.equal(row?.acked.samples ?? 0, samples);
  assert.equal(row?.acked.segments ?? 0, found.size);
  assert.equal(store.hotRows, samples);
  for (const epoch of epochs) {
    let received: readonly { lane: number; ranges: readonly unknown[] }[] = [];
    store.commit(() => {
      ({ received } = store.open({ agent, site: 'lab', software: 'test', epoch, lanes: [], now: 3 }));
    });
    for (const lane of [1, 2]) {
      const expected = new RangeSet();
      for (const one of segments.values()) {
        if (one.epoch === epoch && one.lane === lane && found.has(keyOf(one))) expected.add(one);
      }
      assert.deepEqual(received.find((entry) => entry.lane === lane)?.ranges ?? [], expected.ranges);
    }
  }
}
