import { type Log, StreamSeries } from '@sluis/plugin-sdk';
import type { SeriesTable } from '@sluis/protocol';
import type { Remote } from '@sluis/runtime';
import type { Journal, Outbox, Snapshots } from '../log/log.ts';
import type { StreamDeclaration } from './check-streams.ts';
import { GivenUp, type ReadLimits } from './given-up.ts';
import { HostSnapshots } from './host-snapshots.ts';
import { JournalReader, type JournalReaderOptions, type ReadEntry } from './journal-reader.ts';
import { OutboxSeries, type OutboxSeriesOptions } from './outbox-series.ts';
import { machineTimer, Patience, type Timer } from './patience.ts';
import { Placement } from './placement.ts';
import { Results } from './results.ts';
import type { Run } from './run.ts';
import { Runs } from './runs.ts';
import { SavedStates } from './saved-states.ts';
import { SeriesMap } from './series-map.ts';
import { Slot, type StreamFailure, type StreamState } from './slot.ts';
import { startAt } from './start-position.ts';
import type { StreamFault } from './stream.ts';
import type { LiveEntry } from './tail.ts';

/*
 * Streams go through the journal entry by entry (`JournalReader`, `Runs`). What entries lead to is gathered and committed
 * to the outbox together with how far each stream has come (`Results`); if that is full streams wait, for the journal is
 * the buffer. With a commit a snapshot of that very position is taken now and then (`HostSnapshots`).
 *
 * Recovery loads the newest snapshot at or before a stream's position and replays the journal up to it, muted
 * (`Placement`). A stream without such a snapshot, or with other steps than before, replays all that the journal has. That
 * takes a while where the journal is long, and other streams go on meanwhile; but a state that began empty would lead to
 * windows with a part of their samples, which would replace at the hub those that were right. For the same reason windows
 * that may have begun before what the journal has are left out, and what falls into them is counted.
 *
 * If the outbox has lost something that was committed, the host starts over from what is there.
 */

export interface StreamHostOptions
  extends Pick<JournalReaderOptions, 'tailBytes'>, Pick<OutboxSeriesOptions, 'seriesLimit' | 'pathsLimit'> {
  readonly streams: Readonly<Record<string, StreamDeclaration>>;
  /** The series of the journal's epoch, shared with the intake. */
  readonly series: SeriesTable;
  readonly journal: Pick<Remote<Journal>, 'state' | 'read' | 'release' | 'spare' | 'shed' | 'forsake'>;
  readonly outbox: Pick<Remote<Outbox>, 'state' | 'definitions' | 'commit'>;
  readonly snapshots: Remote<Snapshots>;
  /** How far (µs) a sample may be ahead of the agent's clock before its own clock counts as wrong. */
  readonly skew: number;
  readonly log: Log;
  /** Sources whose entries may be given up when the journal has no room for newer ones. */
  readonly shedding?: readonly string[];
  /** Journal bytes after which a snapshot is taken at once: a small part of the journal's quota. 64 MiB unless given. */
  readonly snapshotBytes?: number;
  /** Samples remembered by all streams and in front of them, as a snapshot has room for. As many as each wants unless given. */
  readonly remembered?: number;
  /** Time for waiting and pausing; the machine's unless given. */
  readonly timer?: Timer;
}

export interface HostStreamStatus {
  /** Samples given to the stream and emitted by it since the agent started. */
  readonly in: number;
  readonly out: number;
  /** Journal entries whose results are not all in the outbox. */
  readonly lag: number;
  readonly state: StreamState;
  /** Null unless it has faulted. */
  readonly failure: StreamFailure | null;
  /** Rows left out, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** Rows after which other work of the thread gets its turn. */
const TURN_ROWS = 65_536;
/** How often the log says how far a replay has come. */
const REPORT_MS = 10_000;
/** The rows that cost as much as an entry does beside its own. */
const ENTRY_ROWS = 512;

/** Leads the journal's entries through streams into the outbox. */
export class StreamHost implements AsyncDisposable {
  readonly #options: StreamHostOptions;
  readonly #timer: Timer;
  readonly #stopping = new AbortController();
  readonly #patience: Patience;
  readonly #slots: Slot[] = [];
  /** The ids of operators' batches: those of the journal's series and of what operators emit. */
  readonly #series = new StreamSeries();
  readonly #journal: JournalReader;
  readonly #runs = new Runs();
  readonly #results: Results;
  readonly #saved: SavedStates;
  readonly #snapshots: HostSnapshots;
  readonly #placement: Placement;
  readonly #givenUp: GivenUp;
  #reportAt = 0;
  #wake = Promise.withResolvers<void>();
  #working: Promise<void> | undefined;

