import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { referenceSamples } from '../csv/reference-csv.ts';
import { FollowedCsv } from './followed-csv.ts';

/*
 * However a file is written piece by piece, renamed, or copied and emptied, however its folder goes away and comes back, and
 * however the follower is stopped or dies in between: its samples are those that the plain parser gives for each file as a whole.
 */

const cell = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer().map(String),
  fc.constantFrom('', ' 1.5 ', '"2"', 'true', 'on', 'é€😀', '5" pipe', '1e400x', '+.5', '""', '-', '0x1'),
  fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', 'ü'), maxLength: 5 }).map(quoted),
);
/** What may stand where a line should: mostly a record, sometimes what only looks like one. */
const line = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.nat(99).map(String), cell, cell).map((cells) => cells.join(',')) },
  {
    weight: 2,
    arbitrary: fc.string({ unit: fc.constantFrom('1', ',', '"', '\r', ' ', 'x'), maxLength: 8 }),
  },
);
const lineEnd = fc.constantFrom('\n', '\r\n');
const generation = fc.record({
  start: fc.constantFrom('', '\uFEFF'),
  header: fc.constantFrom('t,a,b', 'a,t,"b"', 't,b,c'),
  lines: fc.array(fc.tuple(line, lineEnd), { maxLength: 8 }),
  /** The last line has no end. */
  open: fc.boolean(),
});
const between = fc.oneof(
  fc.constant({ do: 'poll' } as const),
  fc.constant({ do: 'wait' } as const),
  fc.constant({ do: 'restart' } as const),
  fc.record({ do: fc.constant('crash' as const), writes: fc.nat(4) }),
  fc.record({ do: fc.constant('unmount' as const), restarts: fc.boolean() }),
);
const plan = fc.record({
  partBytes: fc.integer({ min: 1, max: 100 }),
  generations: fc.array(
    fc.record({
      file: generation,
      cuts: fc.array(fc.tuple(fc.nat(300), between), { maxLength: 5 }),
      end: fc.constantFrom('rename', 'copy'),
      /** Nobody follows while it is written. */
      away: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

const YEAR_2100 = 4_102_444_800;

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

test('every line once, whatever happens to the file and its follower', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ({ partBytes, generations }) => {
      const parent = mkdtempSync(join(tmpdir(), 'sluis-follow-'));
      const folder = join(parent, 'disk');
      mkdirSync(folder);
      const path = join(folder, 'in.csv');
      const expected: unknown[] = [];
      try {
        await using followed = new FollowedCsv(path, { partBytes });
        for (const [number, { file, cuts, end, away }] of generations.entries()) {
          // Each begins with a record of its own: files that begin alike for as far as they were read cannot be told apart.
          const first = `${file.start}${file.header}\n${1000 + number},${1000 + number},${1000 + number}\n`;
          const rest = file.lines.map(([text, feed]) => `${text}${feed}`).join('');
          const whole = Buffer.from(first + (file.open ? rest.replace(/\r?\n$/, '') : rest));
          let from = Buffer.byteLength(first);
          // The first is read in part at least: what was there before is not searched for.
          const isAway = away && number > 0;
          if (isAway) await followed.stop();
          appendFileSync(path, whole.subarray(0, from));
          await followed.poll();
          for (const [length, next] of isAway ? [] : cuts) {
            appendFileSync(path, whole.subarray(from, from + length));
            from += length;
            if (next.do === 'crash') await followed.crash(next.writes);
            else if (next.do === 'restart') await followed.restart();
            else if (next.do === 'unmount') {
              renameSync(folder, join(parent, 'away'));
              for (let looks = 0; looks < 3; looks++) {
                await followed.poll();
                followed.wait(6);
                if (next.restarts) await followed.restart();
              }
              renameSync(join(parent, 'away'), folder);
            } else if (next.do === 'wait') followed.wait(6);
            else await followed.poll();
          }
          await followed.poll();
          appendFileSync(path, whole.subarray(from));
          const rotated = join(folder, `in.csv.${99 - number}`);
          if (end === 'rename') renameSync(path, rotated);
          else {
            copyFileSync(path, rotated);
            truncateSync(path);
          }
          // As far apart as rotations are at least that happen while nobody looks.
          utimesSync(rotated, YEAR_2100 + number, YEAR_2100 + number);
          const isNextAway = generations[number + 1]?.away ?? false;
          if (isAway && !isNextAway) followed.begin();
          await followed.poll();
          expected.push(...referenceSamples(whole.toString()));
        }
        followed.wait(6);
        await followed.poll();
        const found = followed.context.stored.map(({ path, time, value }) => ({ path, time, value }));
        expect(sorted(found)).toEqual(sorted(expected));
      } finally {
        rmSync(parent, { recursive: true });
      }
    }),
    { numRuns: 80 },
  );
});

function sorted(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
