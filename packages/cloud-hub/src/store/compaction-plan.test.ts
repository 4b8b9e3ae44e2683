import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Group, type MergeRules, nextMerge, nextMergeOfAll, tierOf } from './compaction-plan.ts';

const rules: MergeRules = { hotRows: 2, fanIn: 8, maxGroupRows: 1_000 };

const groupLists = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 1_200 })), { maxLength: 120 })
  .map((rows) => rows.map((count, i): Group => ({ number: i * 3 + 1, rows: count })));

/** What is left after a merge, some of whose rows were repeats. */
function merged(groups: readonly Group[], run: readonly Group[], repeats: number): Group[] {
  const rows = run.reduce((sum, group) => sum + group.rows, 0);
  const first = groups.indexOf(run[0]);
  const one = { number: run[run.length - 1].number, rows: Math.floor(rows * (1 - repeats)) };
  return [...groups.slice(0, first), one, ...groups.slice(first + run.length)];
}

test.for([
  ['by tiers', nextMerge],
  ['to the fewest', nextMergeOfAll],
] as const)('merging %s takes neighbours, keeps to the size limit and comes to an end', ([, next]) => {
  fc.assert(
    fc.property(groupLists, fc.double({ min: 0, max: 1, noNaN: true }), (start, repeats) => {
      let groups = start;
      for (let run = next(groups, rules); run; run = next(groups, rules)) {
        const first = groups.indexOf(run[0]);
        expect(run).toEqual(groups.slice(first, first + run.length));
        expect(run.length).toBeGreaterThan(1);
        expect(run.reduce((sum, { rows }) => sum + rows, 0)).toBeLessThanOrEqual(rules.maxGroupRows);
        groups = merged(groups, run, repeats);
      }
    }),
  );
});

test('what is left to merge by tiers is bounded, however large the log', () => {
  let groups: Group[] = [];
  let written = 0;
  const hot = 4_096;
  for (let i = 0; i < hot; i++) {
    groups.push({ number: i, rows: rules.hotRows });
    const unbounded = { ...rules, maxGroupRows: Infinity };
    for (let run = nextMerge(groups, unbounded); run; run = nextMerge(groups, unbounded)) {
      written += run.reduce((sum, { rows }) => sum + rows, 0);
      groups = merged(groups, run, 0);
    }
    expect(groups.length).toBeLessThanOrEqual(7 * 4);
  }
  expect(groups).toEqual([{ number: hot - 1, rows: hot * rules.hotRows }]);
  // Once a tier: 8 to the power of 4 tables.
  expect(written).toBe(4 * hot * rules.hotRows);
});

test('groups too large to be merged stay as they are, and those after them go on', () => {
  const large = Array.from({ length: 20 }, (_, number) => ({ number, rows: 900 }));
  expect(nextMerge(large, rules)).toBeUndefined();
  const small = Array.from({ length: 8 }, (_, i) => ({ number: 20 + i, rows: 2 }));
  expect(nextMerge([...large, ...small], rules)).toEqual(small);
});

test('merging to the fewest leaves one group where one may hold all', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 50 }), (rows) => {
      let groups: Group[] = rows.map((count, number) => ({ number, rows: count }));
      for (let run = nextMergeOfAll(groups, rules); run; run = nextMergeOfAll(groups, rules)) {
        groups = merged(groups, run, 0);
      }
      expect(groups).toHaveLength(1);
    }),
  );
});

test('a tier ends halfway between what its groups and those of the next hold', () => {
  expect([0, 2, 7, 8, 16, 63, 64].map((rows) => tierOf(rows, rules))).toEqual([0, 0, 0, 1, 1, 1, 2]);
});
