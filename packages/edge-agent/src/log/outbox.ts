import { isClosedBy, Lane, type Range, RangeSet, type SeriesDefinition } from '@sluis/protocol';
import type { Log } from '@sluis/plugin-sdk';
import { minimumAge } from './age.ts';
import type { Ballast } from './ballast.ts';
import { newEpoch } from './epoch.ts';
import { HandedOut } from './handed-out.ts';
import { HeldSegments } from './held-segments.ts';
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
  WhenFull,
} from './log.ts';
import { type Counts, emptyCounts, type LaneCounts, scan } from './outbox-counts.ts';
import {
  firstClock,
  insertSegment,
  lastClock,
  outboxSchema,
  readPositions,
  type SegmentRow,
  selectSegments,
  writePosition,
} from './outbox-file.ts';
import { OutboxProgress } from './outbox-progress.ts';
import { difference, noSegments, sum } from './segment-totals.ts';
import type { RetainedFile } from './log-shape.ts';
import { SegmentedLog } from './segmented-log.ts';
import { isFull, StorageError } from './storage-error.ts';

/*
 * Results and positions, exactly once: a commit's segments and positions are one transaction of one file, and each new
 * file starts with all positions, so that the newest file alone tells how far every stream has come.
 *
 * At its quota, on a full disk, and when data is older than declared, the outbox sheds whole files, oldest first, if that
 * is its policy. What in one was neither acked nor given up is given up, and recorded; only then the file is unlinked. A
 * kill before the record leaves all as it was; one after it leaves a file that is done with, and counted. Until it is
 * recorded the shed is not undone: those segments are not sent, and the file goes with the next record. What was on its
 * way and is acked after all is taken back from the counts, and the hub is told the range again.
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

const lanes = Object.values(Lane);
/** What a segment counts beside its bytes, so that a read of many small ones is bounded too. */
const SEGMENT_OVERHEAD = 64;
/** A file takes at most this part of the time that segments are kept for. */
const FILE_SHARE_OF_AGE = 1 / 4;

