import { isClosedBy, Lane, type Range, RangeSet, type SeriesDefinition } from '@sluis/protocol';
import type { Log } from '@sluis/plugin-sdk';
import { newEpoch } from './epoch.ts';
import type { LogFile } from './log-file.ts';
import type {
  GivenUp,
  Outbox,
  OutboxCommit,
  OutboxState,
  OutboxStats,
  SegmentTotals,
  StoredSegment,
  StreamPosition,
} from './log.ts';
import {
  insertSegment,
  outboxSchema,
  type Progress,
  readPositions,
  readProgress,
  type SegmentRow,
  selectSegments,
  sumSegments,
  writePosition,
  writeProgress,
} from './outbox-file.ts';
import { LaneProgress } from './outbox-lane.ts';
import { difference, noSegments, sum } from './segment-totals.ts';
import { type RetainedFile, SegmentedLog } from './segmented-log.ts';
import { StorageError } from './storage-error.ts';

/*
 * Results and positions, exactly once: a commit's segments and positions are one transaction of one file, and each new
 * file starts with all positions, so that the newest file alone tells how far every stream has come.
 *
 * Acks are recorded later than they are taken: with the next commit, or by `flush`, at least once a second. A kill in
 * between forgets the newest ones; those segments are sent again, which changes nothing at the hub. They are recorded
 * before a file is unlinked, for the totals' sake; a disk too full for that does not keep the file from going, for what
 * is below the lowest sequence held is done with in any case.
 *
 * A new epoch begins with a new file: its header is the one write that takes effect.
 */

export interface OutboxOptions {
  readonly folder: string;
  readonly log: Log;
  /** The agent's clock in µs. */
  readonly now: () => number;
  /** At this, commits with segments are refused until the hub has acked something. */
  readonly quotaBytes: number;
  readonly fileBytes: number;
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
/** How long acks may wait to be recorded, in µs. */
const ACK_DELAY = 1_000_000;
/** What a segment counts beside its bytes, so that a read of many small ones is bounded too. */
const SEGMENT_OVERHEAD = 64;

const emptyLane: LaneCounts = { ...noSegments, first: 1, next: 1, valid: 0, last: null };

export class SqliteOutbox implements Outbox, Disposable {
  readonly #options: OutboxOptions;
  readonly #files: SegmentedLog<Counts>;
  #counts = emptyCounts();
  #positions: Record<string, StreamPosition> = {};
  /** As {@link OutboxState} says it. */
  #positionsLost = false;
  #progress = emptyProgress();
  #acked = noSegments;
  /** What was given up, by reason. */
  #lost: Readonly<Record<'damaged' | 'refused', SegmentTotals>> = { damaged: noSegments, refused: noSegments };
  /** Held and not done. */
  #waiting = noSegments;
  /** Acks that are not recorded yet. */
  #unrecorded = false;
  #recordedAt = 0;

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

  open(): void {
    const { counts, losses, newestLost } = this.#files.open();
    if (counts) this.#counts = counts;
    for (const { from, to } of losses) this.#countLoss(from, to);
    if (newestLost > 0) {
      this.#positionsLost = true;
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
      positionsLost: this.#positionsLost,
    };
  }

