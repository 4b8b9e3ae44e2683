import { Backoff, describe, pause } from '@sluis/runtime';

const LONGEST_PAUSE_MS = 30_000;

export interface WorkLane {
  readonly name: string;
  /** Does one thing; false if there was nothing to do. */
  step(): Promise<boolean>;
  /** Whether a step that succeeds ends a trouble. It does unless this is given. */
  isWell?(): boolean;
}

export interface WorkLanesOptions {
  /** A step failed and is tried again. */
  failed(error: unknown): void;
  /** The same for people; undefined once the lane works again. */
  troubled(lane: string, reason: string | undefined): void;
  /** A lane has found nothing to do. */
  idle(): void;
}

/**
 * Lanes that work beside each other, each on one thing at a time: as long as there is something to do, then when woken.
 * What comes while a lane looks for something to do is not missed.
 */
export class WorkLanes implements AsyncDisposable {
  readonly #options: WorkLanesOptions;
  readonly #abort = new AbortController();
  readonly #wakes = new Set<() => void>();
  /** Those that have found nothing to do since the last wake. */
  readonly #idle = new Set<WorkLane>();
  #lanes: readonly WorkLane[] = [];
  #ended: Promise<unknown> = Promise.resolve();

  constructor(options: WorkLanesOptions) {
    this.#options = options;
  }

  /** Aborted when lanes are to end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** True once all lanes have found nothing to do. */
  get areIdle(): boolean {
    return this.#idle.size === this.#lanes.length;
  }

  start(lanes: readonly WorkLane[]): void {
    this.#lanes = lanes;
    this.#ended = Promise.all(lanes.map((lane) => this.#run(lane)));
  }

  wake(): void {
    this.#idle.clear();
    for (const wake of this.#wakes) wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.wake();
    await this.#ended;
  }

  async #run(lane: WorkLane): Promise<void> {
    const { failed, troubled, idle } = this.#options;
    const { signal } = this.#abort;
    const backoff = new Backoff({ longestMs: LONGEST_PAUSE_MS });
    let isTroubled = false;
    while (!signal.aborted) {
      // Before the look at what there is to do, so that nothing that comes meanwhile is missed.
      const { promise: woken, resolve } = Promise.withResolvers<void>();
      let missed = false;
      const wake = (): void => {
        missed = true;
        resolve();
      };
      this.#wakes.add(wake);
      try {
        const worked = await lane.step();
        if (isTroubled && (lane.isWell?.() ?? true)) {
          troubled(lane.name, undefined);
          isTroubled = false;
        }
        backoff.reset();
        if (worked) continue;
        if (!missed) this.#idle.add(lane);
        idle();
        await woken;
      } catch (error) {
        if (signal.aborted) return;
        isTroubled = true;
        troubled(lane.name, describe(error));
        failed(error);
        await pause(backoff.next(), signal);
      } finally {
        this.#wakes.delete(wake);
      }
    }
  }
}
