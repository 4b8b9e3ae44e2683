import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type DiskModel, materialise } from './disk.ts';
import type { DiskEvent } from './disk-event.ts';
import { drawCuts, kills } from './draw-cut.ts';
import type { NamedCut } from './power-cuts.ts';

/** Enough that each thing that can happen to a handful of events does. */
const CUTS = 1000;
const disk = { file: 1, old: 'a'.repeat(1024), new: 'b'.repeat(1024) };

type Change = DiskEvent extends infer E ? (E extends DiskEvent ? Omit<E, 'begun' | 'done' | 'path'> : never) : never;

function history(...changes: Change[]): DiskEvent[] {
  return changes.map((change, i) => ({ begun: i + 1, done: i + 1, path: '', ...change }) as DiskEvent);
}

const named = (name: string) => ({ folder: 0, name });
const create: Change = { kind: 'create', at: named('file'), made: disk.file, folder: false };
const write = (text: string, offset = 0): Change => ({
  kind: 'write',
  file: disk.file,
  offset,
  bytes: Buffer.from(text),
});
const sync = (of: number): Change => ({ kind: 'sync', of });
const FOLDER = 0;

test.each<[string, DiskEvent[], DiskModel, string[]]>([
  [
    'what was synced with its name is kept',
    history(create, write('old'), sync(disk.file), sync(FOLDER)),
    'strict',
    ['file: old'],
  ],
  ['a name is not the file', history(create, write('old'), sync(disk.file)), 'strict', ['', 'file: old']],
  ['a sync takes earlier names along', history(create, write('old'), sync(disk.file)), 'ordered', ['file: old']],
  [
    'a name without its content',
    history(create, write('old'), sync(FOLDER)),
    'strict',
    ['file: ', 'file: \0\0\0', 'file: old'],
  ],
  ['new space has its content', history(create, write('old'), sync(FOLDER)), 'ordered', ['file: ', 'file: old']],
  [
    'names change in any order',
    history(
      create,
      sync(FOLDER),
      { kind: 'create', at: named('b'), made: 2, folder: false },
      { kind: 'remove', at: named('file') },
    ),
    'strict',
    ['', 'b: ', 'b: , file: ', 'file: '],
  ],
  [
    'names change in order',
    history(
      create,
      sync(FOLDER),
      { kind: 'create', at: named('b'), made: 2, folder: false },
      { kind: 'remove', at: named('file') },
    ),
    'ordered',
    ['b: ', 'b: , file: ', 'file: '],
  ],
  [
    'of two renames to one name the second does not come first',
    history(
      create,
      { kind: 'create', at: named('b'), made: 2, folder: false },
      sync(FOLDER),
      { kind: 'rename', at: named('file'), to: named('c') },
      { kind: 'rename', at: named('b'), to: named('c') },
    ),
    'strict',
    ['b: , c: ', 'b: , file: ', 'c: '],
  ],
])('%s', (_what, events, model, expected) => {
  expect(contents(events, atEnd(drawCuts(events, 1, CUTS), events, model), /[^\0\w:, ]/)).toEqual(expected);
});

test('a write is torn at sectors, and each is old or new', () => {
  const events = history(create, write(disk.old), sync(disk.file), sync(FOLDER), write(disk.new));
  const seen = contents(events, atEnd(drawCuts(events, 1, CUTS), events, 'ordered'));
  const [a, b] = ['a'.repeat(512), 'b'.repeat(512)];
  expect(seen).toEqual([a + a, a + b, b + a, b + b].map((text) => `file: ${text}`));
});

test('garbage stays where something was written', () => {
  const events = history(create, write(disk.old), sync(disk.file), sync(FOLDER), write('new', 100));
  const seen = contents(events, atEnd(drawCuts(events, 1, 4 * CUTS), events, 'strict'));
  expect(seen.length).toBeGreaterThan(2);
  for (const text of seen) expect(text.replace(/^file: a{100}[^]{3}a{921}$/, 'whole')).toBe('whole');
});

test('a kill loses nothing', () => {
  const events = history(create, write(disk.old), { kind: 'resize', file: disk.file, size: 3 }, write('xy', 5));
  const seen = [...kills(events)].map((cut) => contents(events, [cut]));
  expect(seen.flat()).toEqual(['', 'file: ', `file: ${disk.old}`, 'file: aaa', 'file: aaa\0\0xy']);
});

function atEnd(cuts: Iterable<NamedCut>, events: readonly DiskEvent[], model: DiskModel): NamedCut[] {
  return [...cuts].filter(({ cut }) => cut.at === events.length && cut.model === model);
}

/** All that the disk may hold, each once. Bytes that match `garbage` are left out with what holds them. */
function contents(events: readonly DiskEvent[], cuts: readonly NamedCut[], garbage?: RegExp): string[] {
  const base = mkdtempSync(join(tmpdir(), 'sluis-disk-'));
  try {
    const seen = new Set<string>();
    for (const [i, { cut }] of cuts.entries()) {
      const target = join(base, String(i));
      mkdirSync(target);
      materialise(events, cut, target);
      const files = readdirSync(target).sort();
      const text = files.map((name) => `${name}: ${readFileSync(join(target, name), 'latin1')}`).join(', ');
      if (garbage === undefined || !garbage.test(text)) seen.add(text);
    }
    return [...seen].sort();
  } finally {
    rmSync(base, { recursive: true });
  }
}
