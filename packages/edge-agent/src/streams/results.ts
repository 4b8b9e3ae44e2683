import type { Log } from '@sluis/plugin-sdk';
import type { SampleBatch } from '@sluis/protocol';
import type { Remote } from '@sluis/runtime';
import type { Outbox, OutboxCommit, StreamPosition } from '../log/log.ts';
import { commitOnce } from './commit-once.ts';
import { Outgoing } from './outgoing.ts';
import type { OutboxSeries } from './outbox-series.ts';
import type { Patience, Timer } from './patience.ts';
import type { Slot } from './slot.ts';

/** Results wait this long for others to share their commit: the few for more, the many for what comes with them. */
const GATHER_MS = { few: 250, many: 100 } as const;
/** From here on a segment hardly packs better for being longer. */
const MANY_ROWS = 4_096;
/** Positions without results are committed this rarely: replaying costs less than wearing flash. */
const POSITIONS_MS = 10_000;
const POSITIONS_BYTES = 8 << 20;

type Positions = Readonly<Record<string, StreamPosition>>;

export interface ResultsOptions {
  readonly outbox: Pick<Remote<Outbox>, 'state' | 'commit'>;
  readonly patience: Patience;
  readonly timer: Timer;
  readonly stopping: AbortSignal;
  /** A commit is no longer under way. */
  settled(): void;
  readonly log: Log;
}

/**
 * What streams emit, on its way into the outbox: gathered, and committed together with how far each stream has come, in
 * one transaction. One commit is under way while the next is gathered. If one is lost nothing that comes after it may be
 * committed: streams must start over from what the outbox has.
 */
export class Results {
  readonly #options: ResultsOptions;
  readonly #outgoing = new Outgoing();
  #series: OutboxSeries | undefined;
  /** The journal's. */
  #epoch = '';
  /** What the outbox has. */
  #positions: Positions = {};
  #committing: Promise<void> | undefined;
  #isLost = false;
  #gatheringSince = 0;
  #committedAt = 0;
  /** Journal bytes read since the last commit was begun. */
  #bytesRead = 0;

  constructor(options: ResultsOptions) {
    this.#options = options;
  }

  /** Starts over from what the outbox has. Positions are in the journal of this epoch. */
  open({ series, positions, epoch }: { series: OutboxSeries; positions: Positions; epoch: string }): void {
    this.#series = series;
    this.#positions = positions;
    this.#epoch = epoch;
    this.#outgoing.clear();
    this.#committedAt = this.#options.timer.now();
    this.#isLost = false;
  }

  /** A commit did not reach the outbox, or that is not as it was left. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Nothing waits, or is under way, or is lost. */
  get areDurable(): boolean {
    return this.#outgoing.isEmpty && !this.#committing && !this.#isLost;
  }

  /** Nothing more should be added before what there is was committed. */
  get isFull(): boolean {
    return this.#outgoing.isFull;
  }

  /** Settled when the commit under way is done with; undefined without one. */
  get committing(): Promise<void> | undefined {
    return this.#committing;
  }

  /** What a stream emits, in the host's ids. Rows of series that there is no room for are left out. */
  add(slot: Slot, batch: SampleBatch): void {
    const mapped = slot.outbox.map(batch);
    slot.out += mapped.length;
    if (mapped.length < batch.length) this.#series?.leaveOut(slot, batch.length - mapped.length);
    if (mapped.length === 0) return;
    if (this.#outgoing.isEmpty) this.#gatheringSince = this.#options.timer.now();
    this.#outgoing.add(mapped, batch.lane);
  }

  /** Streams have read an entry whose rows have so many bytes. */
  read(bytes: number): void {
    this.#bytesRead += bytes;
  }

  /** When what there is should be committed; never if there is nothing. */
  dueAt(slots: readonly Slot[]): number {
    const { isEmpty, isUrgent, rows } = this.#outgoing;
    const gatherMs = isUrgent ? 0 : rows < MANY_ROWS ? GATHER_MS.few : GATHER_MS.many;
    if (!isEmpty) return this.#gatheringSince + gatherMs;
    if (slots.every(({ through, committed }) => through === committed)) return Number.POSITIVE_INFINITY;
    return this.#bytesRead >= POSITIONS_BYTES ? 0 : this.#committedAt + POSITIONS_MS;
  }

  /**
   * Commits what there is and how far these streams have come, unless what came before it is lost; `durable` is called
   * once the outbox has it. No other commit may be under way.
   */
  commit(slots: readonly Slot[], durable?: () => void): void {
    if (this.#isLost || !this.#series) return;
    const moved = slots.filter(({ through, committed }) => through !== committed);
    this.#bytesRead = 0;
    if (moved.length === 0) {
      durable?.();
      return;
    }
    const positions = Object.fromEntries(
      moved.map(({ name, through }) => [name, { epoch: this.#epoch, position: through }]),
    );
    const { definitions, durable: defined } = this.#series.undurable();
    const commit = { segments: this.#outgoing.take(), definitions, positions };
    const ended = (async () => {
      if (!(await this.#isCommitted(commit))) return;
      defined();
      this.#positions = { ...this.#positions, ...positions };
      for (const slot of moved) slot.committed = positions[slot.name].position;
      durable?.();
    })();
    this.#committing = ended.finally(() => {
      this.#committing = undefined;
      this.#options.settled();
    });
  }

  async #isCommitted(commit: OutboxCommit): Promise<boolean> {
    const { outbox, patience, timer, stopping, log } = this.#options;
    const outcome = await commitOnce({
      outbox,
      commit,
      before: this.#positions,
      log,
      stopping,
      sleep: (ms) => patience.sleep(ms),
    });
    this.#committedAt = timer.now();
    if (outcome === 'durable') return true;
    if (outcome === 'diverged') log.error({}, 'the outbox is not as it was left: streams start over from what it has');
    this.#isLost = true;
    return false;
  }
}
