import type { Log } from '@sluis/plugin-sdk';
import type { Snapshots } from '../log/log.ts';
import type { Remote } from '@sluis/runtime';
import type { Slot } from './slot.ts';
import { decodeSnapshot, encodeSnapshot, type HostImage } from './snapshot.ts';

/** Under which all streams of a host are snapshotted together; no stream can have this name. */
const COMMON = '@streams';

export interface SavedState {
  /** The states are those after this entry of the journal. */
  readonly position: number;
  readonly image: HostImage;
}

export interface SavedStatesOptions {
  readonly snapshots: Remote<Snapshots>;
  readonly log: Log;
  /** Repeats a call until it succeeds; undefined if the host stops before. */
  persist<T>(what: string, call: () => Promise<T>): Promise<T | undefined>;
}

/**
 * The snapshots of a host: one of all streams together, and for a stream that is not in it one of its own: where it
 * began with an empty state, or what it had when it faulted.
 */
export class SavedStates {
  /** The journal's: positions of another mean nothing. */
  epoch = '';
  /** The lowest sequence that the journal holds. */
  lowest = 0;
  readonly #options: SavedStatesOptions;
  /** What was loaded since the last `forget`, by name and position: many streams begin from one snapshot. */
  readonly #loaded = new Map<string, Promise<SavedState | undefined>>();

  constructor(options: SavedStatesOptions) {
    this.#options = options;
  }

  /** The newest snapshot with the stream's state from which the journal leads to where the stream is. */
  async find({ name, through, stream }: Slot): Promise<SavedState | undefined> {
    const { log } = this.#options;
    const found = [await this.#load(COMMON, through), await this.#load(name, through)].filter((state) => !!state);
    const fitting = found.filter(({ image }) => image.streams[name]?.fingerprint === stream?.fingerprint);
    const usable = fitting.find(({ position }) => this.#leads(position, through));
    if (usable) return usable;
    const fields = { stream: name, position: through, snapshots: found.map(({ position }) => position) };
    if (fitting.length > 0) {
      const { lowest } = this;
      log.error({ ...fields, lowest }, `stream '${name}': the journal no longer reaches back to its saved state`);
    } else if (found.some(({ image }) => name in image.streams)) {
      log.info(fields, `stream '${name}': its steps or their version changed, its saved state is not used`);
    }
    return undefined;
  }

  /** The newest snapshot of all streams at or before a position from which the journal leads to it. */
  async common(position: number): Promise<SavedState | undefined> {
    const found = await this.#load(COMMON, position);
    return found && this.#leads(found.position, position) ? found : undefined;
  }

  async save(image: HostImage, position: number): Promise<void> {
    const bytes = await encodeSnapshot(image);
    await this.#options.snapshots.save(COMMON, { epoch: this.epoch, position, bytes });
  }

  /** Records that the stream's state after `through` is empty, so that a restart can replay it from there. */
  async saveStart({ name, through, stream }: Slot): Promise<void> {
    const { snapshots, persist } = this.#options;
    if (!stream) return;
    const bytes = await encodeSnapshot({ streams: { [name]: stream.snapshot() } });
    await persist('save a snapshot', () => snapshots.save(name, { epoch: this.epoch, position: through, bytes }));
  }

  /** Keeps the state of a stream that is not in the next snapshots of all: it starts again from there. */
  async pin({ name, saved }: Slot): Promise<void> {
    const { snapshots } = this.#options;
    const found = await snapshots.load(COMMON, { epoch: this.epoch, position: saved });
    if (found?.position === saved) await snapshots.save(name, { epoch: this.epoch, ...found });
  }

  /** True if nothing is missing in the journal between two positions. */
  #leads(from: number, to: number): boolean {
    return from >= to || from + 1 >= this.lowest;
  }

  /** Lets go of what was loaded. */
  forget(): void {
    this.#loaded.clear();
  }

  #load(name: string, position: number): Promise<SavedState | undefined> {
    const key = `${position} ${name}`;
    const loaded = this.#loaded.get(key) ?? this.#read(name, position);
    this.#loaded.set(key, loaded);
    return loaded;
  }

  async #read(name: string, position: number): Promise<SavedState | undefined> {
    const { snapshots, log, persist } = this.#options;
    const found = await persist('load a snapshot', () => snapshots.load(name, { epoch: this.epoch, position }));
    if (!found) return undefined;
    try {
      const image = await decodeSnapshot(found.bytes);
      if (image) return { position: found.position, image };
      log.warn({ position: found.position }, 'a snapshot was written by another version and is not used');
    } catch (error) {
      log.error({ position: found.position, err: error }, 'a snapshot cannot be read and is not used');
    }
    return undefined;
  }
}
