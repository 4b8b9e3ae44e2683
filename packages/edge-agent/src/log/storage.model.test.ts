import assert from 'node:assert/strict';
import { Lane, RangeSet, type SeriesDefinition, SeriesTable } from '@sluis/protocol';
import fc from 'fast-check';
import { test } from 'vitest';
import { KiB, openSmall, segment, TemporaryFolder } from './fixtures.ts';
import type { StreamPosition } from './log.ts';
import type { Storage } from './storage.ts';

/*
 * Random use of the logs against plain arrays. Sizes are such that a run passes several files, retires some and reopens.
 */

const everything = Number.MAX_SAFE_INTEGER;
const lanes = Object.values(Lane);
const lane = fc.constantFrom(...lanes);
const SERIES = 20;

const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      entries: fc.array(fc.nat(SERIES - 1), { maxLength: 4 }),
      cursors: fc.array(
        fc.record({
          source: fc.constantFrom('a', 'b'),
          key: fc.constantFrom('x', 'y'),
          value: fc.option(fc.string({ maxLength: 3 })),
        }),
        { maxLength: 3 },
      ),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      segments: fc.array(fc.tuple(lane, fc.nat(SERIES - 1)), { maxLength: 4 }),
      stream: fc.constantFrom('a', 'b'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('acknowledge' as const), lane, from: fc.nat(30), count: fc.nat(30) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), back: fc.nat(10) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remint' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** What writes to one log from a start on: series whose definitions are gone get other ids. */
class Writer {
  readonly #table: SeriesTable;
  readonly #durable: number;

  constructor(known: readonly SeriesDefinition[]) {
    this.#table = new SeriesTable(known);
    this.#durable = known.length;
  }

  id(number: number): number {
    return this.#table.intern(`plant/${number}`, 'm');
  }

  get definitions() {
    return { first: this.#durable, series: this.#table.slice(this.#durable) };
  }
}

class Writers {
  readonly journal: Writer;
  readonly outbox: Writer;

  constructor({ journal, outbox }: Storage) {
    this.journal = new Writer(journal.state().definitions);
    this.outbox = new Writer(outbox.definitions({ from: 0, to: outbox.state().seriesCount }));
  }
}

interface Segment {
  readonly id: number;
  readonly number: number;
}

class Model {
  readonly entries: number[] = [];
  readonly segments = new Map(lanes.map((lane) => [lane, [] as Segment[]]));
  readonly acked = new Map(lanes.map((lane) => [lane, new RangeSet()]));
  readonly everAcked = new Map(lanes.map((lane) => [lane, new RangeSet()]));
  readonly positions: Record<string, StreamPosition> = {};
  readonly cursors = new Map<string, string>();
  readonly epochs = new Set<string>();
  released = 0;
}

test('the logs behave as plain arrays do, over rotation, retiring and reopening', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40, size: 'max' }), (operations) => {
      using folder = new TemporaryFolder();
      const model = new Model();
      let clock = 0;
      const open = () =>
        openSmall(folder.path, { now: () => clock, journal: { quotaBytes: 400 * KiB, hardQuotaBytes: everything } });
      let storage = open();
      let writers = new Writers(storage);
      try {
        for (const operation of operations) {
          clock += 400_000;
          if (operation.do === 'reopen') {
            const before = [storage.journal.state().epoch, storage.outbox.state().epoch];
            storage[Symbol.dispose]();
            storage = open();
            writers = new Writers(storage);
            // An epoch lasts from the first record on.
            if (model.entries.length > 0) assert.equal(storage.journal.state().epoch, before[0]);
            if (model.epochs.size > 0) assert.equal(storage.outbox.state().epoch, before[1]);
          } else {
            perform(storage, writers, model, operation);
          }
          compare(storage, model);
        }
      } finally {
        storage[Symbol.dispose]();
      }
    }),
    { numRuns: 15 },
  );
});