export class SqliteOutbox implements Outbox, Disposable {
  readonly #options: OutboxOptions;
  readonly #files: SegmentedLog<Counts>;
  readonly #held: HeldSegments;
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
    this.#held = new HeldSegments({ files: this.#files, counts: () => this.#counts });
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
        return { lane, first, lowest: this.#held.lowest(lane), next };
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
      for (const { file, part } of this.#held.filesWith(lane, range)) {
        const before = { count: found.length, bytes };
        this.#files.read(file, (open) => {
          found.length = before.count;
          ({ bytes } = before);
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

  /** CRC of a segment, or undefined if it is not known: it was acked, or never was. */
  crc(lane: Lane, sequence: number): number | undefined {
    const { last } = this.#counts.lanes[lane];
    if (last?.sequence === sequence) return last.crc;
    for (const { file } of this.#held.filesWith(lane, { from: sequence, to: sequence + 1 })) {
      const crc = this.#files.read(file, (open) =>
        open.statement(`SELECT crc FROM segment${lane} WHERE sequence = ?`).pluck().get(sequence),
      );
      if (typeof crc === 'number') return crc;
    }
    // The last segment before a file that is held, though its own file is gone.
    const lasts = this.#files.files.map(({ start }) => start.lanes[lane].last);
    const before = lasts.find((last) => last?.sequence === sequence);
    return before?.crc ?? this.#progress.lane(lane).unconfirmed.crc(sequence);
  }

  isOwn(lane: Lane, sequence: number, crc: number): boolean {
    const own = this.crc(lane, sequence);
    return own === undefined ? !this.#progress.lane(lane).unconfirmed.isUnknown(sequence) : own === crc;
  }

  acknowledge(lane: Lane, ranges: readonly Range[]): void {
    const progress = this.#progress.lane(lane);
    const held = this.#held.all(lane);
    for (const { sequence, reason, totals } of this.#handedOut.takeReturned(lane, ranges)) {
      this.#progress.giveBack(lane, sequence, totals, reason);
    }
    for (const range of ranges) {
      const within = { from: Math.max(range.from, held.from), to: Math.min(range.to, held.to) };
      for (const acked of progress.done.missing(within)) {
        // Sums first: they may find a file damaged, which counts anew what is waiting.
        const total = this.#held.sum(lane, acked);
        const fresh = progress.counted.missing(acked).map((range) => this.#held.sum(lane, range));
        this.#waiting = difference(this.#waiting, total);
        this.#progress.acknowledge(lane, acked, fresh.reduce(sum, noSegments));
        this.#handedOut.acked(lane, acked);
      }
    }
    const highest = ranges.reduce((greatest, { to }) => Math.max(greatest, to), 0);
    this.#progress.confirm(lane, Math.min(highest, held.to));
    this.#retire();
  }

  reconcile(lane: Lane, ranges: readonly Range[]): number {
    const progress = this.#progress.lane(lane);
    const hub = new RangeSet([...ranges, ...progress.closed.ranges]);
    const lowest = this.#held.lowest(lane);
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
    const held = { from: Math.max(from, this.#held.lowest(lane)), to: Math.min(to, this.#counts.lanes[lane].next) };
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
    const clocks = lanes.flatMap((lane) => this.#held.clocks(lane, this.#waitingIn(lane)));
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
    this.#files.record((file) => this.#progress.write(file));
    this.#progress.recorded(clock);
  }

  /** Sheds the oldest of it for a full disk, if that is its policy; false if nothing went. */
  relieve(): boolean {
    return this.#mayShed() && this.#shedOldest('disk');
  }

  [Symbol.dispose](): void {
    try {
      this.flush({ now: true });
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the last acks could not be recorded: some segments will be sent again');
    }
    this.#files[Symbol.dispose]();
  }

  #countWaiting(): void {
    this.#waiting = noSegments;
    for (const lane of lanes) {
      for (const range of this.#waitingIn(lane)) this.#waiting = sum(this.#waiting, this.#held.sum(lane, range));
    }
  }

  /** What of a lane is held and not done. */
  #waitingIn(lane: Lane): Range[] {
    return this.#progress.lane(lane).done.missing(this.#held.all(lane));
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
    return this.#options.relieve() || this.relieve();
  }

  #mayShed(): boolean {
    return this.#options.whenFull === 'shed-oldest';
  }

  /** Lets the oldest file go, whatever it holds. False if nothing is held. */
  #shedOldest(reason: ShedReason): boolean {
    const [oldest] = this.#files.files;
    const held = lanes.map((lane) => ({ lane, range: oldest && this.#held.in(oldest, lane) }));
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
      // Where the log stands must be in another file before the newest goes.
      if (this.#files.files.length === 1) this.#files.rotate();
    } catch (error) {
      // Nothing else would tell of what was given up: the file stays until that is recorded.
      if (this.#progress.hasUnrecordedLosses) throw error;
      this.#options.log.warn({ err: error }, 'acks could not be recorded before their file goes');
    }
    while (this.#files.files.length > 1 && this.#oldestIsDone()) if (!this.#files.remove(this.#files.files[0])) break;
    this.#clip();
  }

  #oldestIsDone(): boolean {
    const oldest = this.#files.files[0];
    if (!oldest || oldest === this.#files.writing) return false;
    return lanes.every((lane) => this.#progress.lane(lane).done.covers(this.#held.in(oldest, lane)));
  }

  #clip(): void {
    for (const lane of lanes) this.#progress.lane(lane).clip(this.#held.lowest(lane));
  }

  // ── epochs ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Returns what takes back which segments are to be sent again. */
  #restartEpoch(): () => void {
    const counts = { ...this.#counts.lanes };
    for (const lane of lanes) counts[lane] = { ...counts[lane], first: this.#held.lowest(lane) };
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
      const { epoch } = from;
      this.#progress.giveUp(lane, { sequences: range, samples: lost.samples, crcs: new Map() }, lost, {
        reason: 'damaged',
        times: null,
        epoch,
      });
    }
  }

  /** Segments that are held and waiting will never be sent. Returns what they were. */
  #giveUp(lane: Lane, range: Range, reason: LossReason): SegmentTotals {
    // Sums first: they may find a file damaged, which counts anew what is waiting.
    const lost = this.#held.sum(lane, range);
    const { counted, done, unconfirmed } = this.#progress.lane(lane);
    // What an earlier epoch has acked is in no count of what is lost, also where it reaches the hub again.
    const uncounted = counted.missing(range);
    const fresh = uncounted.map((part) => this.#held.sum(lane, part)).reduce(sum, noSegments);
    if (done.covers(range)) return noSegments;
    const { epoch } = this.#counts;
    for (const part of uncounted) this.#handedOut.giveUp(lane, part, reason);
    this.#handedOut.acked(lane, range);
    const times = this.#held.times(lane, range);
    const crcs = this.#held.crcs(lane, range, unconfirmed.room);
    const given = { sequences: range, samples: lost.samples, crcs };
    this.#progress.giveUp(lane, given, fresh, { reason, times, epoch });
    this.#waiting = difference(this.#waiting, lost);
    return lost;
  }
}

function boundOf(series: Uint32Array): number {
  let bound = 0;
  for (const id of series) bound = Math.max(bound, id + 1);
  return bound;
}
