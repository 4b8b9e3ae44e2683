import type { Random } from '../e2e/random.ts';
import { closeLost, type DiskModel, type DiskState, type FileState, type PowerCut, stateAt } from './disk.ts';
import type { DiskEvent } from './disk-event.ts';
import { contentOf, type FileCut, grainsOf } from './file-content.ts';

/** A sector of a disk, and the page that a kernel writes at once and that newer disks have as sector. */
const GRAINS = [512, 4096];
/** Of ten cuts in the strict model, one leaves garbage. */
const GARBAGE = 0.1;
const MOST_EXCEPTIONS = 3;

/** Nothing that is pending at `at` has reached the disk. */
export function nothingLanded(events: readonly DiskEvent[], at: number, model: DiskModel): PowerCut {
  const state = stateAt(events, at, model);
  const files = [...state.files].filter(([, { pending }]) => pending.length > 0);
  const nothing = { grain: GRAINS[0], size: 0, landed: 0, except: new Map() };
  return {
    model,
    at,
    lostNames: closeLost(state, state.pendingNames, model),
    files: new Map(files.map(([id]) => [id, nothing])),
  };
}

/** Any part of it has, by chance: mostly those in which much or little is lost, for there the order matters. */
export function drawCut(events: readonly DiskEvent[], at: number, model: DiskModel, random: Random): PowerCut {
  const state = stateAt(events, at, model);
  const garbage = model === 'strict' && random.next() < GARBAGE;
  const files = new Map<number, FileCut>();
  for (const [id, file] of state.files) {
    if (file.pending.length > 0) files.set(id, drawFile(file, model, garbage, random));
  }
  return { model, at, lostNames: drawLostNames(state, model, random), files };
}

function drawLostNames(state: DiskState, model: DiskModel, random: Random): Set<number> {
  const { pendingNames } = state;
  const some = () => pendingNames.filter(() => random.next() < 0.5);
  const one = () => [pendingNames[random.whole(0, pendingNames.length)]];
  const lost = pick(random, [() => [], () => pendingNames, some, one])();
  return closeLost(state, pendingNames.length > 0 ? lost : [], model);
}

function drawFile(file: FileState, model: DiskModel, garbage: boolean, random: Random): FileCut {
  const { pending } = file;
  const grain = pick(random, GRAINS);
  const any = () => random.whole(0, pending.length + 1);
  const size = pick(random, [any, () => pending.length, () => pending.length, () => 0])();
  const landed = pick(random, [any, () => pending.length, () => 0])();
  const except = new Map<number, number>();
  const grains = grainsOf(pending, grain);
  const exceptions = pick(random, [0, random.whole(1, MOST_EXCEPTIONS + 1), grains.length]);
  for (const place of random.shuffled(grains).slice(0, exceptions)) except.set(place, any());
  const cut = { grain, size, landed, except, ...(garbage && { garbage: random.whole(1, 2 ** 31) }) };
  return model === 'ordered' ? withData(file, cut) : cut;
}

/** In the ordered model space that was added holds the data that made it. */
function withData({ durable, pending }: FileState, cut: FileCut): FileCut {
  const before = contentOf({ durable, pending: [] }).length;
  const except = new Map(cut.except);
  for (const place of grainsOf(pending, cut.grain)) {
    if ((place + 1) * cut.grain > before) except.set(place, Math.max(except.get(place) ?? cut.landed, cut.size));
  }
  return { ...cut, except };
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.whole(0, items.length)];
}