function perform(
  { journal, outbox, ...storage }: Storage,
  writers: Writers,
  model: Model,
  operation: Exclude<Operation, { do: 'reopen' }>,
): void {
  switch (operation.do) {
    case 'append': {
      const from = model.entries.length + 1;
      const entries = operation.entries.map((number, i) => ({
        ...segment(from + i, { series: [writers.journal.id(number)] }),
        source: `s${number}`,
        clock: from + i,
      }));
      const { cursors } = operation;
      assert.equal(journal.append({ entries, definitions: writers.journal.definitions, cursors }), from);
      for (const { source, key, value } of cursors) {
        if (value === null) model.cursors.delete(`${source}/${key}`);
        else model.cursors.set(`${source}/${key}`, value);
      }
      model.entries.push(...operation.entries);
      return;
    }
    case 'commit': {
      const expected: number[] = [];
      const segments = operation.segments.map(([lane, number]) => {
        const held = model.segments.get(lane) ?? [];
        const id = writers.outbox.id(number);
        expected.push(held.push({ id, number }));
        return { lane, ...segment(expected.at(-1) ?? 0, { series: [id] }) };
      });
      const { definitions } = writers.outbox;
      const position = { epoch: journal.state().epoch, position: model.entries.length };
      assert.deepEqual(outbox.commit({ segments, definitions, positions: { [operation.stream]: position } }), expected);
      model.positions[operation.stream] = position;
      model.epochs.add(outbox.state().epoch);
      return;
    }
    case 'acknowledge': {
      const { lane, from, count } = operation;
      outbox.acknowledge(lane, [{ from, to: from + count }]);
      const within = {
        from: Math.max(1, from),
        to: Math.min(from + count, (model.segments.get(lane)?.length ?? 0) + 1),
      };
      model.acked.get(lane)?.add(within);
      model.everAcked.get(lane)?.add(within);
      return;
    }
    case 'release':
      model.released = Math.max(0, model.entries.length - operation.back, model.released);
      journal.release(model.released);
      return;
    case 'remint': {
      const before = outbox.state();
      const after = outbox.remint();
      assert.ok(after.epoch !== before.epoch && !model.epochs.has(after.epoch));
      model.epochs.add(after.epoch);
      for (const { lane, first, lowest } of after.lanes) {
        assert.equal(first, lowest);
        model.acked.set(lane, new RangeSet([{ from: 1, to: lowest }]));
      }
      return;
    }
    case 'flush':
      outbox.flush();
  }
  assert.ok(storage.snapshots);
}

function compare({ journal, outbox }: Storage, model: Model): void {
  const { lowest, next, definitions: known, cursors } = journal.state();
  const held = cursors.map(({ source, key, value }) => [`${source}/${key}`, value] as const);
  assert.deepEqual(Object.fromEntries(held), Object.fromEntries(model.cursors));
  assert.equal(next, model.entries.length + 1);
  assert.ok(lowest <= model.released + 1, 'nothing unreleased is retired');
  const entries = journal.read({ after: 0, maxBytes: everything });
  assert.deepEqual(
    entries.map(({ sequence, source }) => [sequence, source]),
    model.entries.slice(lowest - 1).map((id, i) => [lowest + i, `s${id}`]),
  );
  for (const { sequence, bytes } of entries) assert.deepEqual(new Uint8Array(bytes), segment(sequence).bytes);
  const named = new Set(known.map(({ path }) => path));
  for (const { source } of entries) assert.ok(named.has(`plant/${source.slice(1)}`));
  assert.equal(journal.stats().samples, sum(entries.map(({ samples }) => samples)));

  const state = outbox.state();
  assert.deepEqual(state.positions, model.positions);
  const total = { samples: 0, segments: 0, bytes: 0 };
  const acked = { samples: 0, segments: 0, bytes: 0 };
  for (const { lane, next, lowest } of state.lanes) {
    const ids = model.segments.get(lane) ?? [];
    assert.equal(next, ids.length + 1);
    const waiting = outbox.read({ lane, from: 0, maxBytes: everything });
    const expected = ids.map((_, i) => i + 1).filter((sequence) => !model.acked.get(lane)?.has(sequence));
    assert.deepEqual(
      waiting.map(({ sequence }) => sequence),
      expected,
    );
    for (const { sequence, bytes, crc, seriesBound } of waiting) {
      const written = segment(sequence);
      assert.deepEqual(new Uint8Array(bytes), written.bytes);
      assert.equal(outbox.crc(lane, sequence), crc);
      const { id, number } = ids[sequence - 1];
      assert.equal(seriesBound, id + 1);
      assert.equal(outbox.definitions({ from: id, to: id + 1 })[0].path, `plant/${number}`);
    }
    if (next > 1) assert.equal(outbox.crc(lane, next - 1), segment(next - 1).crc);
    assert.ok((waiting[0]?.sequence ?? next) >= lowest);
    add(total, waiting);
    add(
      acked,
      ids.map((_, i) => segment(i + 1)).filter((_, i) => model.everAcked.get(lane)?.has(i + 1)),
    );
  }
  const { samples, segments, bytes, acked: counted } = outbox.stats();
  assert.deepEqual({ samples, segments, bytes }, total);
  assert.deepEqual(counted, acked);
}

function add(
  total: { samples: number; segments: number; bytes: number },
  segments: readonly { samples: number; bytes: Uint8Array }[],
): void {
  total.samples += sum(segments.map(({ samples }) => samples));
  total.segments += segments.length;
  total.bytes += sum(segments.map(({ bytes }) => bytes.length));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
