import { matchesPath } from '@sluis/protocol';
import { cutOf } from '../store/retention-plan.ts';
import type { SampleFile } from '../store/sample-files.ts';
import type { MergeWork } from './file-work.ts';
import { GroupCursor } from './group-cursor.ts';
import type { GroupWriter } from './group-writer.ts';
import type { ReadRows } from './read-samples.ts';
import { compareUtf8 } from './utf8-order.ts';
import { better } from './write-hot.ts';

/**
 * Writes the rows of `files`, in the order of the log, as one group: of rows with one identity that which counts, and none that has
 * expired. Groups are sorted, and have each identity once, so that whole runs of a series are copied from one group
 * until another has an earlier row. A row group of each is in memory.
 */
export async function mergeGroups(
  files: readonly SampleFile[],
  { retention, now, dropBefore }: MergeWork['limits'],
  { writer, rowsOf }: { readonly writer: GroupWriter; rowsOf(file: SampleFile): AsyncGenerator<ReadRows> },
): Promise<void> {
  const rules = retention.map((rule) => ({ matches: matchesPath(rule.match), cut: cutOf(rule, now) }));
  const cut = (path: string): number =>
    Math.max(rules.find(({ matches }) => matches(path))?.cut ?? dropBefore, dropBefore);
  await using opened = new AsyncDisposableStack();
  let cursors: GroupCursor[] = [];
  for (const members of Map.groupBy(files, ({ group }) => group).values()) {
    const cursor = opened.use(new GroupCursor(inOrder(members, rowsOf), cut));
    await cursor.next();
    cursors.push(cursor);
  }
  for (;;) {
    cursors = cursors.filter(({ path }) => path !== undefined);
    const path = cursors.reduce<string | undefined>(leastPath, undefined);
    if (path === undefined) return;
    const ofSeries = cursors.filter((cursor) => cursor.path === path);
    await writer.begin(ofSeries.reduce((sum, { at, end }) => sum + end - at, 0));
    await mergeSeries(path, ofSeries, writer);
  }
}

async function* inOrder(
  files: readonly SampleFile[],
  rowsOf: (file: SampleFile) => AsyncGenerator<ReadRows>,
): AsyncGenerator<ReadRows> {
  for (const file of files) yield* rowsOf(file);
}

function leastPath(least: string | undefined, { path = '' }: GroupCursor): string {
  return least === undefined || compareUtf8(path, least) < 0 ? path : least;
}

/** All rows of the series that the cursors are at; it leaves them at the next one. */
async function mergeSeries(path: string, cursors: readonly GroupCursor[], writer: GroupWriter): Promise<void> {
  let left = cursors;
  while (left.length > 0) {
    const first = left.reduce((least, one) => (one.time < least.time ? one : least));
    let next = Infinity;
    for (const one of left) if (one !== first && one.time < next) next = one.time;
    const end = next === Infinity ? first.end : first.before(next);
    if (end > first.at) {
      await writer.addAll(path, first.rows, first.at, end);
      first.at = end;
    } else {
      const same = left.filter(({ time }) => time === next);
      const winner = same.reduce((best, one) => (better(one.rows, one.at, best.rows, best.at) > 0 ? one : best));
      await writer.addAll(path, winner.rows, winner.at, winner.at + 1);
      for (const one of same) one.at++;
    }
    for (const one of left) if (one.at === one.end) await one.next();
    left = left.filter((one) => one.path === path);
  }
}