  commit({ segments, definitions, positions }: OutboxCommit): number[] {
    this.#makeRoom(segments);
    const clock = this.#options.now();
    const used = segments.map((segment) => segment.series);
    const after = { ...this.#counts.lanes };
    const sequences: number[] = [];
    const positionsLost = this.#positionsLost && Object.keys(positions).length === 0;
    const acksAreDue = this.#unrecorded && clock - this.#recordedAt >= ACK_DELAY;
    const recordProgress = acksAreDue || positionsLost !== this.#positionsLost;
    try {
      this.#files.write(definitions, used, (file) => {
        for (const { lane, samples, crc, series, bytes } of segments) {
          const { first, next, ...counts } = after[lane];
          insertSegment(file, lane).run(next, clock, samples, crc, boundOf(series), bytes);
          sequences.push(next);
          const total = sum(counts, { samples, segments: 1, bytes: bytes.length });
          after[lane] = { first, ...total, next: next + 1, valid: next, last: { sequence: next, crc } };
        }
        for (const [stream, position] of Object.entries(positions)) writePosition(file, stream, position);
        if (recordProgress) this.#writeProgress(file, positionsLost);
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
    this.#positionsLost = positionsLost;
    if (recordProgress) this.#recorded();
    return sequences;
  }

  read({ lane, from, maxBytes }: { lane: Lane; from: number; maxBytes: number }): StoredSegment[] {
    const found: StoredSegment[] = [];
    let bytes = 0;
    let full = false;
    const open = this.#progress[lane].done.missing({ from, to: this.#counts.lanes[lane].next });
    for (const range of open) {
      for (const { file, part } of this.#filesWith(lane, range)) {
        this.#files.read(file, (open) => {
          for (const row of selectSegments(open, lane).iterate(part.from, part.to)) {
            const segment = row as SegmentRow;
            bytes += segment.bytes.length + SEGMENT_OVERHEAD;
            full = found.length > 0 && bytes > maxBytes;
            if (full) break;
            if (isClosedBy(segment.bytes, segment.crc)) found.push({ lane, ...segment });
            else this.#loseSegment(lane, segment, file.path);
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
    const progress = this.#progress[lane];
    const held = { from: this.#lowest(lane), to: this.#counts.lanes[lane].next };
    for (const range of ranges) {
      const within = { from: Math.max(range.from, held.from), to: Math.min(range.to, held.to) };
      for (const acked of progress.done.missing(within)) {
        // Sums first: they may find a file damaged, which counts anew what is waiting.
        const total = this.#sum(lane, acked);
        const fresh = progress.counted.missing(acked).map((range) => this.#sum(lane, range));
        this.#waiting = difference(this.#waiting, total);
        this.#acked = fresh.reduce(sum, this.#acked);
        progress.done.add(acked);
        progress.counted.add(acked);
        this.#unrecorded = true;
      }
    }
    this.#retire();
  }

  reconcile(lane: Lane, ranges: readonly Range[]): number {
    const progress = this.#progress[lane];
    const hub = new RangeSet([...ranges, ...progress.closed.ranges]);
    const lowest = this.#lowest(lane);
    const forgotten = progress.done.ranges
      .flatMap(({ from, to }) => hub.missing({ from: Math.max(from, lowest), to: Math.max(to, lowest) }))
      .reduce((count, { from, to }) => count + to - from, 0);
    if (forgotten > 0) {
      progress.restart();
      this.#unrecorded = true;
      this.#countWaiting();
    }
    this.acknowledge(lane, ranges);
    return forgotten;
  }

  giveUp(lane: Lane, { from, to }: Range): void {
    const held = { from: Math.max(from, this.#lowest(lane)), to: Math.min(to, this.#counts.lanes[lane].next) };
    for (const range of this.#progress[lane].done.missing(held)) {
      const lost = this.#sum(lane, range);
      this.#options.log.error({ lane, ...range, ...lost }, 'segments of the outbox were refused and will not be sent');
      this.#waiting = difference(this.#waiting, lost);
      this.#close(lane, range, lost, 'refused');
    }
    this.#retire();
  }

  givenUp(): GivenUp[] {
    return lanes.flatMap((lane) => {
      const { first } = this.#counts.lanes[lane];
      const ofEpoch = this.#progress[lane].givenUp.filter(({ sequences }) => sequences.to > first);
      return ofEpoch.map((range) => ({ lane, ...range }));
    });
  }

  remint(): OutboxState {
    const before = { counts: this.#counts, done: lanes.map((lane) => this.#progress[lane].done) };
    this.#restartEpoch();
    try {
      this.#files.rotate();
    } catch (error) {
      this.#counts = before.counts;
      for (const [i, lane] of lanes.entries()) this.#progress[lane].done = before.done[i];
      throw error;
    }
    this.#recorded();
    this.#countWaiting();
    return this.state();
  }

  stats(): OutboxStats {
    const clocks = lanes.flatMap((lane) => this.#waitingClocks(lane));
    return {
      ...this.#waiting,
      oldest: clocks.length > 0 ? Math.min(...clocks) : null,
      newest: clocks.length > 0 ? Math.max(...clocks) : null,
      fileBytes: this.#files.bytes,
      acked: this.#acked,
      ...this.#lost,
    };
  }

  /** Records acks that have waited long enough, or all with `now`. To be called each second. */
  flush({ now = false } = {}): void {
    if (!this.#unrecorded) return;
    if (!now && this.#options.now() - this.#recordedAt < ACK_DELAY) return;
    this.#files.write({ first: 0, series: [] }, [], (file) => this.#writeProgress(file));
    this.#recorded();
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

  #countWaiting(): void {
    this.#waiting = noSegments;
    for (const lane of lanes) {
      const held = { from: this.#lowest(lane), to: this.#counts.lanes[lane].next };
      for (const range of this.#progress[lane].done.missing(held)) {
        this.#waiting = sum(this.#waiting, this.#sum(lane, range));
      }
    }
  }

  /** Clocks of the first and the last waiting segment of a lane. */
  #waitingClocks(lane: Lane): number[] {
    const held = { from: this.#lowest(lane), to: this.#counts.lanes[lane].next };
    const waiting = this.#progress[lane].done.missing(held).flatMap((range) => this.#filesWith(lane, range));
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

  #makeRoom(segments: OutboxCommit['segments']): void {
    if (this.#files.isFull) {
      this.#files.seal();
      this.#retire();
    }
    if (segments.length === 0) return;
    let incoming = 0;
    for (const { bytes } of segments) incoming += bytes.length;
    const { quotaBytes, folder } = this.#options;
    if (this.#files.bytes + incoming <= quotaBytes) return;
    throw new StorageError(
      'quota',
      `the outbox in ${folder} is at its quota of ${quotaBytes} bytes, and the hub has not acked what it holds`,
    );
  }

  #retire(): void {
    if (!this.#oldestIsDone()) return;
    try {
      this.flush({ now: true });
    } catch (error) {
      this.#options.log.warn({ err: error }, 'acks could not be recorded before their file goes');
    }
    while (this.#oldestIsDone()) this.#files.retireOldest();
    this.#clip();
  }

  #oldestIsDone(): boolean {
    const oldest = this.#files.files[0];
    if (!oldest || oldest === this.#files.writing) return false;
    return lanes.every((lane) => this.#progress[lane].done.covers(this.#heldIn(oldest, lane)));
  }

  #clip(): void {
    for (const lane of lanes) this.#progress[lane].clip(this.#lowest(lane));
  }

  // ── epochs ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #restartEpoch(): void {
    const counts = { ...this.#counts.lanes };
    for (const lane of lanes) {
      counts[lane] = { ...counts[lane], first: this.#lowest(lane) };
      this.#progress[lane].restart();
    }
    this.#counts = { epoch: newEpoch(), lanes: counts };
  }

  #burn(after: Readonly<Record<Lane, LaneCounts>>): void {
    const burned = { ...this.#counts.lanes };
    for (const lane of lanes) burned[lane] = { ...burned[lane], next: after[lane].next };
    this.#counts = { ...this.#counts, lanes: burned };
  }

  // ── what a file starts with, and a start reads back ──────────────────────────────────────────────────────────────

  #carry(file: LogFile): void {
    for (const [stream, position] of Object.entries(this.#positions)) writePosition(file, stream, position);
    this.#writeProgress(file);
  }

  #writeProgress(file: LogFile, positionsLost = this.#positionsLost): void {
    const progress: Progress = {
      positionsLost,
      acked: this.#acked,
      ...this.#lost,
      lanes: lanes.map((lane) => {
        const { done, counted, closed, givenUp } = this.#progress[lane];
        return { lane, done: done.ranges, counted: counted.ranges, closed: closed.ranges, givenUp };
      }),
    };
    writeProgress(file, progress);
  }

  #recorded(): void {
    this.#unrecorded = false;
    this.#recordedAt = this.#options.now();
  }

  #recover(file: LogFile): void {
    const { positionsLost, acked, damaged, refused, lanes } = readProgress(file);
    this.#positions = readPositions(file);
    this.#positionsLost = positionsLost;
    this.#acked = acked;
    this.#lost = { damaged, refused };
    for (const { lane, givenUp, ...ranges } of lanes) this.#progress[lane] = new LaneProgress(ranges, givenUp);
  }

  // ── damage ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #loseSegment(lane: Lane, { sequence, samples, bytes }: SegmentRow, path: string): void {
    this.#options.log.error(
      { lane, sequence, samples, path },
      'a segment of the outbox is damaged and will not be sent',
    );
    const lost = { samples, segments: 1, bytes: bytes.length };
    this.#waiting = difference(this.#waiting, lost);
    this.#close(lane, { from: sequence, to: sequence + 1 }, lost, 'damaged');
  }

  #loseFile(file: RetainedFile<Counts>): void {
    this.#countLoss(file.start, this.#files.endOf(file));
    this.#countWaiting();
  }

  #countLoss(from: Counts, to: Counts): void {
    for (const lane of lanes) {
      const range = { from: from.lanes[lane].next, to: to.lanes[lane].next };
      const lost = difference(to.lanes[lane], from.lanes[lane]);
      if (lost.segments === 0 || this.#progress[lane].counted.covers(range)) continue;
      this.#options.log.error({ lane, ...range, ...lost }, 'segments of the outbox are lost with a damaged file');
      this.#close(lane, range, lost, 'damaged');
    }
  }

  /** A range that will never be sent. */
  #close(lane: Lane, sequences: Range, lost: SegmentTotals, reason: 'damaged' | 'refused'): void {
    const progress = this.#progress[lane];
    if (!progress.counted.covers(sequences)) this.#lost = { ...this.#lost, [reason]: sum(this.#lost[reason], lost) };
    progress.giveUp({ sequences, samples: lost.samples, reason, times: null });
    this.#unrecorded = true;
  }
}

function emptyCounts(): Counts {
  return {
    epoch: newEpoch(),
    lanes: { [Lane.alarm]: emptyLane, [Lane.data]: emptyLane, [Lane.detail]: emptyLane },
  };
}

function emptyProgress(): Record<Lane, LaneProgress> {
  return { [Lane.alarm]: new LaneProgress(), [Lane.data]: new LaneProgress(), [Lane.detail]: new LaneProgress() };
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
