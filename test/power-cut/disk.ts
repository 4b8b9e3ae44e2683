import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataChange, DiskEvent, Name, NameChange } from './disk-event.ts';
import { contentOf, type FileCut } from './file-content.ts';

/*
 * What a disk may hold after a power cut.
 *
 * Durable is what an fsync of that very file or folder covered, once it had returned. What came later, and before the
 * cut, is *pending*: it may have reached the disk or not. A change of names is atomic; writes are not, and are torn at
 * sectors. How far pending changes keep their order differs between file systems, and is promised by none (Pillai et
 * al., "All File Systems Are Not Created Equal", OSDI 2014, table 1), so there are two models:
 *
 * - `ordered`, as ext4 with data=ordered does: names change in order, over the whole disk, and an fsync of anything
 *   makes all earlier changes of names durable. New space of a file holds the data that made it.
 * - `strict`, what POSIX leaves: names change in any order, except that those of one name follow each other; an fsync
 *   covers nothing but its own file or folder, a new file's name not being part of the file; space of a file may be there
 *   without its data; and a write that was under way may leave anything where it was writing, though nothing beside it
 *   (https://www.sqlite.org/psow.html, which SQLite takes for granted).
 *
 * In both, each sector of a file is as of some moment since the last fsync, on its own, and so is the file's size.
 */
export type DiskModel = 'ordered' | 'strict';

/** Which of the pending changes have reached the disk. All that is not named here has. */
export interface PowerCut {
  readonly model: DiskModel;
  /** Events before this one had happened. */
  readonly at: number;
  /** Pending changes of names that are lost, as indices of events. */
  readonly lostNames: ReadonlySet<number>;
  /** Of files with pending data. */
  readonly files: ReadonlyMap<number, FileCut>;
}

/** What is pending at some moment, and what is not. */
export interface DiskState {
  /** Changes of names that happened, in order. */
  readonly names: readonly { readonly event: number; readonly change: NameChange }[];
  readonly pendingNames: readonly number[];
  readonly files: ReadonlyMap<number, FileState>;
}

export interface FileState {
  readonly path: string;
  readonly durable: readonly DataChange[];
  readonly pending: readonly DataChange[];
}

/** The state of the disk when the first `at` events have happened. */
export function stateAt(events: readonly DiskEvent[], at: number, model: DiskModel): DiskState {
  const synced = new Map<number, number>();
  let anySync = 0;
  for (let i = 0; i < at; i++) {
    const event = events[i];
    if (event.kind !== 'sync') continue;
    synced.set(event.of, Math.max(synced.get(event.of) ?? 0, event.begun));
    anySync = Math.max(anySync, event.begun);
  }
  const isDurable = (change: NameChange) =>
    model === 'ordered'
      ? change.done < anySync
      : foldersOf(change).some((folder) => change.done < (synced.get(folder) ?? 0));

  const names: { event: number; change: NameChange }[] = [];
  const pendingNames: number[] = [];
  const files = new Map<number, { path: string; durable: DataChange[]; pending: DataChange[] }>();
  for (let i = 0; i < at; i++) {
    const event = events[i];
    if (event.kind === 'write' || event.kind === 'resize') {
      const file = files.get(event.file) ?? { path: event.path, durable: [], pending: [] };
      files.set(event.file, file);
      (event.done < (synced.get(event.file) ?? 0) ? file.durable : file.pending).push(event);
    } else if (event.kind === 'create' || event.kind === 'remove' || event.kind === 'rename') {
      names.push({ event: i, change: event });
      if (!isDurable(event)) pendingNames.push(i);
    }
  }
  return { names, pendingNames, files };
}

/**
 * Closes a set of lost changes: what follows a lost change of the same name is lost with it, and in the ordered model all
 * that follows. What is durable cannot be lost: it takes with it what it follows.
 */
export function closeLost(state: DiskState, lost: Iterable<number>, model: DiskModel): Set<number> {
  const closed = new Set<number>();
  const wanted = new Set(lost);
  const pending = new Set(state.pendingNames);
  // Seen from the end: what a durable change builds upon is on the disk as well.
  const held = new Set<string>();
  const kept = new Set<number>();
  for (const { event, change } of state.names.toReversed()) {
    const keys = namesOf(change).map(keyOf);
    if (pending.has(event) && !keys.some((key) => held.has(key))) continue;
    kept.add(event);
    for (const key of keys) held.add(key);
  }
  const gone = new Set<string>();
  for (const { event, change } of state.names) {
    const keys = namesOf(change).map(keyOf);
    const follows = keys.some((key) => gone.has(key)) || (model === 'ordered' && closed.size > 0);
    if (kept.has(event) || (!wanted.has(event) && !follows)) continue;
    closed.add(event);
    for (const key of keys) gone.add(key);
  }
  return closed;
}

/** Puts what the disk holds after the cut into `target`, which stands for the disk and is there. */
export function materialise(events: readonly DiskEvent[], cut: PowerCut, target: string): void {
  const state = stateAt(events, cut.at, cut.model);
  const entries = new Map<number, Map<string, number>>([[0, new Map()]]);
  const folder = (id: number) => entries.get(id) ?? new Map<string, number>();
  for (const { event, change } of state.names) {
    // A folder exists from its creation on, found by a name or not.
    if (change.kind === 'create' && change.folder) entries.set(change.made, new Map());
    if (cut.lostNames.has(event)) continue;
    const here = folder(change.at.folder);
    if (change.kind === 'create') here.set(change.at.name, change.made);
    if (change.kind === 'remove') here.delete(change.at.name);
    if (change.kind === 'rename') {
      const moved = here.get(change.at.name);
      here.delete(change.at.name);
      if (moved !== undefined) folder(change.to.folder).set(change.to.name, moved);
    }
  }
  const put = (id: number, path: string): void => {
    for (const [name, child] of folder(id)) {
      const at = join(path, name);
      if (entries.has(child)) {
        mkdirSync(at);
        put(child, at);
      } else {
        const file = state.files.get(child);
        writeFileSync(at, file ? contentOf(file, cut.files.get(child)) : '');
      }
    }
  };
  put(0, target);
}

/** Lines that the world had been told before the cut. */
export function acknowledgedAt(events: readonly DiskEvent[], at: number): string[] {
  return events.slice(0, at).flatMap((event) => (event.kind === 'acknowledgement' ? [event.line] : []));
}

function namesOf(change: NameChange): Name[] {
  return change.kind === 'rename' ? [change.at, change.to] : [change.at];
}

function foldersOf(change: NameChange): number[] {
  return namesOf(change).map(({ folder }) => folder);
}

function keyOf({ folder, name }: Name): string {
  return `${folder} ${name}`;
}
