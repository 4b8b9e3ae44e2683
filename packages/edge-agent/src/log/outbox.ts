import { Lane, type Range, type SeriesDefinition } from '@sluis/protocol';
import { HeldSegments } from './held-segments.ts';
import type { LogFile } from './log-file.ts';
import type { GivenUp, Outbox, OutboxCommit, OutboxState, OutboxStats, StoredSegment, StreamPosition } from './log.ts';
import { appended, burned, type Counts, emptyCounts, nextEpoch, scan } from './outbox-counts.ts';
import { insertSegment, outboxSchema, readPositions, writePosition } from './outbox-file.ts';
import { OutboxProgress } from './outbox-progress.ts';
import { OutboxRoom, type OutboxRoomOptions } from './outbox-room.ts';
import { SegmentedLog } from './segmented-log.ts';
import { isFull } from './storage-error.ts';
import { WaitingSegments } from './waiting-segments.ts';

export interface OutboxOptions extends OutboxRoomOptions {
  readonly fileBytes: number;
}

const lanes = Object.values(Lane);

/**
 * Results and positions, exactly once: a commit's segments and positions are one transaction of one file, and each new
 * file starts with all positions, so that the newest file alone tells how far every stream has come.
 *
 * A new epoch begins with a new file: its header is the one write that takes effect.
 */
export class SqliteOutbox implements Outbox, Disposable {
  readonly #options: OutboxOptions;
  readonly #files: SegmentedLog<Counts>;
  readonly #held: HeldSegments;
  #counts = emptyCounts();
  #positions: Record<string, StreamPosition> = {};
  readonly #progress = new OutboxProgress();
  readonly #waiting: WaitingSegments;
  readonly #room: OutboxRoom;

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
      lost: (file) => {
        this.#waiting.lose(file.start, this.#files.endOf(file));
        this.#waiting.recount();
      },
    });
    const counts = (): Counts => this.#counts;
    this.#held = new HeldSegments({ files: this.#files, counts });
    this.#waiting = new WaitingSegments({
      files: this.#files,
      held: this.#held,
      progress: this.#progress,
      counts,
      log: options.log,
    });
    this.#room = new OutboxRoom({
      options,
      files: this.#files,
      held: this.#held,
      waiting: this.#waiting,
      progress: this.#progress,
      record: () => this.flush({ now: true }),
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
    for (const { from, to } of losses) this.#waiting.lose(from, to);
    if (newestLost > 0) {
      this.#progress.positionsLost = true;
      this.#restartEpoch();
      this.#options.log.error(
        { files: newestLost, epoch: this.#counts.epoch },
        'the newest segments of the outbox are lost: a new epoch begins, and streams repeat what they can',
      );
    }
    this.#waiting.clip();
    this.#waiting.recount();
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
    this.#room.sealIfFull();
    // Without segments it is a matter of some pages, and what streams know of themselves must not wait for space.
    if (commit.segments.length === 0) return this.#write(commit);
    for (;;) {
      this.#room.make(commit.segments);
      try {
        return this.#write(commit);
      } catch (error) {
        if (!isFull(error)) throw error;
        const { ballast } = this.#options;
        ballast.letGo();
        this.#files.sealAbandoned();
        // A further try follows a file that went, so that a commit longer than all that can go is refused in the end.
        if (!this.#room.relieveDisk()) throw ballast.refusal();
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
          const { next } = after[lane];
          const times = samples > 0 ? [minTime, maxTime] : [null, null];
          insertSegment(file, lane).run(next, clock, samples, crc, boundOf(series), ...times, bytes);
          sequences.push(next);
          after[lane] = appended(after[lane], { samples, bytes, crc });
        }
        for (const [stream, position] of Object.entries(positions)) writePosition(file, stream, position);
        if (recordProgress) this.#progress.write(file, positionsLost);
      });
    } catch (error) {
      this.#burn(after);
      throw error;
    }
    this.#counts = { ...this.#counts, lanes: after };
    for (const { samples, bytes } of segments) this.#waiting.add({ samples, segments: 1, bytes: bytes.length });
    this.#positions = { ...this.#positions, ...positions };
    this.#progress.positionsLost = positionsLost;
    if (recordProgress) this.#progress.recorded(clock);
    return sequences;
  }

  read({ lane, from, maxBytes }: { lane: Lane; from: number; maxBytes: number }): StoredSegment[] {
    return this.#waiting.read({ lane, from, maxBytes });
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
    this.#waiting.acknowledge(lane, ranges);
    this.#room.retire();
  }

  reconcile(lane: Lane, ranges: readonly Range[]): number {
    const forgotten = this.#waiting.reconcile(lane, ranges);
    this.#room.retire();
    return forgotten;
  }

  giveUp(lane: Lane, { from, to }: Range): void {
    const held = { from: Math.max(from, this.#held.lowest(lane)), to: Math.min(to, this.#counts.lanes[lane].next) };
    for (const range of this.#waiting.in(lane, held)) {
      const lost = this.#waiting.giveUp(lane, range, 'refused');
      this.#options.log.error({ lane, ...range, ...lost }, 'segments of the outbox were refused and will not be sent');
    }
    this.#room.retire();
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
    this.#waiting.restarted();
    return this.state();
  }

  stats(): OutboxStats {
    const clocks = lanes.flatMap((lane) => this.#held.clocks(lane, this.#waiting.in(lane)));
    const { damaged, refused, ...shed } = this.#progress.lost;
    return {
      ...this.#waiting.total,
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
      this.#room.shedAged();
    }
    const clock = this.#options.now();
    if (now ? this.#progress.isRecorded : !this.#progress.isDue(clock)) return;
    this.#files.record((file) => this.#progress.write(file));
    this.#progress.recorded(clock);
  }

  /** Sheds the oldest of it for a full disk, if that is its policy; false if nothing went. */
  relieve(): boolean {
    return this.#room.relieve();
  }

  [Symbol.dispose](): void {
    try {
      this.flush({ now: true });
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the last acks could not be recorded: some segments will be sent again');
    }
    this.#files[Symbol.dispose]();
  }

  // ── epochs ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Returns what takes back which segments are to be sent again. */
  #restartEpoch(): () => void {
    this.#counts = nextEpoch(this.#counts, (lane) => this.#held.lowest(lane));
    return this.#progress.restart();
  }

  /** What a commit that failed had numbered is of no segment. */
  #burn(after: Counts['lanes']): void {
    const { epoch } = this.#counts;
    for (const lane of lanes) {
      const range = { from: this.#counts.lanes[lane].next, to: after[lane].next };
      if (range.from < range.to) this.#progress.burn(lane, range, epoch);
    }
    this.#counts = burned(this.#counts, after);
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
}

function boundOf(series: Uint32Array): number {
  let bound = 0;
  for (const id of series) bound = Math.max(bound, id + 1);
  return bound;
}
