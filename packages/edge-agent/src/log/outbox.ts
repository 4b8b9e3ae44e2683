import { isClosedBy, Lane, type Range, RangeSet, type SeriesDefinition } from '@sluis/protocol';
import type { Log } from '@sluis/plugin-sdk';
import { minimumAge } from './age.ts';
import type { Ballast } from './ballast.ts';
import { newEpoch } from './epoch.ts';
import { HandedOut } from './handed-out.ts';
import type { LogFile } from './log-file.ts';
import type {
  GivenUp,
  LossReason,
  Outbox,
  OutboxCommit,
  OutboxState,
  OutboxStats,
  SegmentTotals,
  ShedReason,
  StoredSegment,
  StreamPosition,
  TimeSpan,
  WhenFull,
} from './log.ts';
import {
  firstClock,
  insertSegment,
  lastClock,
  outboxSchema,
  readPositions,
  type SegmentRow,
  selectSegments,
  sumSegments,
  timesOf,
  writePosition,
} from './outbox-file.ts';
import { spanOf } from './outbox-lane.ts';
import { OutboxProgress } from './outbox-progress.ts';
import { difference, noSegments, sum } from './segment-totals.ts';
import { type RetainedFile, SegmentedLog } from './segmented-log.ts';
import { isFull, StorageError } from './storage-error.ts';

/*
 * Results and positions, exactly once: a commit's segments and positions are one transaction of one file, and each new
 * file starts with all positions, so that the newest file alone tells how far every stream has come.
 *
 * At its quota, on a full disk, and when data is older than declared, the outbox sheds whole files, oldest first, if that
 * is its policy. What in one was neither acked nor given up is given up, and recorded; only then the file is unlinked. What
 * of it was on its way, and is acked after all, is taken back from what was given up, and told the hub so. A
 * kill before the record leaves all as it was; one after it leaves a file that is done with, and counted. Until it is
 * recorded the shed is not undone: those segments are not sent, and the file goes with the next record.
 *
 * A new epoch begins with a new file: its header is the one write that takes effect.
 */

export interface OutboxOptions {
  readonly folder: string;
  readonly log: Log;
  /** The agent's clock in µs. */
  readonly now: () => number;
  readonly quotaBytes: number;
  /** What commits with segments do at the quota, or on a full disk, while the hub has not acked what is held. */
  readonly whenFull: WhenFull;
  /** What is held longer than this, in µs, is shed. For ever unless given. */
  readonly keep?: number | undefined;
  readonly fileBytes: number;
  /** Says whether the disk takes more. */
  readonly ballast: Ballast;
  /** Gives back space of the disk that holds nothing anybody needs; false if there is none. */
  relieve(): boolean;
}

interface LaneCounts extends SegmentTotals {
  /** First sequence of the lane in this epoch. */
  readonly first: number;
  /** Sequence of the next segment. */
  readonly next: number;
  /** The last valid sequence; those between it and `next` are burned. */
  readonly valid: number;
  /** The last valid segment, so that histories can be compared when its file is gone. */
  readonly last: { readonly sequence: number; readonly crc: number } | null;
}

/** Counts of the outbox's life up to some point. */
interface Counts {
  readonly epoch: string;
  readonly lanes: Readonly<Record<Lane, LaneCounts>>;
}

const lanes = Object.values(Lane);
/** What a segment counts beside its bytes, so that a read of many small ones is bounded too. */
const SEGMENT_OVERHEAD = 64;
/** A file takes at most this part of the time that segments are kept for. */
const FILE_SHARE_OF_AGE = 1 / 4;

const emptyLane: LaneCounts = { ...noSegments, first: 1, next: 1, valid: 0, last: null };

