import { closeLost, type PowerCut, stateAt } from './disk.ts';
import type { DiskEvent } from './disk-event.ts';
import { grainsOf } from './file-content.ts';

interface Failing {
  readonly cut: PowerCut;
  readonly error: unknown;
}

/** The lost grains of a file are tried in up to so many parts. */
const MOST_PARTS = 64;

/** Lets all land that need not be lost for the state to fail: whole files, names, then a part of the grains at a time. */
export async function shrinkCut(
  events: readonly DiskEvent[],
  failing: Failing,
  attempt: (cut: PowerCut) => Promise<{ error: unknown } | undefined>,
): Promise<Failing> {
  let smallest = failing;
  const fails = async (cut: PowerCut): Promise<void> => {
    const failure = await attempt(cut);
    if (failure) smallest = { cut, ...failure };
  };
  const { at, model, files, lostNames } = failing.cut;
  const state = stateAt(events, at, model);
  for (const id of files.keys()) {
    const fewer = new Map(smallest.cut.files);
    fewer.delete(id);
    await fails({ ...smallest.cut, files: fewer });
  }
  // From the last on: to keep a change is to keep those that it follows.
  for (const name of [...lostNames].toReversed()) {
    const lost = [...smallest.cut.lostNames].filter((other) => other !== name);
    const fewer = closeLost(state, lost, model);
    if (fewer.size < smallest.cut.lostNames.size) await fails({ ...smallest.cut, lostNames: fewer });
  }
  for (const id of smallest.cut.files.keys()) {
    const pending = state.files.get(id)?.pending ?? [];
    for (let parts = 1; parts <= MOST_PARTS; parts *= 2) {
      for (let part = 0; part < parts; part++) {
        const file = smallest.cut.files.get(id);
        if (!file) break;
        const landed = (place: number) => file.except.get(place) ?? file.landed;
        const lost = grainsOf(pending, file.grain).filter((place) => landed(place) < pending.length);
        if (lost.length < parts) break;
        const kept = new Set(lost.slice((part * lost.length) / parts, ((part + 1) * lost.length) / parts));
        const except = new Map(lost.filter((place) => !kept.has(place)).map((place) => [place, landed(place)]));
        const larger = { ...file, landed: pending.length, except };
        await fails({ ...smallest.cut, files: new Map(smallest.cut.files).set(id, larger) });
      }
    }
  }
  return smallest;
}
