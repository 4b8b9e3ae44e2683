import { Random } from '../e2e/random.ts';
import type { NamedCut } from './power-cuts.ts';
import { closeLost, type DiskModel, type DiskState, type FileState, type PowerCut, stateAt } from './disk.ts';
import type { DiskEvent } from './disk-event.ts';
import { contentOf, type FileCut, grainsOf } from './file-content.ts';

/** A sector of a disk, and the page that a kernel writes at once and that newer disks have as sector. */
const GRAINS = [512, 4096];
/** Of so many cuts in the strict model, what did not land leaves garbage. */
const GARBAGE = 0.25;
const MOST_EXCEPTIONS = 3;

const models: readonly DiskModel[] = ['ordered', 'strict'];

/** All processes are killed, at each moment in turn or at `most` of them: the disk loses nothing. */
export function* kills(events: readonly DiskEvent[], most = events.length + 1): Generator<NamedCut> {
  for (let at = 0; at <= events.length; at += Math.ceil((events.length + 1) / most))
    yield { name: `--kill ${at}`, cut: kill(at) };
}

export function kill(at: number): PowerCut {
  return { model: 'ordered', at, lostNames: new Set(), files: new Map() };
}

/** The first `count` power cuts that follow from the seed. */
export function* drawCuts(events: readonly DiskEvent[], seed: number, count: number): Generator<NamedCut> {
  for (let state = 0; state < count; state++) {
    yield { name: `--seed ${seed} --state ${state}`, cut: drawCut(events, seed, state) };
  }
}

/**
 * Of four cuts one loses all that was pending, at moments after an acknowledgement or around a sync, in turn; the others
 * lose any part of it, at any moment.
 */
export function drawCut(events: readonly DiskEvent[], seed: number, state: number): PowerCut {
  const random = new Random(Math.imul(seed, 0x9e3779b1) + state);
  const moments = momentsOf(events);
  const model = models[state % models.length];
  if (state % 8 < models.length) return allLost(events, moments[Math.floor(state / 8) % moments.length], model);
  const at = random.next() < 0.5 ? pick(random, moments) : random.whole(0, events.length + 1);
  return partLost(events, at, model, random);
}

/** After acknowledgements, and before and after syncs. */
function momentsOf(events: readonly DiskEvent[]): number[] {
  const moments = new Set<number>();
  for (const [i, { kind }] of events.entries()) {
    if (kind === 'acknowledgement' || kind === 'sync') moments.add(i + 1);
    if (kind === 'sync') moments.add(i);
  }
  return [...moments];
}

function allLost(events: readonly DiskEvent[], at: number, model: DiskModel): PowerCut {
  const state = stateAt(events, at, model);
  const files = [...state.files].filter(([, { pending }]) => pending.length > 0);
  const nothing = { grain: GRAINS[0], size: 0, landed: 0, except: new Map() };
  const lostNames = closeLost(state, state.pendingNames, model);
  return { model, at, lostNames, files: new Map(files.map(([id]) => [id, nothing])) };
}

/** Mostly much or little of it, for there the order matters. */
function partLost(events: readonly DiskEvent[], at: number, model: DiskModel, random: Random): PowerCut {
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