export class SqliteOutbox implements Outbox, Disposable {
  readonly #options: OutboxOptions;
  readonly #files: SegmentedLog<Counts>;
  #counts = emptyCounts();
  #positions: Record<string, StreamPosition> = {};
  readonly #progress = new OutboxProgress();
  readonly #handedOut = new HandedOut();
  /** Held and not done. */
  #waiting = noSegments;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#files = new SegmentedLog({
      name: 'outbox',
      folder: options.folder,
      fileBytes: options.fileBytes,
      log: options.log,
      schema: outboxSchema,
      counts: () => this.#counts,
      scan,
      carry: (file) => this.#carry(file),
      recover: (file) => this.#recover(file),
      lost: (file) => this.#loseFile(file),
    });
  }

  /** `hadStreams`: there are saved states of streams, so that their positions have been here. */
  open({ hadStreams = false } = {}): void {
    const { counts, losses, newestLost } = this.#files.open();
    if (counts) this.#counts = counts;
    else if (hadStreams && newestLost === 0) {
      this.#progress.positionsLost = true;
      const { folder, log } = this.#options;
      log.error({ folder }, 'the outbox is gone, and what it held: streams repeat what the journal still has');
    }
    for (const { from, to } of losses) this.#countLoss(from, to);
    if (newestLost > 0) {
      this.#progress.positionsLost = true;
      this.#restartEpoch();
      this.#options.log.error(
        { files: newestLost, epoch: this.#counts.epoch },
        'the newest segments of the outbox are lost: a new epoch begins, and streams repeat what they can',
      );
    }
    this.#clip();
    this.#countWaiting();
  }

  state(): OutboxState {
    return {
      epoch: this.#counts.epoch,
      seriesCount: this.#files.series.size,
      lanes: lanes.map((lane) => {
        const { first, next } = this.#counts.lanes[lane];
        return { lane, first, lowest: this.#lowest(lane), next };
      }),
      positions: { ...this.#positions },
      positionsLost: this.#progress.positionsLost,
    };
  }

  commit(commit: OutboxCommit): number[] {
    this.#sealIfFull();
    // Without segments it is a matter of some pages, and what streams know of themselves must not wait for space.
    if (commit.segments.length === 0) return this.#write(commit);
    for (;;) {
      this.#makeRoom(commit.segments);
      try {
        return this.#write(commit);
      } catch (error) {
        if (!isFull(error)) throw error;
        const { ballast } = this.#options;
        ballast.letGo();
        this.#files.sealAbandoned();
        // A further try follows a file that went, so that a commit longer than all that can go is refused in the end.
        if (!this.#relieve()) throw ballast.refusal();
      }
    }
  }

  #write({ segments, definitions, positions }: OutboxCommit): number[] {
    const clock = this.#options.now();
    const used = segments.map((segment) => segment.series);
    const after = { ...this.#counts.lanes };
    const sequences: number[] = [];
    const positionsLost = this.#progress.positionsLost && Object.keys(positions).length === 0;
    const recordProgress = this.#progress.isDue(clock) || positionsLost !== this.#progress.positionsLost;
    try {
      this.#files.write(definitions, used, (file) => {
        for (const { lane, samples, crc, series, minTime, maxTime, bytes } of segments) {
          const { first, next, ...counts } = after[lane];
          const times = samples > 0 ? [minTime, maxTime] : [null, null];
          insertSegment(file, lane).run(next, clock, samples, crc, boundOf(series), ...times, bytes);
          sequences.push(next);
          const total = sum(counts, { samples, segments: 1, bytes: bytes.length });
          after[lane] = { first, ...total, next: next + 1, valid: next, last: { sequence: next, crc } };
        }
        for (const [stream, position] of Object.entries(positions)) writePosition(file, stream, position);
        if (recordProgress) this.#progress.write(file, positionsLost);
      });
    } catch (error) {
      this.#burn(after);
      throw error;
    }
    this.#counts = { ...this.#counts, lanes: after };
    for (const { samples, bytes } of segments) {
      this.#waiting = sum(this.#waiting, { samples, segments: 1, bytes: bytes.length });
    }
    this.#positions = { ...this.#positions, ...positions };
    this.#progress.positionsLost = positionsLost;
    if (recordProgress) this.#progress.recorded(clock);
    return sequences;
  }

  read({ lane, from, maxBytes }: { lane: Lane; from: number; maxBytes: number }): StoredSegment[] {
    const found: StoredSegment[] = [];
    let bytes = 0;
    let full = false;
    const open = this.#progress.lane(lane).done.missing({ from, to: this.#counts.lanes[lane].next });
    for (const range of open) {
      for (const { file, part } of this.#filesWith(lane, range)) {
        this.#files.read(file, (open) => {
          for (const row of selectSegments(open, lane).iterate(part.from, part.to)) {
            const segment = row as SegmentRow;
            bytes += segment.bytes.length + SEGMENT_OVERHEAD;
            full = found.length > 0 && bytes > maxBytes;
            if (full) break;
            if (isClosedBy(segment.bytes, segment.crc)) {
              found.push({ lane, ...segment });
              this.#handedOut.read(lane, segment);
            } else this.#loseSegment(lane, segment, file.path);
          }
        });
        if (full) return found;
      }
    }
    return found;
  }

  definitions({ from, to }: Range): SeriesDefinition[] {
    return this.#files.series.all.slice(from, to);
  }

  crc(lane: Lane, sequence: number): number | undefined {
    const { last } = this.#counts.lanes[lane];
    if (last?.sequence === sequence) return last.crc;
    for (const { file } of this.#filesWith(lane, { from: sequence, to: sequence + 1 })) {
      const crc = this.#files.read(file, (open) =>
        open.statement(`SELECT crc FROM segment${lane} WHERE sequence = ?`).pluck().get(sequence),
      );
      if (typeof crc === 'number') return crc;
    }
    // The last segment before a file that is held, though its own file is gone.
    return this.#files.files.map(({ start }) => start.lanes[lane].last).find((last) => last?.sequence === sequence)
      ?.crc;
  }

  acknowledge(lane: Lane, ranges: readonly Range[]): void {
    const progress = this.#progress.lane(lane);
    const held = { from: this.#lowest(lane), to: this.#counts.lanes[lane].next };
    for (const { sequence, reason, totals } of this.#handedOut.takeReturned(lane, ranges)) {
      this.#progress.giveBack(lane, sequence, totals, reason);
    }
    for (const range of ranges) {
      const within = { from: Math.max(range.from, held.from), to: Math.min(range.to, held.to) };
      for (const acked of progress.done.missing(within)) {
        // Sums first: they may find a file damaged, which counts anew what is waiting.
        const total = this.#sum(lane, acked);
        const fresh = progress.counted.missing(acked).map((range) => this.#sum(lane, range));
        this.#waiting = difference(this.#waiting, total);
        this.#progress.acknowledge(lane, acked, fresh.reduce(sum, noSegments));
        this.#handedOut.acked(lane, acked);
      }
    }
    this.#retire();
  }

  reconcile(lane: Lane, ranges: readonly Range[]): number {
    const progress = this.#progress.lane(lane);
    const hub = new RangeSet([...ranges, ...progress.closed.ranges]);
    const lowest = this.#lowest(lane);
    const forgotten = progress.done.ranges
      .flatMap(({ from, to }) => hub.missing({ from: Math.max(from, lowest), to: Math.max(to, lowest) }))
      .reduce((count, { from, to }) => count + to - from, 0);
    if (forgotten > 0) {
      this.#progress.restart([lane]);
      this.#countWaiting();
    }
    this.acknowledge(lane, ranges);
    return forgotten;
  }

  giveUp(lane: Lane, { from, to }: Range): void {
    const held = { from: Math.max(from, this.#lowest(lane)), to: Math.min(to, this.#counts.lanes[lane].next) };
    for (const range of this.#progress.lane(lane).done.missing(held)) {
      const lost = this.#giveUp(lane, range, 'refused');
      this.#options.log.error({ lane, ...range, ...lost }, 'segments of the outbox were refused and will not be sent');
    }
    this.#retire();
  }

  givenUp(): GivenUp[] {
    return lanes.flatMap((lane) => this.#progress.givenUp(lane, this.#counts.epoch));
  }

  remint(): OutboxState {
    const counts = this.#counts;
    const undo = this.#restartEpoch();
    try {
      this.#files.rotate();
    } catch (error) {
      this.#counts = counts;
      undo();
      throw error;
    }
    this.#progress.recorded(this.#options.now());
    this.#handedOut.clear();
    this.#countWaiting();
    return this.state();
  }

  stats(): OutboxStats {
    const clocks = lanes.flatMap((lane) => this.#waitingClocks(lane));
    const { damaged, refused, ...shed } = this.#progress.lost;
    return {
      ...this.#waiting,
      oldest: clocks.length > 0 ? Math.min(...clocks) : null,
      newest: clocks.length > 0 ? Math.max(...clocks) : null,
      fileBytes: this.#files.bytes,
      quotaBytes: this.#options.quotaBytes,
      acked: this.#progress.acked,
      damaged,
      refused,
      shed,
    };
  }

  /** Records what has waited long enough, or all with `now`, and sheds what is too old. To be called each second. */
  flush({ now = false } = {}): void {
    if (!now) {
      this.#files.sealAbandoned();
      this.#shedAged();
    }
    const clock = this.#options.now();
    if (now ? this.#progress.isRecorded : !this.#progress.isDue(clock)) return;
    this.#files.write({ first: 0, series: [] }, [], (file) => this.#progress.write(file));
    this.#progress.recorded(clock);
  }

  [Symbol.dispose](): void {
    try {
      this.flush({ now: true });
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the last acks could not be recorded: some segments will be sent again');
    }
    this.#files[Symbol.dispose]();
  }

  // ── where segments are ───────────────────────────────────────────────────────────────────────────────────────────

  #lowest(lane: Lane): number {
    return (this.#files.files[0]?.start ?? this.#counts).lanes[lane].next;
  }

  /** Files that hold some of a range, and which part of it. */
  #filesWith(lane: Lane, range: Range): { file: RetainedFile<Counts>; part: Range }[] {
    const found: { file: RetainedFile<Counts>; part: Range }[] = [];
    for (const file of this.#files.files) {
      const held = this.#heldIn(file, lane);
      const part = { from: Math.max(range.from, held.from), to: Math.min(range.to, held.to) };
      if (part.from < part.to) found.push({ file, part });
    }
    return found;
  }

  #heldIn(file: RetainedFile<Counts>, lane: Lane): Range {
    return { from: file.start.lanes[lane].next, to: this.#files.endOf(file).lanes[lane].valid + 1 };
  }

  /** What the held segments of a range add up to. */
  #sum(lane: Lane, range: Range): SegmentTotals {
    let total = noSegments;
    for (const { file, part } of this.#filesWith(lane, range)) {
      const held = this.#heldIn(file, lane);
      const whole = part.from === held.from && part.to === held.to;
      const found = whole
        ? difference(this.#files.endOf(file).lanes[lane], file.start.lanes[lane])
        : this.#files.read(file, (open) => sumSegments(open, lane, part));
      total = sum(total, found ?? noSegments);
    }
    return total;
  }

  /** Times of what is held of a range, null where they are not known. */
  #times(lane: Lane, range: Range): TimeSpan | null {
    const parts = this.#filesWith(lane, range);
    const times = parts.map(({ file, part }) => this.#files.read(file, (open) => timesOf(open, lane, part)) ?? null);
    return times.reduce((a, b) => a && b && spanOf(a, b), times[0] ?? null);
  }

  #countWaiting(): void {
    this.#waiting = noSegments;
    for (const lane of lanes) {
      const held = { from: this.#lowest(lane), to: this.#counts.lanes[lane].next };
      for (const range of this.#progress.lane(lane).done.missing(held)) {
        this.#waiting = sum(this.#waiting, this.#sum(lane, range));
      }
    }
  }

  /** Clocks of the first and the last waiting segment of a lane. */
  #waitingClocks(lane: Lane): number[] {
    const held = { from: this.#lowest(lane), to: this.#counts.lanes[lane].next };
    const waiting = this.#progress
      .lane(lane)
      .done.missing(held)
      .flatMap((range) => this.#filesWith(lane, range));
    const first = firstDefined(waiting, ({ file, part }) => this.#clockIn(file, lane, part, 'ASC'));
    const last = firstDefined(waiting.toReversed(), ({ file, part }) => this.#clockIn(file, lane, part, 'DESC'));
    return first === undefined || last === undefined ? [] : [first, last];
  }

  #clockIn(file: RetainedFile<Counts>, lane: Lane, part: Range, order: 'ASC' | 'DESC'): number | undefined {
    const sql = `SELECT clock FROM segment${lane} WHERE sequence >= ? AND sequence < ? ORDER BY sequence ${order} LIMIT 1`;
    const clock = this.#files.read(file, (open) => open.statement(sql).pluck().get(part.from, part.to));
    return typeof clock === 'number' ? clock : undefined;
  }

  // ── room ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #sealIfFull(): void {
    if (!this.#files.isFull) return;
    this.#files.seal();
    this.#retire();
  }

  /**
   * Makes room for segments, as far as the policy allows.
   * @throws StorageError 'quota' or 'full'
   */
  #makeRoom(segments: OutboxCommit['segments']): void {
    const { quotaBytes, folder, ballast } = this.#options;
    let incoming = 0;
    for (const { bytes } of segments) incoming += bytes.length;
    while (this.#files.bytes + incoming > quotaBytes) {
      if (incoming <= quotaBytes && this.#mayShed() && this.#shedOldest('quota')) continue;
      throw new StorageError(
        'quota',
        `the outbox in ${folder} is at its quota of ${quotaBytes} bytes, and the hub has not acked what it holds`,
      );
    }
    while (!ballast.hasSpaceFor(incoming)) if (!this.#relieve()) throw ballast.refusal();
  }

  /** Gives back some of a full disk; false if nothing may go. */
  #relieve(): boolean {
    return this.#options.relieve() || (this.#mayShed() && this.#shedOldest('disk'));
  }

  #mayShed(): boolean {
    return this.#options.whenFull === 'shed-oldest';
  }

  /** Lets the oldest file go, whatever it holds. False if nothing is held. */
  #shedOldest(reason: ShedReason): boolean {
    const [oldest] = this.#files.files;
    const held = lanes.map((lane) => ({ lane, range: oldest && this.#heldIn(oldest, lane) }));
    if (held.every(({ range }) => !range || range.from >= range.to)) return false;
    if (oldest === this.#files.writing) this.#files.seal();
    let shed = noSegments;
    for (const { lane, range } of held) {
      for (const part of this.#progress.lane(lane).done.missing(range)) {
        shed = sum(shed, this.#giveUp(lane, part, reason));
      }
    }
    if (shed.segments > 0) {
      this.#options.log.warn(
        { reason, ...shed },
        'the oldest segments of the outbox were shed: the hub will not get them',
      );
    }
    this.#retire();
    return this.#files.files[0] !== oldest;
  }

  /** Lets go what is held longer than declared. A file that is filled slowly is ended in time, so that it can go in time. */
  #shedAged(): void {
    const { keep, now } = this.#options;
    if (keep === undefined) return;
    const clock = now();
    const { writing } = this.#files;
    const begun = writing && this.#clockOf(writing, firstClock, Math.min);
    if (begun !== undefined && minimumAge(begun, clock) > keep * FILE_SHARE_OF_AGE) this.#files.seal();
    for (;;) {
      const [oldest] = this.#files.files;
      const newest = oldest && this.#clockOf(oldest, lastClock, Math.max);
      if (newest === undefined || minimumAge(newest, clock) <= keep || !this.#shedOldest('age')) return;
    }
  }

  #clockOf(file: RetainedFile<Counts>, find: typeof firstClock, best: (...clocks: number[]) => number) {
    const clocks = this.#files.read(file, (open) => lanes.map((lane) => find(open, lane)));
    const known = clocks?.filter((clock) => clock !== undefined) ?? [];
    return known.length > 0 ? best(...known) : undefined;
  }

  /** Lets files go in which nothing is left to be sent. */
  #retire(): void {
    if (!this.#oldestIsDone()) return;
    try {
      this.flush({ now: true });
    } catch (error) {
      // Nothing else would tell of what was given up: the file stays until that is recorded.
      if (this.#progress.hasUnrecordedLosses) throw error;
      this.#options.log.warn({ err: error }, 'acks could not be recorded before their file goes');
    }
    while (this.#oldestIsDone()) if (!this.#files.remove(this.#files.files[0])) break;
    this.#clip();
  }

  #oldestIsDone(): boolean {
    const oldest = this.#files.files[0];
    if (!oldest || oldest === this.#files.writing) return false;
    return lanes.every((lane) => this.#progress.lane(lane).done.covers(this.#heldIn(oldest, lane)));
  }

  #clip(): void {
    for (const lane of lanes) this.#progress.lane(lane).clip(this.#lowest(lane));
  }

  // ── epochs ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Returns what takes back which segments are to be sent again. */
  #restartEpoch(): () => void {
    const counts = { ...this.#counts.lanes };
    for (const lane of lanes) counts[lane] = { ...counts[lane], first: this.#lowest(lane) };
    this.#counts = { epoch: newEpoch(this.#counts.epoch), lanes: counts };
    return this.#progress.restart();
  }

  #burn(after: Readonly<Record<Lane, LaneCounts>>): void {
    const burned = { ...this.#counts.lanes };
    for (const lane of lanes) {
      const range = { from: burned[lane].next, to: after[lane].next };
      if (range.from === range.to) continue;
      burned[lane] = { ...burned[lane], next: range.to };
      this.#progress.burn(lane, range, this.#counts.epoch);
    }
    this.#counts = { ...this.#counts, lanes: burned };
  }

  // ── what a file starts with, and a start reads back ──────────────────────────────────────────────────────────────

  #carry(file: LogFile): void {
    for (const [stream, position] of Object.entries(this.#positions)) writePosition(file, stream, position);
    this.#progress.write(file);
  }

  #recover(file: LogFile): void {
    this.#positions = readPositions(file);
    this.#progress.recover(file);
  }

  // ── damage ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #loseSegment(lane: Lane, { sequence, samples }: SegmentRow, path: string): void {
    this.#options.log.error(
      { lane, sequence, samples, path },
      'a segment of the outbox is damaged and will not be sent',
    );
    this.#giveUp(lane, { from: sequence, to: sequence + 1 }, 'damaged');
  }

  #loseFile(file: RetainedFile<Counts>): void {
    this.#countLoss(file.start, this.#files.endOf(file));
    this.#countWaiting();
  }

  #countLoss(from: Counts, to: Counts): void {
    for (const lane of lanes) {
      const range = { from: from.lanes[lane].next, to: to.lanes[lane].next };
      const lost = difference(to.lanes[lane], from.lanes[lane]);
      if (lost.segments === 0 || this.#progress.lane(lane).counted.covers(range)) continue;
      this.#options.log.error({ lane, ...range, ...lost }, 'segments of the outbox are lost with a damaged file');
      this.#progress.giveUp(lane, range, lost, { reason: 'damaged', times: null, epoch: from.epoch });
    }
  }

  /** Segments that are held and waiting will never be sent. Returns what they were. */
  #giveUp(lane: Lane, range: Range, reason: LossReason): SegmentTotals {
    // The sum first: it may find a file damaged, which counts anew what is waiting.
    const lost = this.#sum(lane, range);
    if (this.#progress.lane(lane).done.covers(range)) return noSegments;
    const { epoch } = this.#counts;
    // What an earlier epoch has acked is in no count of what is lost.
    if (this.#progress.lane(lane).counted.covers(range)) this.#handedOut.acked(lane, range);
    else this.#handedOut.giveUp(lane, range, reason);
    this.#progress.giveUp(lane, range, lost, { reason, times: this.#times(lane, range), epoch });
    this.#waiting = difference(this.#waiting, lost);
    return lost;
  }
}

function emptyCounts(): Counts {
  return {
    epoch: newEpoch(),
    lanes: { [Lane.alarm]: emptyLane, [Lane.data]: emptyLane, [Lane.detail]: emptyLane },
  };
}

function scan(file: LogFile, start: Counts): Counts {
  const counts = { ...start.lanes };
  for (const lane of lanes) {
    const row = file.statement(`SELECT sequence, crc FROM segment${lane} ORDER BY sequence DESC LIMIT 1`).get();
    if (row === undefined) continue;
    const last = row as { sequence: number; crc: number };
    const { first } = start.lanes[lane];
    const held = sumSegments(file, lane, { from: 0, to: last.sequence + 1 });
    counts[lane] = { ...sum(start.lanes[lane], held), first, next: last.sequence + 1, valid: last.sequence, last };
  }
  return { epoch: start.epoch, lanes: counts };
}

function boundOf(series: Uint32Array): number {
  let bound = 0;
  for (const id of series) bound = Math.max(bound, id + 1);
  return bound;
}

function firstDefined<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
