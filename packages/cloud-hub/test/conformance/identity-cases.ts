import { Lane } from '@sluis/protocol';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { Row } from '../test-agent.ts';
import type { Case } from './describe-store.ts';
import { expectSamples } from './formats.ts';

/** Of each time the highest revision, then what is latest in the log. `rows`: in the order of the log. */
function winners(rows: readonly Row[]): Row[] {
  const won = new Map<number, Row>();
  for (const row of rows) {
    const rival = won.get(row.time);
    if (!rival || (row.revision ?? 0) >= (rival.revision ?? 0)) won.set(row.time, row);
  }
  return [...won.values()].sort((a, b) => a.time - b.time);
}

const value = fc.oneof(
  fc.double(),
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.string({ maxLength: 3, unit: 'grapheme' }),
);
const row = fc.record({
  time: fc.integer({ min: -4, max: 12 }),
  value,
  quality: fc.constantFrom(0 as const, 1 as const, 2 as const),
  revision: fc.constantFrom(0, 0, 0, 1, 2, 65_535),
});
/** Segments in the order of the log, and the order in which they come. */
const log = fc
  .array(fc.array(row, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 })
  .chain((segments) => {
    const order = fc.shuffledSubarray([...segments.keys()], { minLength: segments.length });
    return fc.record({ segments: fc.constant(segments), order });
  });
const SEED = 1;
const LOGS = 8;

export const identityCases: readonly Case[] = [
  {
    name: 'of one series and time the highest revision wins, then the latest in the log, in whatever order they come',
    async given(bench) {
      const logs = fc.sample(log, { seed: SEED, numRuns: LOGS });
      const expected = new Map<string, Row[]>();
      for (const [i, { segments, order }] of logs.entries()) {
        const path = bench.path(`log/${i}`);
        const agent = await bench.agent({ id: `i${i}` });
        const named = segments.map((rows) => rows.map((one): Row => ({ ...one, path })));
        const sent = [];
        for (const rows of named) sent.push(await agent.segment(rows));
        for (const at of order) expect(await bench.ingest.store(sent[at])).toBe('stored');
        expected.set(path, winners(named.flat()));
      }
      return async () => {
        for (const [path, rows] of expected) await expectSamples(bench, path, rows);
        const counts = (await bench.series('**')).map(({ path, samples, first, last }) => [path, samples, first, last]);
        const known = [...expected].map(([path, rows]) => [path, rows.length, rows.at(0)?.time, rows.at(-1)?.time]);
        expect(counts).toEqual(known.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
      };
    },
  },
  {
    name: 'a correction wins though it comes before what it corrects, as a segment of its own or within one',
    async given(bench) {
      const path = bench.path('a');
      const rows = (time: number, ...some: [value: number, revision: number][]): Row[] =>
        some.map(([one, revision]) => ({ path, time, value: one, revision }));
      await bench.stored(rows(1, [10, 1]), rows(1, [11, 0]), rows(2, [20, 2], [21, 0], [22, 1]), rows(1, [12, 0]));
      return () => expectSamples(bench, path, [...rows(1, [10, 0]), ...rows(2, [20, 0])]);
    },
  },
  {
    name: 'a later epoch is later in the log, though what it repeats comes after it',
    async given(bench) {
      const path = bench.path('a');
      const [before, after] = [await bench.agent(), await bench.agent()];
      const old = await before.segment([{ path, time: 1, value: 'before' }]);
      expect(await after.send([{ path, time: 1, value: 'after' }])).toBe('stored');
      expect(await bench.ingest.store(old)).toBe('stored');
      return () => expectSamples(bench, path, [{ path, time: 1, value: 'after' }]);
    },
  },
  {
    name: 'the last sample of a series may be corrected, and with it the type that is told',
    async given(bench) {
      const path = bench.path('a');
      const agent = await bench.agent();
      const original = await agent.segment([{ path, time: 5, value: 1.5 }]);
      const corrected = await agent.segment([{ path, time: 5, value: 'text', revision: 1 }]);
      expect(await bench.ingest.store(corrected)).toBe('stored');
      expect(await bench.ingest.store({ ...original, lane: Lane.detail })).toBe('stored');
      return async () => {
        expect(await bench.series('a')).toMatchObject([{ type: 'text', samples: 1 }]);
        await expectSamples(bench, path, [{ path, time: 5, value: 'text' }]);
      };
    },
  },
];
