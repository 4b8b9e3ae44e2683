import type { Log } from '@sluis/plugin-sdk';
import type { Remote } from '@sluis/runtime';
import type { Journal } from '../log/log.ts';
import type { Patience, Timer } from './patience.ts';
import type { Run } from './run.ts';
import type { SavedStates } from './saved-states.ts';
import type { Slot } from './slot.ts';
import type { HostImage } from './snapshot.ts';
import { SnapshotPace } from './snapshot-pace.ts';

export interface HostSnapshotsOptions {
  readonly saved: SavedStates;
  readonly journal: Pick<Remote<Journal>, 'release' | 'spare'>;
  /** Journal bytes after which a snapshot is taken at once: a small part of the journal's quota. 64 MiB unless given. */
  readonly bytes?: number | undefined;
  readonly patience: Patience;
  readonly timer: Timer;
  /** A snapshot is no longer being saved. */
  settled(): void;
  readonly log: Log;
}

/**
 * When snapshots of a host's streams are taken, and what the journal need not keep for them. A snapshot holds all states
 * after one entry, and is saved once the results up to there are durable: a stream's position is never behind the newest
 * one. Two are kept, and the journal is released up to the older one, so that one damaged file costs nothing; up to the
 * newer one it goes only before new input would be refused.
 */
export class HostSnapshots {
  readonly #options: HostSnapshotsOptions;
  readonly #pace: SnapshotPace;
  /** Position of the newest one that this host saved. */
  #position: number | undefined;
  #saving: Promise<void> | undefined;
  /** The last one could not be saved, and that is said. */
  #isRefused = false;

  constructor(options: HostSnapshotsOptions) {
    this.#options = options;
    this.#pace = new SnapshotPace(options.bytes);
  }

  /** Settled when none is being saved; undefined already. */
  get saving(): Promise<void> | undefined {
    return this.#saving;
  }

  /** The host starts over. */
  reopened(): void {
    this.#pace.reopened(this.#options.timer.now());
  }

  /** Streams have read an entry whose rows have so many bytes. */
  read(bytes: number): void {
    this.#pace.entry(bytes);
  }

  /** The journal has no room: a snapshot lets it give back some. */
  hurry(): void {
    this.#pace.hurry();
  }

  /** True of all healthy streams at one position, of which there is no snapshot yet. */
  isPossible(run: Run | undefined): run is Run {
    return !this.#saving && run !== undefined && run.isCurrent && run.position !== this.#position;
  }

  /** Never while it is not possible. */
  dueAt(run: Run | undefined): number {
    return this.isPossible(run) ? this.#pace.dueAt : Number.POSITIVE_INFINITY;
  }

  /** The states of a run; `save` keeps them, once its results are durable. */
  take(run: Run): { save(slots: readonly Slot[]): void } {
    const { position } = run;
    const image = run.image();
    this.#pace.taken(this.#options.timer.now());
    return {
      save: (slots) => {
        this.#saving = this.#save(image, position, slots).finally(() => {
          this.#saving = undefined;
          this.#options.settled();
        });
      },
    };
  }

  /**
   * Unless a saved state is damaged, no stream reads again what comes before it. A journal at its quota takes nothing and
   * so leads to no further snapshot: it would stay there for ever if it had to wait for the older of two.
   */
  async spare(slots: readonly Slot[]): Promise<void> {
    const { journal, patience } = this.#options;
    const sequence = Math.min(...slots.map(({ saved }) => saved));
    await patience.persist('tell the journal what may go', () => journal.spare(sequence));
  }

  /** No stream ever reads again what comes up to `sequence`. */
  async release(sequence: number): Promise<void> {
    const { journal, log } = this.#options;
    try {
      if (sequence >= 0) await journal.release(sequence);
    } catch (error) {
      log.warn(
        { err: error, sequence },
        'the journal could not be told what is no longer needed; the next snapshot tells it',
      );
    }
  }

  async #save(image: HostImage, position: number, slots: readonly Slot[]): Promise<void> {
    const { saved, timer, log } = this.#options;
    try {
      const outside = slots.filter(({ name }) => !(name in image.streams));
      for (const slot of outside) {
        if (!slot.pinned) await saved.pin(slot);
        slot.pinned = true;
      }
      await saved.save(image, position);
      this.#isRefused = false;
      for (const slot of slots) {
        if (!(slot.name in image.streams)) continue;
        slot.saved = position;
        slot.backoff.reset();
      }
      const older = this.#position;
      this.#position = position;
      if (older !== undefined) await this.release(Math.min(older, ...outside.map(({ saved }) => saved)));
      await this.spare(slots);
    } catch (error) {
      this.#pace.failed(timer.now());
      const text = 'a snapshot could not be saved, and is tried again: a restart would replay more of the journal';
      if (!this.#isRefused) log.warn({ err: error, position }, text);
      this.#isRefused = true;
    }
  }
}