  constructor(options: StreamHostOptions) {
    const { journal, outbox, snapshots, streams, skew, remembered, log, timer = machineTimer } = options;
    const stopping = this.#stopping.signal;
    const patience = new Patience({ timer, log, stopping });
    const settled = (): void => this.#wake.resolve();
    this.#options = options;
    this.#timer = timer;
    this.#patience = patience;
    const series = new SeriesMap({ from: options.series, to: this.#series });
    this.#journal = new JournalReader({ journal, series, tailBytes: options.tailBytes, patience, log });
    this.#results = new Results({ outbox, patience, timer, stopping, settled, log });
    const saved = new SavedStates({ snapshots, log, persist: patience.persist.bind(patience) });
    this.#saved = saved;
    const bytes = options.snapshotBytes;
    this.#snapshots = new HostSnapshots({ saved, journal, bytes, patience, timer, settled, log });
    const share = remembered === undefined ? undefined : remembered / (Object.keys(streams).length + 1);
    this.#placement = new Placement({ saved, series: this.#series, skew, remembered: share, log });
    this.#givenUp = new GivenUp(journal, options.shedding ?? []);
  }

  /**
   * Finds out where streams stand and goes on from there in the background. Where a new stream starts is durable when
   * this returns: what is journaled after that is never taken for older than the stream.
   */
  async start(): Promise<void> {
    await this.#open();
    this.#working = this.#work();
  }

  /** A journal entry that has just become durable, in order of sequence. */
  committed(entry: LiveEntry): void {
    this.#journal.push(entry, this.#runs.position);
    this.#wake.resolve();
    const hasNoReader = Object.keys(this.#options.streams).length === 0;
    if (entry.source === '' && hasNoReader) void this.#snapshots.release(entry.sequence);
  }

  /**
   * Gives up entries that no stream has processed, of sources that allow it, oldest first, so that the journal has room
   * for so many bytes; and before those what only a stream that has faulted would read again.
   */
  async makeRoom(bytes: number): Promise<void> {
    const limits = this.#limits();
    if (limits) await this.#givenUp.shed(bytes, limits);
  }

  /**
   * Gives up what only streams that have faulted would read again, so that one that never recovers does not keep all
   * sources waiting. False if there is no such thing.
   */
  async forsake(bytes: number): Promise<boolean> {
    this.#snapshots.hurry();
    this.#wake.resolve();
    const faulted = this.#slots.filter(({ state }) => state === 'faulted');
    const limits = this.#limits();
    if (!limits || faulted.length === 0) return false;
    return this.#givenUp.forsake(bytes, faulted, limits);
  }

  get status(): Readonly<Record<string, HostStreamStatus>> {
    const { newest } = this.#journal;
    const { areDurable } = this.#results;
    return Object.fromEntries(
      this.#slots.map(({ name, in: taken, out, through, committed, state, failure, dropped }) => {
        const done = areDurable ? through : committed;
        const shown = state === 'faulted' ? (failure ?? null) : null;
        return [name, { in: taken, out, lag: Math.max(0, newest - done), state, failure: shown, dropped }];
      }),
    );
  }

  /** Stops reading, commits what there is if the outbox takes it, and leaves a snapshot to start from. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#wake.resolve();
    await this.#working;
    await this.#results.committing;
    await this.#snapshots.saving;
    this.#cut({ snapshot: this.#snapshots.isPossible(this.#runs.only) });
    await this.#results.committing;
    await this.#snapshots.saving;
  }

  async #work(): Promise<void> {
    let rows = 0;
    while (!this.#stopping.signal.aborted) {
      if (this.#results.isLost) await this.#open();
      await this.#retryFaulted();
      const run = this.#runs.next(this.#journal.newest);
      const entry = run && (await this.#journal.next(run));
      if (this.#givenUp.giving) await this.#givenUp.giving;
      if (run && entry) {
        if (this.#givenUp.isGone(entry)) run.pass(entry.sequence);
        else this.#process(run, entry);
        this.#journal.pass(this.#runs.position);
        rows += entry.rows.length + ENTRY_ROWS;
        if (rows >= TURN_ROWS) {
          rows = 0;
          this.#reportReplay();
          await new Promise(setImmediate);
        }
      }
      await this.#cutIfDue();
      if (!entry) await this.#idle();
    }
  }

  // Recovery

  /** Places every stream where its durable results end. */
  async #open(): Promise<void> {
    const { journal, outbox, streams, log, seriesLimit, pathsLimit } = this.#options;
    const state = await this.#patience.persist('read the state of the journal', () => journal.state());
    const durable = await this.#patience.persist('read the state of the outbox', () => outbox.state());
    if (!state || !durable) return;
    const ids = { from: 0, to: durable.seriesCount };
    const definitions = await this.#patience.persist('read the definitions of the outbox', () =>
      outbox.definitions(ids),
    );
    if (!definitions) return;
    const series = new OutboxSeries({ from: this.#series, definitions, seriesLimit, pathsLimit, log });
    this.#results.open({ series, positions: durable.positions, epoch: state.epoch });
    this.#saved.epoch = state.epoch;
    this.#runs.clear();
    this.#journal.open(state.next - 1);
    this.#snapshots.reopened();
    const next = this.#journal.newest + 1;
    const before = new Map(this.#slots.map((slot) => [slot.name, slot]));
    this.#slots.length = 0;
    for (const [name, declaration] of Object.entries(streams)) {
      const map = series.mapOf(name, declaration);
      const slot = before.get(name) ?? new Slot({ name, declaration, outbox: map });
      slot.outbox = map;
      startAt(slot, { durable, journal: { ...state, next }, log });
      this.#slots.push(slot);
    }
    await this.#place(this.#slots);
    if (this.#slots.length > 0) await this.#snapshots.spare(this.#slots);
    // Where a new stream starts must be durable before anything is acknowledged that it would have to have.
    if (this.#slots.some(({ through, committed }) => through !== committed)) {
      this.#cut({ snapshot: false });
      await this.#results.committing;
    }
  }

  /** Gives streams new lives, from what is saved of them. */
  async #place(slots: readonly Slot[]): Promise<void> {
    const { journal } = this.#options;
    const state = await this.#patience.persist('read the state of the journal', () => journal.state());
    if (state) this.#runs.add(await this.#placement.place(slots, state.lowest));
  }

  async #retryFaulted(): Promise<void> {
    const now = this.#timer.now();
    const due = this.#slots.filter(({ state, retryAt }) => state === 'faulted' && retryAt <= now);
    if (due.length === 0) return;
    if (this.#givenUp.giving) await this.#givenUp.giving;
    // From here on it runs, as for what the journal keeps.
    for (const slot of due) slot.state = 'catching up';
    await this.#place(due);
  }

  /** What of the journal streams need. Undefined while they are being placed: nobody knows. */
  #limits(): ReadLimits | undefined {
    const running = this.#slots.filter(({ state }) => state !== 'faulted');
    const isPlacing = this.#results.isLost || this.#slots.length < Object.keys(this.#options.streams).length;
    if (isPlacing || (running.length > 0 && this.#runs.isEmpty)) return undefined;
    const after = Math.max(this.#runs.foremost, ...this.#slots.map(({ through }) => through));
    const upTo = Math.min(after, ...running.map(({ saved }) => saved));
    return { passed: this.#runs.position, after, upTo };
  }

  // Processing

  #process(run: Run, entry: ReadEntry): void {
    run.process(entry, {
      emit: (slot, batch) => this.#results.add(slot, batch),
      fault: (slot, fault) => this.#fault(slot, fault, entry.clock),
    });
    this.#results.read(entry.bytes);
    this.#snapshots.read(entry.bytes);
  }

  #fault(slot: Slot, fault: StreamFault, clock: number): void {
    const retryInMs = slot.backoff.next();
    slot.fail(fault.message, clock);
    slot.retryAt = this.#timer.now() + retryInMs;
    const fields = { stream: slot.name, position: slot.through, retryInMs, err: fault };
    this.#options.log.error(fields, `stream '${slot.name}' faulted and is started again from its last snapshot`);
  }

  /** Says from time to time how far a replay has come. */
  #reportReplay(): void {
    const now = this.#timer.now();
    if (now < this.#reportAt) return;
    this.#reportAt = now + REPORT_MS;
    for (const { slot, position } of this.#runs.replaying()) {
      const { name, through } = slot;
      const fields = { stream: name, position, through, toGo: through - position };
      this.#options.log.info(fields, `stream '${name}' is reading the journal again`);
    }
  }

  // Commits

  async #cutIfDue(): Promise<void> {
    if (this.#results.isFull) {
      // One commit under way and the next one full: streams wait.
      await this.#results.committing;
      this.#cut();
    } else if (!this.#results.committing && this.#timer.now() >= this.#cutAt) {
      this.#cut();
    }
  }

  /** When there should be a commit, or a snapshot; never if there is nothing. */
  get #cutAt(): number {
    return Math.min(this.#results.dueAt(this.#slots), this.#snapshots.dueAt(this.#runs.only));
  }

  /** Commits what there is, and takes a snapshot of that very position. */
  #cut({ snapshot = this.#timer.now() >= this.#snapshots.dueAt(this.#runs.only) } = {}): void {
    if (this.#results.isLost) return;
    const run = this.#runs.only;
    const taken = snapshot && run ? this.#snapshots.take(run) : undefined;
    this.#results.commit(this.#slots, () => taken?.save(this.#slots));
  }

  /** Until there is something to do. */
  async #idle(): Promise<void> {
    const cutAt = this.#results.committing ? Number.POSITIVE_INFINITY : this.#cutAt;
    const retries = this.#slots.filter(({ state }) => state === 'faulted').map(({ retryAt }) => retryAt);
    const until = Math.min(cutAt, ...retries);
    const wait = Math.max(0, Math.ceil(until - this.#timer.now()));
    const cancel =
      until === Number.POSITIVE_INFINITY ? undefined : this.#timer.schedule(wait, () => this.#wake.resolve());
    await this.#wake.promise;
    cancel?.();
    this.#wake = Promise.withResolvers();
  }
}
