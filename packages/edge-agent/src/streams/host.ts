import { type Log, StreamSeries } from '@sluis/plugin-sdk';
import { type Columns, decodeSegment, noRows, RangeSet, SegmentError, SeriesTable } from '@sluis/protocol';
import type { Remote } from '@sluis/runtime';
import type { Journal, Outbox, OutboxCommit, Snapshots, StoredEntry, StreamPosition } from '../log/log.ts';
import type { StreamDeclaration } from './check-streams.ts';
import { commitOnce } from './commit-once.ts';
import { Outgoing } from './outgoing.ts';
import { machineTimer, Patience, type Timer } from './patience.ts';
import { Placement } from './placement.ts';
import type { Entry } from './repeats.ts';
import { Run } from './run.ts';
import { SavedStates } from './saved-states.ts';
import { prefixed, SeriesMap } from './series-map.ts';
import { Slot, type StreamFailure, type StreamState } from './slot.ts';
import type { HostImage } from './snapshot.ts';
import { SnapshotPace } from './snapshot-pace.ts';
import { startPosition } from './start-position.ts';
import type { StreamFault } from './stream.ts';
import { type LiveEntry, Tail } from './tail.ts';

/*
 * Streams go through the journal entry by entry. What entries lead to is gathered, and committed to the outbox together
 * with how far each stream has come, in one transaction: one commit is under way while the next is built, and if both are
 * full, streams wait; the journal is the buffer.
 *
 * A snapshot holds all states after one entry. It is taken with a commit of that very position and saved after the commit
 * is durable, so that a position is never behind the newest snapshot. Recovery loads the newest snapshot at or before a
 * stream's position and replays the journal up to it, muted. Two snapshots are kept, and the journal is released up to the
 * older one, so that one damaged file costs nothing; up to the newer one it goes only before new input would be refused.
 *
 * A stream without such a snapshot, or with other steps than before, replays all that the journal has. That takes a while
 * where the journal is long, and other streams go on meanwhile; but a state that began empty would lead to windows with
 * a part of their samples, which would replace at the hub those that were right. For the same reason windows that may have
 * begun before what the journal has are left out, and what falls into them is counted.
 *
 * If the outbox has lost something that was committed, the host starts over from what is there.
 */

