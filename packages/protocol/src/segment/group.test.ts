import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryRows } from '../../test/arbitrary-rows.ts';
import { exactly, textRows } from '../../test/text-rows.ts';
import { type Columns, letGo, letGoOfRows, noRows, takeRows } from '../batch.ts';
import { cutIntoSegments } from './cut.ts';
import { encodeGrouped } from './encode.ts';
import { groupBySeries } from './group.ts';
import { RowsMemory } from './rows-memory.ts';

/** The rows of a batch from `from` to before `to`; texts that no row uses stay in the dictionary. */
function part(rows: Columns, from: number, to: number): Columns {
  return takeRows(
    rows,
    Uint32Array.from({ length: to - from }, (_, i) => from + i),
    to - from,
  );
}

function oneNaN(rows: Columns): Columns {
  return { ...rows, value: rows.value.map((value) => (Number.isNaN(value) ? Number.NaN : value)) };
}

test('has all rows of all chunks, by ascending series, otherwise in their order', () => {
  fc.assert(
    fc.property(fc.array(arbitraryRows, { maxLength: 4 }), (chunks) => {
      const expected = chunks.flatMap((chunk) => textRows(oneNaN(chunk))).sort(([a], [b]) => a - b);
      expect(textRows(groupBySeries(chunks))).toEqual(expected);
    }),
  );
});

test('is the same however the rows are cut into chunks', () => {
  fc.assert(
    fc.property(arbitraryRows, fc.array(fc.nat(320), { maxLength: 5 }), (rows, cuts) => {
      const at = [0, ...cuts.filter((cut) => cut < rows.length).sort((a, b) => a - b), rows.length];
      const chunks = at.slice(1).map((to, i) => part(rows, at[i], to));
      expect(exactly(groupBySeries(chunks))).toEqual(exactly(groupBySeries([rows])));
    }),
  );
});

test('changes nothing when done again, and leaves its input as it was', () => {
  fc.assert(
    fc.property(arbitraryRows, (rows) => {
      const before = structuredClone(exactly(rows));
      const once = groupBySeries([rows]);
      expect(exactly(groupBySeries([once]))).toEqual(exactly(once));
      expect(exactly(rows)).toEqual(before);
    }),
  );
});

test('refuses a column that is not as long as the rows, as one that was given back', () => {
  const rows = { length: 2, series: Uint32Array.of(1, 1), time: new Float64Array(2), value: new Float64Array(2) };
  const quality = new Uint8Array(2);
  groupBySeries([{ ...rows, quality }]);
  letGo(quality);
  for (const chunks of [[{ ...rows, quality }], [{ ...rows, quality }, noRows]])
    expect(() => groupBySeries(chunks)).toThrow(RangeError);
  letGoOfRows(noRows);
  expect(groupBySeries([noRows, noRows]).length).toBe(0);
});

test('sorts many rows of many series', () => {
  const length = 20_000;
  const series = Uint32Array.from({ length }, (_, i) => Math.imul(i, 2_654_435_761) >>> (i % 3 === 0 ? 0 : 16));
  const time = Float64Array.from(series, (_, i) => i);
  const grouped = groupBySeries([{ length, series, time, value: time, quality: new Uint8Array(length) }]);
  const expected = Array.from(series, (id, i) => ({ id, i })).sort((a, b) => a.id - b.id || a.i - b.i);
  expect([...grouped.series]).toEqual(expected.map(({ id }) => id));
  expect([...grouped.time]).toEqual(expected.map(({ i }) => i));
});

test('has one NaN, one zero of time, and no column that says nothing', () => {
  const payload = new Float64Array(BigUint64Array.of(0xfff8_0000_0000_0001n, 0x7ff0_0000_0000_0001n).buffer);
  const grouped = groupBySeries([
    {
      length: 2,
      series: Uint32Array.of(1, 1),
      time: Float64Array.of(-0, 1),
      value: payload,
      quality: Uint8Array.of(0, 0),
      kind: Uint8Array.of(0, 0),
      integer: BigInt64Array.of(0n, 0n),
      text: Uint32Array.of(0, 0),
      texts: ['left behind'],
      revision: Uint16Array.of(0, 0),
    },
  ]);
  expect(Object.keys(grouped).sort()).toEqual(['length', 'quality', 'series', 'time', 'value']);
  expect([...new BigUint64Array(grouped.value.slice().buffer)]).toEqual([
    0x7ff8_0000_0000_0000n,
    0x7ff8_0000_0000_0000n,
  ]);
  expect(Object.is(grouped.time[0], 0)).toBe(true);
});

/** Overwrites every number that the rows have. */
function spoil({ series, time, value, quality, kind, integer, text, revision }: Columns): void {
  for (const column of [series, time, value, quality, kind, text, revision]) column?.fill(3);
  integer?.fill(3n);
}

test('shares nothing: what becomes of chunks, of other results and of memory used again shows in no result', () => {
  const memory = new RowsMemory();
  const results: { readonly rows: Columns; readonly copy: unknown }[] = [];
  fc.assert(
    fc.property(fc.array(arbitraryRows, { maxLength: 3 }), (chunks) => {
      const rows = groupBySeries(chunks);
      const copy = structuredClone(exactly(rows));
      results.push({ rows, copy });
      const inMemory = cutIntoSegments(chunks, memory);
      expect(inMemory.map((piece) => encodeGrouped(piece, { effort: 'fast' }))).toEqual(
        cutIntoSegments([rows]).map((piece) => encodeGrouped(piece, { effort: 'fast' })),
      );
      inMemory.forEach(spoil);
      chunks.forEach(spoil);
      for (const result of results.slice(-4)) expect(exactly(result.rows)).toEqual(result.copy);
    }),
  );
});
