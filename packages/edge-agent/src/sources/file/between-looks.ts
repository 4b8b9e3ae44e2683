import { basename } from 'node:path';
import { describeError } from '@sluis/plugin-sdk';
import { noRows } from '@sluis/protocol';
import type { Entry } from './folder.ts';
import type { FollowedFile } from './followed-file.ts';
import type { FollowerOptions } from './follower.ts';
import type { KnownFiles } from './known-files.ts';
import { isCopy, isText, rotatedSince, tellUnread } from './rotated.ts';

/** Files that came and were renamed between two looks, or while the agent was away, and are read at once. */
const MAX_BETWEEN = 512;
/** Programs that give a file the time of another keep at least its milliseconds. */
const SAME_TIME_NS = 1_000_000n;

/**
 * Takes up the files that had a name between one that is known and the one that has it now. That they are to be read is
 * written before anything of them or of the one now is read: from then on their inodes are known, whatever is killed.
 */
export async function takeUpBetween(
  name: string,
  { options, files, folder, found }: { options: FollowerOptions; files: KnownFiles; folder: string; found: Entry[] },
): Promise<void> {
  const { context, writes } = options;
  const before = files.all.filter((file) => file.name === name);
  const changes = before.flatMap(({ lastChange }) => (lastChange === undefined ? [] : [lastChange]));
  if (changes.length === 0) return;
  const since = changes.reduce((latest, change) => (change > latest ? change : latest));
  const current = found.find(({ path }) => basename(path) === name);
  const cursor: Record<string, string | null> = {};
  for (const entry of await rotatedSince(folder, name, since)) {
    if (files.has(entry.inode) || found.some(({ inode }) => inode === entry.inode)) continue;
    const between = await judge(entry, { before, current });
    if (between === 'known') continue;
    const isTooMany = Object.keys(cursor).length >= MAX_BETWEEN || !(await files.makeRoom());
    if (typeof between === 'object' || isTooMany) {
      const reason = typeof between === 'object' ? between.fault : `there are more than ${MAX_BETWEEN} such files`;
      tellUnread(context, entry.path, reason);
      continue;
    }
    const file = files.create(entry.inode, name);
    file.isFound = true;
    file.see(entry, context.now());
    files.add(file);
    cursor[entry.inode] = file.cursor;
    const told = `${basename(entry.path)} was ${name} before anybody looked at it: it is read`;
    context.log.info({ path: entry.path }, told);
  }
  if (Object.keys(cursor).length > 0) writes.write(noRows, { awaited: true, cursor });
}

/** If a file is to be taken up: not what is read, or was, from another; nor what cannot be read. */
async function judge(
  entry: Entry,
  { before, current }: { before: readonly FollowedFile[]; current: Entry | undefined },
): Promise<'new' | 'known' | { readonly fault: string }> {
  try {
    if (!(await isText(entry))) {
      // Programs that compress a file give the result its time.
      const isOf = ({ modified }: FollowedFile): boolean => abs(entry.modified - modified) <= SAME_TIME_NS;
      return before.some(isOf) ? 'known' : { fault: 'it is compressed, or no text' };
    }
    if (current && (await isCopy(entry, current))) return 'known';
    for (const file of before) if (file.isTelling && (await file.isContinuedIn(entry))) return 'known';
    return 'new';
  } catch (error) {
    return { fault: describeError(error) };
  }
}

function abs(span: bigint): bigint {
  return span < 0n ? -span : span;
}
