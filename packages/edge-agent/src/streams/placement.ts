import { type Log, type StateImage, StateMismatchError } from '@sluis/plugin-sdk';
import type { SeriesTable } from '@sluis/protocol';
import { Repeats } from './repeats.ts';
import { Run } from './run.ts';
import type { SavedState, SavedStates } from './saved-states.ts';
import type { Slot } from './slot.ts';
import { Stream } from './stream.ts';

export interface PlacementOptions {
  readonly saved: SavedStates;
  /** The host's ids. */
  readonly series: SeriesTable;
  /** How far (µs) a sample may be ahead of the agent's clock before its own clock counts as wrong. */
  readonly skew: number;
  /** Samples that each operator, and the memory of repeats, may hold at most. */
  readonly remembered: number | undefined;
  readonly log: Log;
}

/** Finds for each stream the state that it goes on with, and where in the journal that state begins. */
export class Placement {
  readonly #options: PlacementOptions;

  constructor(options: PlacementOptions) {
    this.#options = options;
  }

  /**
   * Gives streams new lives: with the state of the newest snapshot that is not ahead of them, in a run that begins where
   * what is in front of them is known. One without such a state gets it from all that the journal has, from `lowest` on;
   * one that is new, or that the journal has nothing for, begins with an empty one, and a snapshot says where.
   */
  async place(slots: readonly Slot[], lowest: number): Promise<Run[]> {
    const { saved, log } = this.#options;
    saved.lowest = lowest;
    const runs = new Map<number, Run>();
    for (const slot of slots) {
      const { name } = slot;
      slot.stream = this.#begin(slot);
      const unseen = lowest - 1 - slot.through;
      if (unseen > 0) {
        log.error(
          { stream: name, unseen },
          `stream '${name}': ${unseen} journal entries that it has not seen are gone, it goes on with those after them`,
        );
      }
      const found = slot.isNew ? undefined : await saved.find(slot);
      const restored = found && this.#restore(slot, found) ? found : undefined;
      if (!restored && !slot.isNew && (lowest > 1 || slot.hasLostJournal))
        slot.stream = this.#begin(slot, { isCut: true });
      slot.from = restored?.position ?? (slot.isNew ? slot.through : Math.min(slot.through, lowest - 1));
      slot.saved = slot.from;
      if (!restored && slot.from === slot.through) await saved.saveStart(slot);
      else if (!restored) this.#reportReplay(slot);
      slot.isNew = false;
      const front = restored?.image.repeats ? restored : await saved.common(slot.from);
      const position = front?.position ?? slot.from;
      let run = runs.get(position);
      if (!run) {
        const repeats = this.#repeats(front?.image.repeats);
        run = new Run({ repeats, restored: front !== undefined, slots: [], position });
        runs.set(position, run);
      }
      slot.state = position < slot.through ? 'catching up' : 'running';
      run.slots.add(slot);
    }
    saved.forget();
    return [...runs.values()];
  }

  #begin({ name, declaration }: Slot, { isCut = false } = {}): Stream {
    const { series, remembered, log } = this.#options;
    return new Stream({ name, declaration, series, remembered, isCut, log });
  }

  #repeats(image: StateImage | undefined): Repeats {
    const { series, skew, remembered } = this.#options;
    const repeats = new Repeats({ series, skew, remembered });
    if (image) repeats.restore(image);
    return repeats;
  }

  #restore(slot: Slot, { position, image }: SavedState): boolean {
    const { log } = this.#options;
    const { name } = slot;
    try {
      slot.stream?.restore(image.streams[name]);
      return true;
    } catch (error) {
      if (!(error instanceof StateMismatchError)) throw error;
      const fields = { stream: name, position, err: error };
      log.error(fields, `stream '${name}': its saved state does not fit and is not used`);
      slot.stream = this.#begin(slot);
      return false;
    }
  }

  #reportReplay({ name, from, through }: Slot): void {
    const fields = { stream: name, after: from, through, entries: through - from };
    const what = 'has no saved state: it reads the journal again from its oldest entry on, without repeating results';
    this.#options.log.warn(fields, `stream '${name}' ${what}`);
  }
}