export interface StreamHostOptions {
  readonly streams: Readonly<Record<string, StreamDeclaration>>;
  /** The series of the journal's epoch, shared with the intake. */
  readonly series: SeriesTable;
  readonly journal: Pick<Remote<Journal>, 'state' | 'read' | 'release' | 'spare' | 'shed' | 'forsake'>;
  readonly outbox: Pick<Remote<Outbox>, 'state' | 'definitions' | 'commit'>;
  readonly snapshots: Remote<Snapshots>;
  /** How far (µs) a sample may be ahead of the agent's clock before its own clock counts as wrong. */
  readonly skew: number;
  /** Series that streams may emit, all together; rows of further ones are dropped. A million unless given. */
  readonly seriesLimit?: number;
  /** UTF-8 bytes that the paths of what is sent may have together. No limit unless given. */
  readonly pathsLimit?: number;
  readonly log: Log;
  /** Sources whose entries may be given up when the journal has no room for newer ones. */
  readonly shedding?: readonly string[];
  /** Bytes of live entries kept in memory; beyond it they are read back from the journal. 32 MiB unless given. */
  readonly tailBytes?: number;
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

const SERIES_LIMIT = 1_000_000;
/** The reason under which rows of further series are counted. */
const BEYOND_LIMIT = 'series limit';
const TAIL_BYTES = 32 << 20;
const READ_BYTES = 1 << 20;
/** Results wait this long for others to share their commit: the few for more, the many for what comes with them. */
const GATHER_MS = { few: 250, many: 100 } as const;
/** From here on a segment hardly packs better for being longer. */
const MANY_ROWS = 4_096;
/** Positions without results are committed this rarely: replaying costs less than wearing flash. */
const POSITIONS_MS = 10_000;
const POSITIONS_BYTES = 8 << 20;
/** Rows after which other work of the thread gets its turn. */
const TURN_ROWS = 65_536;
/** How often the log says how far a replay has come. */
const REPORT_MS = 10_000;
/** The rows that cost as much as an entry does beside its own. */
const ENTRY_ROWS = 512;
export class StreamHost implements AsyncDisposable {
  readonly #options: StreamHostOptions;
  readonly #timer: Timer;
  readonly #stopping = new AbortController();
  readonly #patience: Patience;
  readonly #slots: Slot[] = [];
  readonly #outgoing = new Outgoing();
  /** The ids of operators' batches: those of the journal's series and of what operators emit. */
  readonly #series = new StreamSeries();
  readonly #fromJournal: SeriesMap;
  #outboxSeries = new SeriesTable();
  /** How many of them the outbox has. */
  #durableSeries = 0;
  #durablePositions: Readonly<Record<string, StreamPosition>> = {};
  #epoch = '';
  readonly #saved: SavedStates;
  readonly #placement: Placement;
  readonly #pace: SnapshotPace;
  /** Entries of sources that shed which are gone from the journal, though they may still be in hand here. */
  #gone = new RangeSet();
  /** While room is made in the journal. */
  #makingRoom: Promise<void> | undefined;
  #runs: Run[] = [];
  /** Counts the turns that runs take. */
  #turn = 0;
  #reportAt = 0;
  #tail: Tail | undefined;
  /** The greatest sequence of the journal. */
  #newest = -1;
  #wake = Promise.withResolvers<void>();
  #working: Promise<void> | undefined;
  #committing: Promise<void> | undefined;
  #saving: Promise<void> | undefined;
  #mustReopen = false;
  #gatheringSince = 0;
  #committedAt = 0;
  #bytesSinceCommit = 0;
  /** The last snapshot could not be saved, and that is said. */
  #isSaveRefused = false;
  /** Position of the newest snapshot that this host saved. */
  #snapshotPosition: number | undefined;

  constructor(options: StreamHostOptions) {
    this.#options = options;
    this.#timer = options.timer ?? machineTimer;
    this.#patience = new Patience({ timer: this.#timer, log: options.log, stopping: this.#stopping.signal });
    this.#fromJournal = new SeriesMap({ from: options.series, to: this.#series });
    const { snapshots, skew, remembered, log, snapshotBytes } = options;
    this.#saved = new SavedStates({ snapshots, log, persist: this.#patience.persist.bind(this.#patience) });
    const share = remembered === undefined ? undefined : remembered / (Object.keys(options.streams).length + 1);
    this.#placement = new Placement({ saved: this.#saved, series: this.#series, skew, remembered: share, log });
    this.#pace = new SnapshotPace(snapshotBytes);
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
    this.#newest = Math.max(this.#newest, entry.sequence);
    this.#tail?.push(entry, this.#position);
    this.#wake.resolve();
    if (entry.source === '' && Object.keys(this.#options.streams).length === 0) void this.#release(entry.sequence);
  }

  /**
   * Gives up entries that no stream has processed, of sources that allow it, oldest first, so that the journal has room
   * for so many bytes; and before those what only a stream that has faulted would read again. No entry is processed
   * meanwhile: what is counted as shed has led to no result, and leads to none.
   */
  async makeRoom(bytes: number): Promise<void> {
    const { journal, shedding = [] } = this.#options;
    const limits = this.#limits();
    if (!limits) return;
    const { after, upTo } = limits;
    await this.#makeRoom(async () => {
      const through = await journal.shed({ sources: shedding, after, upTo, bytes });
      this.#gone = new RangeSet(this.#gone.ranges.filter(({ to }) => to > this.#position));
      this.#gone.add({ from: after + 1, to: through + 1 });
    });
  }

  /**
   * Gives up what only streams that have faulted would read again, so that one that never recovers does not keep all
   * sources waiting. False if there is no such thing. No stream is started again meanwhile.
   */
  async forsake(bytes: number): Promise<boolean> {
    this.#pace.hurry();
    this.#wake.resolve();
    const faulted = this.#slots.filter(({ state }) => state === 'faulted');
    const limits = this.#limits();
    if (!limits || faulted.length === 0) return false;
    const streams = faulted.map(({ name, through, declaration }) => {
      return { name, after: through, sources: declaration.from };
    });
    return this.#makeRoom(() => this.#options.journal.forsake({ streams, upTo: limits.upTo, bytes }));
  }

  /**
   * What comes after `after` no stream has processed; what comes up to `upTo` none that runs will read again. Undefined
   * while streams are being placed: nobody knows what they need.
   */
  #limits(): { after: number; upTo: number } | undefined {
    const running = this.#slots.filter(({ state }) => state !== 'faulted');
    const isPlacing = this.#mustReopen || this.#slots.length < Object.keys(this.#options.streams).length;
    if (isPlacing || (running.length > 0 && this.#runs.length === 0)) return undefined;
    const positions = [...this.#runs.map(({ position }) => position), ...this.#slots.map(({ through }) => through)];
    const after = Math.max(0, ...positions);
    return { after, upTo: Math.min(after, ...running.map(({ saved }) => saved)) };
  }

  async #makeRoom<T>(work: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#makingRoom = promise;
    try {
      return await work();
    } finally {
      this.#makingRoom = undefined;
      resolve();
    }
  }

  get status(): Readonly<Record<string, HostStreamStatus>> {
    const newest = this.#newest;
    const areResultsDurable = this.#outgoing.isEmpty && !this.#committing && !this.#mustReopen;
    return Object.fromEntries(
      this.#slots.map(({ name, in: taken, out, through, committed, state, failure, dropped }) => {
        const done = areResultsDurable ? through : committed;
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
    await this.#committing;
    await this.#saving;
    if (!this.#tail || this.#mustReopen) return;
    this.#cut({ snapshot: this.#isSnapshotPossible() });
    await this.#committing;
    await this.#saving;
  }

  /** How far all runs have come. */
  get #position(): number {
    return this.#runs.reduce((least, { position }) => Math.min(least, position), Number.MAX_SAFE_INTEGER);
  }

  async #work(): Promise<void> {
    let rows = 0;
    while (!this.#stopping.signal.aborted) {
      if (this.#mustReopen) await this.#open();
      await this.#retryFaulted();
      const run = this.#nextRun();
      const entry = run && (await this.#next(run));
      if (this.#makingRoom) await this.#makingRoom;
      if (run && entry) {
        if (this.#isGone(entry)) run.pass(entry.sequence);
        else this.#process(run, entry);
        this.#tail?.pass(this.#position);
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
    const {
      journal,
      outbox,
      streams,
      log,
      tailBytes = TAIL_BYTES,
      seriesLimit = SERIES_LIMIT,
      pathsLimit,
    } = this.#options;
    const state = await this.#patience.persist('read the state of the journal', () => journal.state());
    const durable = await this.#patience.persist('read the state of the outbox', () => outbox.state());
    if (!state || !durable) return;
    const ids = { from: 0, to: durable.seriesCount };
    const definitions = await this.#patience.persist('read the definitions of the outbox', () =>
      outbox.definitions(ids),
    );
    if (!definitions) return;
    this.#mustReopen = false;
    this.#epoch = state.epoch;
    this.#saved.epoch = state.epoch;
    this.#durablePositions = durable.positions;
    this.#outboxSeries = new SeriesTable(definitions);
    this.#durableSeries = definitions.length;
    // Ids whose definition is gone are no series any more.
    const atMost = seriesLimit + definitions.filter(({ path }) => path === '').length;
    this.#outgoing.clear();
    this.#runs = [];
    this.#newest = Math.max(this.#newest, state.next - 1);
    const newest = this.#newest;
    this.#tail = new Tail({ maxBytes: tailBytes });
    this.#committedAt = this.#timer.now();
    this.#pace.reopened(this.#timer.now());
    const before = new Map(this.#slots.map((slot) => [slot.name, slot]));
    this.#slots.length = 0;
    for (const [name, declaration] of Object.entries(streams)) {
      const rename = declaration.as === undefined ? undefined : prefixed(declaration.as);
      const map = new SeriesMap({
        from: this.#series,
        to: this.#outboxSeries,
        atMost,
        ...(pathsLimit !== undefined && { atMostPathBytes: pathsLimit }),
        ...(rename && { rename }),
        onOtherUnit: (path, unit, kept) =>
          log.warn(
            { stream: name, series: path, unit, kept },
            `stream '${name}' gives ${path} in '${unit}', and what was sent of it before is in '${kept}', which hubs keep: give the stream another name for its series, such as  as: ${name}`,
          ),
      });
      const slot = before.get(name) ?? new Slot({ name, declaration, outbox: map });
      slot.outbox = map;
      const position = durable.positions[name];
      slot.through = startPosition(
        { position, lost: durable.positionsLost },
        { ...state, next: newest + 1 },
        { name, log },
      );
      slot.isNew = !position && !durable.positionsLost;
      slot.hasLostJournal = position !== undefined && position.epoch !== state.epoch;
      slot.committed = position?.epoch === state.epoch ? slot.through : -1;
      this.#slots.push(slot);
    }
    await this.#place(this.#slots);
    if (this.#slots.length > 0) await this.#spare();
    // Where a new stream starts must be durable before anything is acknowledged that it would have to have.
    if (this.#slots.some(({ through, committed }) => through !== committed)) {
      this.#cut({ snapshot: false });
      await this.#committing;
    }
  }

  /** Gives streams new lives, from what is saved of them. */
  async #place(slots: readonly Slot[]): Promise<void> {
    const { journal } = this.#options;
    const state = await this.#patience.persist('read the state of the journal', () => journal.state());
    if (state) this.#runs.push(...(await this.#placement.place(slots, state.lowest)));
  }

  async #retryFaulted(): Promise<void> {
    const now = this.#timer.now();
    const due = this.#slots.filter(({ state, retryAt }) => state === 'faulted' && retryAt <= now);
    if (due.length === 0) return;
    if (this.#makingRoom) await this.#makingRoom;
    // From here on it runs, as for what the journal keeps.
    for (const slot of due) slot.state = 'catching up';
    await this.#place(due);
  }

  // Processing

  /** A run that has something to do; they take turns, so that a long replay keeps none that is ahead of it waiting. */
  #nextRun(): Run | undefined {
    if (this.#runs.length > 1) this.#joinRuns();
    const due = this.#runs.filter(({ position }) => position < this.#newest);
    return due[this.#turn++ % due.length];
  }

  /** Runs that have met are one from here on; one that all streams have left is none. */
  #joinRuns(): void {
    const met = new Map<number, Run>();
    for (const run of this.#runs) {
      const other = met.get(run.position);
      if (run.slots.size > 0) met.set(run.position, other ? Run.join(other, run) : run);
    }
    this.#runs = [...met.values()];
  }

  /** Says from time to time how far a replay has come. */
  #reportReplay(): void {
    const now = this.#timer.now();
    if (now < this.#reportAt) return;
    this.#reportAt = now + REPORT_MS;
    for (const { position, slots } of this.#runs) {
      for (const { name, through } of slots) {
        if (position >= through) continue;
        const fields = { stream: name, position, through, toGo: through - position };
        this.#options.log.info(fields, `stream '${name}' is reading the journal again`);
      }
    }
  }

  /** The entry after a run's position. */
  async #next(run: Run): Promise<(Entry & { bytes: number }) | undefined> {
    const live = this.#tail?.after(run.position);
    if (live) {
      run.ahead = [];
      return { ...live, rows: this.#fromJournal.map(live.rows) };
    }
    if (run.ahead.length === 0) {
      const { journal } = this.#options;
      const newest = this.#newest;
      const read = { after: run.position, maxBytes: READ_BYTES };
      run.ahead = (await this.#patience.persist('read the journal', () => journal.read(read))) ?? [];
      // Sequences up to the newest that are not there never will be: they were burned, or are damaged.
      if (run.ahead.length === 0 && !this.#stopping.signal.aborted) run.position = Math.max(run.position, newest);
    }
    const stored = run.ahead.shift();
    return stored && { ...stored, bytes: stored.bytes.byteLength, rows: this.#fromJournal.map(this.#decode(stored)) };
  }

  #decode({ sequence, bytes, samples }: StoredEntry): Columns {
    if (bytes.byteLength === 0) return noRows;
    try {
      return decodeSegment(bytes);
    } catch (error) {
      if (!(error instanceof SegmentError)) throw error;
      this.#options.log.error(
        { sequence, samples, err: error },
        'a journal entry is damaged: streams go on without it',
      );
      return noRows;
    }
  }

  #process(run: Run, entry: Entry & { bytes: number }): void {
    run.process(entry, {
      emit: (slot, batch) => {
        const mapped = slot.outbox.map(batch);
        slot.out += mapped.length;
        if (mapped.length < batch.length) this.#leaveOut(slot, batch.length - mapped.length);
        if (mapped.length === 0) return;
        if (this.#outgoing.isEmpty) this.#gatheringSince = this.#timer.now();
        this.#outgoing.add(mapped, batch.lane);
      },
      fault: (slot, fault) => this.#fault(slot, fault, entry.clock),
    });
    this.#bytesSinceCommit += entry.bytes;
    this.#pace.entry(entry.bytes);
  }

  #isGone({ sequence, source }: Entry): boolean {
    return this.#gone.has(sequence) && (this.#options.shedding?.includes(source) ?? false);
  }

  #leaveOut(slot: Slot, rows: number): void {
    if (!(BEYOND_LIMIT in slot.dropped)) {
      const { log, seriesLimit = SERIES_LIMIT, pathsLimit } = this.#options;
      log.error(
        { stream: slot.name, seriesLimit, pathsLimit },
        `stream '${slot.name}' emits series beyond the limit of ${seriesLimit} (limits.series), or of their paths (limits.paths): their rows are dropped`,
      );
    }
    slot.drop(BEYOND_LIMIT, rows);
  }

  #fault(slot: Slot, fault: StreamFault, clock: number): void {
    const retryInMs = slot.backoff.next();
    slot.fail(fault.message, clock);
    slot.retryAt = this.#timer.now() + retryInMs;
    const fields = { stream: slot.name, position: slot.through, retryInMs, err: fault };
    this.#options.log.error(fields, `stream '${slot.name}' faulted and is started again from its last snapshot`);
  }

  // Commits

  async #cutIfDue(): Promise<void> {
    const { isEmpty, isFull } = this.#outgoing;
    if (isFull) {
      // One commit under way and the next one full: streams wait.
      await this.#committing;
      this.#cut();
    } else if (!this.#committing && this.#timer.now() >= this.#cutAt(isEmpty)) {
      this.#cut();
    }
  }

  /** When what there is should be committed; never if there is nothing. */
  #cutAt(isEmpty: boolean): number {
    const { rows, isUrgent } = this.#outgoing;
    const gatherMs = isUrgent ? 0 : rows < MANY_ROWS ? GATHER_MS.few : GATHER_MS.many;
    if (!isEmpty) return Math.min(this.#gatheringSince + gatherMs, this.#snapshotAt());
    if (this.#slots.every(({ through, committed }) => through === committed)) return this.#snapshotAt();
    const positionsAt = this.#bytesSinceCommit >= POSITIONS_BYTES ? 0 : this.#committedAt + POSITIONS_MS;
    return Math.min(positionsAt, this.#snapshotAt());
  }

  /** Commits what there is, unless what came before it was not committed. */
  #cut({ snapshot = this.#timer.now() >= this.#snapshotAt() }: { snapshot?: boolean } = {}): void {
    if (this.#mustReopen) return;
    const moved = this.#slots.filter(({ through, committed }) => through !== committed);
    const position = this.#position;
    const image = snapshot ? imageOf(this.#runs[0]) : undefined;
    if (moved.length === 0 && !image) return;
    const segments = this.#outgoing.take();
    const positions = Object.fromEntries(
      moved.map(({ name, through }) => [name, { epoch: this.#epoch, position: through }]),
    );
    const seriesAfter = this.#outboxSeries.size;
    const definitions = {
      first: this.#durableSeries,
      series: this.#outboxSeries.slice(this.#durableSeries, seriesAfter),
    };
    this.#bytesSinceCommit = 0;
    if (image) this.#pace.taken(this.#timer.now());
    const ended = (async () => {
      if (moved.length > 0 && !(await this.#commit({ segments, definitions, positions }))) return;
      this.#durableSeries = seriesAfter;
      this.#durablePositions = { ...this.#durablePositions, ...positions };
      for (const slot of moved) slot.committed = positions[slot.name].position;
      if (image) this.#saving = this.#save(image, position).finally(() => this.#endSaving());
    })();
    this.#committing = ended.finally(() => {
      this.#committing = undefined;
      this.#wake.resolve();
    });
  }

  async #commit(commit: OutboxCommit): Promise<boolean> {
    const { outbox, log } = this.#options;
    const outcome = await commitOnce({
      outbox,
      commit,
      before: this.#durablePositions,
      log,
      stopping: this.#stopping.signal,
      sleep: (ms) => this.#patience.sleep(ms),
    });
    this.#committedAt = this.#timer.now();
    if (outcome === 'durable') return true;
    if (outcome === 'diverged') log.error({}, 'the outbox is not as it was left: streams start over from what it has');
    // What it held is gone from here: nothing may be committed that comes after it.
    this.#mustReopen = true;
    return false;
  }

  // Snapshots

  /** When the next snapshot is due; never while there cannot be one. */
  #snapshotAt(): number {
    return this.#isSnapshotPossible() ? this.#pace.dueAt : Number.POSITIVE_INFINITY;
  }

  /** One position for all streams that are healthy, which has no snapshot yet. */
  #isSnapshotPossible(): boolean {
    const [run, other] = this.#runs;
    if (this.#saving || !run || other) return false;
    return run.isCurrent && run.position !== this.#snapshotPosition;
  }

  #endSaving(): void {
    this.#saving = undefined;
    this.#wake.resolve();
  }

  async #save(image: HostImage, position: number): Promise<void> {
    try {
      const outside = this.#slots.filter(({ name }) => !(name in image.streams));
      for (const slot of outside) {
        if (!slot.pinned) await this.#saved.pin(slot);
        slot.pinned = true;
      }
      await this.#saved.save(image, position);
      this.#isSaveRefused = false;
      for (const slot of this.#slots) {
        if (!(slot.name in image.streams)) continue;
        slot.saved = position;
        slot.backoff.reset();
      }
      const older = this.#snapshotPosition;
      this.#snapshotPosition = position;
      if (older !== undefined) await this.#release(Math.min(older, ...outside.map(({ saved }) => saved)));
      await this.#spare();
    } catch (error) {
      this.#pace.failed(this.#timer.now());
      const { log } = this.#options;
      const text = 'a snapshot could not be saved, and is tried again: a restart would replay more of the journal';
      if (!this.#isSaveRefused) log.warn({ err: error, position }, text);
      this.#isSaveRefused = true;
    }
  }

  /**
   * Unless a saved state is damaged, no stream reads again what comes before it. A journal at its quota takes nothing and
   * so leads to no further snapshot: it would stay there for ever if it had to wait for the older of two.
   */
  async #spare(): Promise<void> {
    const { journal } = this.#options;
    const sequence = Math.min(...this.#slots.map(({ saved }) => saved));
    await this.#patience.persist('tell the journal what may go', () => journal.spare(sequence));
  }

  async #release(sequence: number): Promise<void> {
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

  // Waiting

  /** Until there is something to do. */
  async #idle(): Promise<void> {
    const cutAt = this.#committing ? Number.POSITIVE_INFINITY : this.#cutAt(this.#outgoing.isEmpty);
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

function imageOf({ repeats, slots }: Run): HostImage {
  const streams = [...slots].flatMap(({ name, stream }) => (stream ? [[name, stream.snapshot()] as const] : []));
  return { repeats: repeats.snapshot(), streams: Object.fromEntries(streams) };
}
