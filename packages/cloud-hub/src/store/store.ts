import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type Columns,
  decodeSegment,
  type JournalLosses,
  Lane,
  laneNames,
  type LaneReceived,
  MAX_PATH_BYTES,
  type Range,
  RangeSet,
  RowsMemory,
  SegmentError,
  type SeriesDefinition,
} from '@sluis/protocol';
import Database from 'better-sqlite3';
import { samplesFolder } from './database.ts';
import { type FileChange, FileTable } from './file-table.ts';
import { addGap, DAMAGED_HERE, type GapRange, MISSING, OUTBOX_LOST, stillOpen, withoutMissing } from './gaps.ts';
import type {
  AgentDefinitions,
  AgentHello,
  AgentReport,
  AgentRow,
  AgentSegment,
  DefineOutcome,
  DroppedSamples,
  DropReason,
  Gap,
  LostOutbox,
  SeriesGap,
  ShedRange,
  StoreOutcome,
} from './ingest-store.ts';
import { withReport } from './journal-losses.ts';
import { PathBytes } from './path-bytes.ts';
import type { FileChecksums, FileView } from './sample-files.ts';
import {
  type GapRow,
  type Hot,
  type HubSeries,
  OUTBOX_DIGITS,
  prepareStatements,
  type Statements,
  type StoredSegment,
} from './statements.ts';

const ORGANISATION = 'default';
/** Epochs are numbered with 16 bits in a row's place in the log. */
const MAX_EPOCHS = 0xffff;
/** Of each lane of an outbox, over all its epochs. */
const FIRST_SEQUENCE = 1;
/** Sequences have 46 bits there. */
const MAX_SEQUENCE = 2 ** 46;
const CHECKSUM_BYTES = 4;
/** Of an answer to one question. */
const MAX_SERIES_GAPS = 1000;
/** Of a gap of which only the sequences are known. */
const unknown = { samples: null, firstTime: null, lastTime: null } as const;
const DISCARDED_AT_ONCE = 256;
/** Of all series together, for queries know them in memory: a million of 134 bytes. */
const MAX_ALL_PATHS_BYTES = 128 << 20;
/** UCUM's longest units in use have some twenty. */
const MAX_UNIT_BYTES = 64;

export interface StoreOptions {
  readonly database: Database.Database;
  /** Those beyond it are dropped and counted. */
  readonly maxSeries: number;
  /** UTF-8 bytes of the paths of all of them. */
  readonly maxPathBytes?: number;
}

/** What one transaction has stored, and what of it queries will not see. */
export interface Committed {
  readonly segments: readonly StoredSegment[];
  readonly dropped: readonly Dropped[];
}

export interface Dropped {
  readonly agent: string;
  readonly reason: DropReason;
  /** 0 where a series was defined that will be dropped. */
  readonly samples: number;
  /** The path of such a series. */
  readonly path?: string;
}

interface LaneProgress {
  readonly received: RangeSet;
  /** CRC of the segment of the highest sequence by itself, also where it came joined with others. */
  readonly highest: { readonly to: number; readonly crc: number } | undefined;
}

const noneHot: Hot = { samples: 0, bytes: 0 };

/** What is remembered of an open epoch, so that a segment needs no query. Dropped when a transaction fails. */
interface OpenEpoch {
  readonly ordinal: number;
  readonly epoch: string;
  knownSeries: number;
  /** Ids whose rows are dropped. */
  readonly dropped: Map<number, DropReason>;
  readonly lanes: Map<Lane, LaneProgress>;
}

/**
 * What the hub keeps, in one SQLite database: segments as they came, which sequences were received, definitions, gaps,
 * and totals. Every method that writes must run inside {@link commit}; nothing is visible or durable before it returns.
 *
 * A repeat in any order changes nothing: a range that was received is not stored again, a definition that is known is
 * not defined again. Of an agent, the epoch that was opened last is remembered; others are read again when needed.
 */
export class Store implements Disposable {
  readonly #database: Database.Database;
  readonly #maxSeries: number;
  readonly #maxPathBytes: number;
  readonly #pathBytes: PathBytes;
  readonly #files: FileTable;
  readonly #statements: Statements;
  /** Within a transaction, a transaction of better-sqlite3 is a savepoint. */
  readonly #savepoint: (work: () => void) => void;
  readonly #open = new Map<string, OpenEpoch>();
  readonly #connected = new Set<string>();
  /** By agent, what its sessions show to be wrong. */
  readonly #problems = new Map<string, string>();
  #committed: { segments: StoredSegment[]; dropped: Dropped[] } = { segments: [], dropped: [] };
  #hot: Hot;
  #lastSegment: number;

  constructor({ database, maxSeries, maxPathBytes = MAX_ALL_PATHS_BYTES }: StoreOptions) {
    this.#database = database;
    this.#maxSeries = maxSeries;
    this.#maxPathBytes = maxPathBytes;
    this.#pathBytes = new PathBytes(database);
    this.#files = new FileTable({ database, folder: samplesFolder(dirname(database.name)) });
    this.#statements = prepareStatements(database);
    this.#savepoint = database.transaction((work: () => void) => work());
    this.#hot = this.#statements.hot.get() ?? noneHot;
    this.#lastSegment = this.#statements.lastSegment.get()?.id ?? 0;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** Samples in segments that are not in files. */
  get hotRows(): number {
    return this.#hot.samples;
  }

  /** Bytes of these segments. */
  get hotBytes(): number {
    return this.#hot.bytes;
  }

  /** Id of the segment that was committed last; 0 before the first. */
  get lastSegment(): number {
    return this.#lastSegment;
  }

  /**
   * Runs `work` in one transaction that is on the disk when this returns, and gives back what it stored. If it
   * throws, nothing has changed: what was remembered is dropped and read again.
   */
  commit(work: () => void): Committed {
    const { hot, lastSegment } = { hot: this.#hot, lastSegment: this.#lastSegment };
    this.#committed = { segments: [], dropped: [] };
    try {
      this.#database.transaction(work).immediate();
      return this.#committed;
    } catch (error) {
      this.#open.clear();
      this.#pathBytes.forget();
      this.#hot = hot;
      this.#lastSegment = lastSegment;
      throw error;
    }
  }

  /**
   * Runs `work`, a part of what {@link commit} runs, so that it changes nothing if it throws, and returns what it threw.
   * @throws what leaves the transaction as a whole in doubt: it was ended, or the disk failed or is full
   */
  attempt(work: () => void): { readonly failure: unknown } | undefined {
    const { hot, lastSegment } = { hot: this.#hot, lastSegment: this.#lastSegment };
    const { segments, dropped } = this.#committed;
    const [segmentCount, droppedCount] = [segments.length, dropped.length];
    try {
      this.#savepoint(work);
      return undefined;
    } catch (failure) {
      if (!this.#database.inTransaction || isDiskFault(failure)) throw failure;
      this.#open.clear();
      this.#pathBytes.forget();
      this.#hot = hot;
      this.#lastSegment = lastSegment;
      segments.length = segmentCount;
      dropped.length = droppedCount;
      return { failure };
    }
  }

  open(hello: AgentHello): { received: LaneReceived[]; knownSeries: number; lost?: LostOutbox } {
    const { agent, site, software, now } = hello;
    this.#statements.putAgent.run({ organisation: ORGANISATION, agent, site, software, now });
    const isNew =
      this.#statements.putEpoch.run({ organisation: ORGANISATION, site, agent, epoch: hello.epoch, now }).changes > 0;
    const open = this.#epoch(agent, hello.epoch);
    if (open.ordinal > MAX_EPOCHS) {
      throw new Error(`the hub has seen ${MAX_EPOCHS} epochs and cannot number more: agents keep losing their history`);
    }
    for (const { lane, first, lowest } of hello.lanes) {
      const missing = this.#lane(open, lane).received.missing({ from: first, to: lowest });
      const gaps = [...this.#missingBefore(first, lane, hello), ...missing].map((range) => ({
        ...range,
        ...unknown,
        reason: MISSING,
      }));
      this.#addGaps(open.ordinal, lane, gaps);
    }
    const lost = isNew ? this.#loseOutboxBefore(open.ordinal, hello) : undefined;
    if (!isNew) this.#statements.dropLost.run(open.ordinal, OUTBOX_LOST);
    const received = [...open.lanes]
      .filter(([, { received: set }]) => set.ranges.length > 0)
      .map(([lane, { received: set, highest }]) => ({ lane, ranges: [...set.ranges], highestCrc: highest?.crc ?? 0 }));
    return { received, knownSeries: open.knownSeries, ...(lost && { lost }) };
  }

  /**
   * What lies before the first sequence of an epoch was acked or given up in earlier ones of its outbox. A hub that knows
   * of neither was put back to before that.
   */
  #missingBefore(first: number, lane: Lane, { agent, epoch, instance }: AgentHello): Range[] {
    // An agent of version 1 does not keep its outbox's name when it mints a new epoch.
    if (first <= FIRST_SEQUENCE || !instance) return [];
    const query = { organisation: ORGANISATION, agent, outbox: outboxOf(epoch), lane, below: first };
    return new RangeSet(this.#statements.toldOfOutbox.all(query)).missing({ from: FIRST_SEQUENCE, to: first });
  }

  /**
   * An agent that comes with another outbox than before has lost what the one before had not sent: what the hub lacks
   * within what it has of that one, and all beyond it. How much that was the agent has said in its last report.
   */
  #loseOutboxBefore(ordinal: number, { agent, epoch, instance }: AgentHello): LostOutbox | undefined {
    const before = this.#statements.epochBefore.get(ORGANISATION, agent, ordinal);
    // An agent of version 1 does not keep its outbox's name when it mints a new epoch.
    if (!before || !instance) return undefined;
    if (outboxOf(before.epoch) === outboxOf(epoch)) return undefined;
    if (before.samples === 0) return { epoch: before.epoch, samples: 0 };
    const received = new RangeSet(this.#statements.receivedOf.all(before.ordinal, Lane.data));
    const [first] = received.ranges;
    const end = (received.highest ?? 0) + 1;
    const holes = first ? received.missing({ from: first.from, to: end }) : [];
    const from = Math.max(end, ...this.#statements.laneGaps.all(before.ordinal, Lane.data).map(({ to }) => to));
    const rest = { from, to: MAX_SEQUENCE, ...unknown, samples: before.samples, reason: OUTBOX_LOST };
    const lost = [...holes.map((range) => ({ ...range, ...unknown, reason: OUTBOX_LOST })), rest];
    this.#addGaps(before.ordinal, Lane.data, lost);
    return { epoch: before.epoch, samples: before.samples };
  }

  define({ agent, epoch, first, series }: AgentDefinitions): DefineOutcome {
    const open = this.#epoch(agent, epoch);
    const { knownSeries } = open;
    if (first > knownSeries) {
      const message = `definitions start at ${first}, but the hub knows ${knownSeries} of this epoch: none may be left out`;
      return { refused: 'gap', message };
    }
    const known = Math.min(knownSeries - first, series.length);
    for (let i = 0; i < known; i++) {
      const path = this.#statements.definedPath.get(open.ordinal, first + i)?.path ?? '';
      // What was not kept cannot be compared.
      if (path === series[i].path || open.dropped.has(first + i)) continue;
      return {
        refused: 'conflict',
        message: `series ${first + i} is ${path}, it cannot become ${series[i].path} within an epoch`,
      };
    }
    const site = this.#statements.epochSite.get(open.ordinal)?.site ?? '';
    for (const { path, unit } of series.slice(known)) {
      const place = path === '' ? null : this.#seriesFor({ site, path, unit });
      const id = open.knownSeries++;
      if (typeof place !== 'string') {
        this.#statements.putDefinition.run(open.ordinal, id, place, null);
      } else {
        this.#statements.putDefinition.run(open.ordinal, id, null, place);
        open.dropped.set(id, place);
        this.#committed.dropped.push({ agent, reason: place, samples: 0, path });
      }
    }
    return { knownSeries: open.knownSeries };
  }

  /** The id of a path's series, a new one if there is none yet; or why the hub does not keep it. */
  #seriesFor(series: SeriesDefinition & { site: string }): number | DropReason {
    if (!isValid(series)) return 'invalid series';
    const known = this.#statements.seriesOf.get(ORGANISATION, series.path)?.id;
    if (known !== undefined) return known;
    const id = (this.#statements.lastSeries.get()?.id ?? 0) + 1;
    const bytes = Buffer.byteLength(series.path);
    if (id > this.#maxSeries || this.#pathBytes.total + bytes > this.#maxPathBytes) return 'series limit';
    this.#statements.putSeries.run({ id, organisation: ORGANISATION, ...series });
    this.#pathBytes.add(bytes);
    return id;
  }

  store(segment: AgentSegment): StoreOutcome {
    const { agent, epoch, lane, from, to, samples, crc, bytes, lastCrc = crc } = segment;
    const open = this.#epoch(agent, epoch);
    const progress = this.#lane(open, lane);
    if (progress.received.covers({ from, to })) {
      // Of the highest the checksum is at hand: an agent that was put back to an earlier state sends others from there on.
      const { highest } = progress;
      if (highest?.to !== to || highest.crc === lastCrc) return 'repeat';
      const message = `segment ${from} to ${to} of the ${laneNames[lane - 1]} lane is not the one that the hub has`;
      return { refused: 'conflict', message };
    }
    // A part of joined segments cannot be left out, and would be counted twice. An agent leaves out what it was told is here.
    if (progress.received.missing({ from, to }).some((range) => range.from !== from || range.to !== to)) {
      const message = `of the segments ${from} to ${to} of the ${laneNames[lane - 1]} lane the hub has some, and not all`;
      return { refused: 'conflict', message };
    }
    const columns = columnsOf(segment, open.knownSeries);
    if ('refused' in columns) return columns;

    const row = { epoch: open.ordinal, lane, from, to, samples, crc, bytes };
    const id = Number(this.#statements.putSegment.run(row).lastInsertRowid);
    const received = new RangeSet([...progress.received.ranges, { from, to }]);
    this.#statements.dropReceived.run(open.ordinal, lane, from, to);
    const merged = received.ranges.find((range) => range.from <= from && to <= range.to);
    if (merged) this.#statements.putReceived.run(open.ordinal, lane, merged.from, merged.to);
    const highest = progress.highest && progress.highest.to > to ? progress.highest : { to, crc: lastCrc };
    this.#statements.putHighest.run(open.ordinal, lane, highest.to, highest.crc);
    this.#statements.addTotals.run({ organisation: ORGANISATION, agent, samples, bytes: bytes.byteLength });

    open.lanes.set(lane, { received, highest });
    for (const [reason, dropped] of droppedRows(columns.series, open.dropped)) {
      this.#statements.addDropped.run({ organisation: ORGANISATION, agent, reason, samples: dropped });
      this.#committed.dropped.push({ agent, reason, samples: dropped });
    }
    this.#committed.segments.push({ id, ...row });
    this.#hot = { samples: this.#hot.samples + samples, bytes: this.#hot.bytes + bytes.byteLength };
    this.#lastSegment = id;
    return 'stored';
  }

  report({ agent, epoch, backlogSamples, backlogBytes, shed, journal, now }: AgentReport): void {
    const open = this.#epoch(agent, epoch);
    // A store that was started again hears of a connection that went on by its next report.
    this.#connected.add(agent);
    this.#statements.putBacklog.run({ organisation: ORGANISATION, agent, backlogSamples, backlogBytes, now });
    const placed = shed.flatMap((range) => this.#placed(range, agent, open));
    for (const [ordinal, ofEpoch] of Map.groupBy(placed, (one) => one.ordinal))
      for (const [lane, ofLane] of Map.groupBy(ofEpoch, (one) => one.lane))
        this.#addGaps(
          ordinal,
          lane,
          ofLane.map(({ gap }) => gap),
        );
    if (journal) this.#addLosses(agent, journal);
  }

  /**
   * Which epoch takes note of what was given up. That may have been in an earlier one, before whose history was found to
   * be another than the hub's it could not be told. Sequences stay over an outbox's epochs, so there a repeat is known for
   * one; if the hub never saw that epoch, in the first that it saw. But the sequences that the hub has there may be of the
   * other history: what was given up under these is missing in the present one. Where that is a part, how many samples it
   * had is not known, and all are counted with the rest.
   */
  #placed(range: ShedRange, agent: string, open: OpenEpoch): { ordinal: number; lane: Lane; gap: GapRange }[] {
    const { epoch, lane } = range;
    const gap = asGap(range);
    const inPresent = { ordinal: open.ordinal, lane, gap };
    if (epoch === undefined || epoch === open.epoch) return [inPresent];
    const query = { organisation: ORGANISATION, agent, epoch, outbox: outboxOf(open.epoch) };
    const earlier = this.#statements.epochOrFirst.get(query)?.ordinal ?? open.ordinal;
    if (earlier !== open.ordinal) this.#changeGaps(open.ordinal, lane, (gaps) => withoutMissing(gaps, range));
    const missing = new RangeSet(this.#statements.receivedOf.all(earlier, lane)).missing(range);
    if (missing.length === 0 || earlier === open.ordinal) return [inPresent];
    const parts = new RangeSet(missing).missing(range);
    return [
      { ordinal: earlier, lane, gap },
      ...parts.map((part) => ({ ...inPresent, gap: { ...gap, ...part, samples: null } })),
    ];
  }

  #addLosses(agent: string, report: JournalLosses): void {
    const before = this.#statements.lossesOf.all(ORGANISATION, agent);
    const after = withReport(before, report);
    if (isDeepStrictEqual(before, after)) return;
    this.#statements.dropLosses.run(ORGANISATION, agent);
    for (const [number, row] of after.entries())
      this.#statements.putLoss.run({ organisation: ORGANISATION, agent, number, ...row });
  }

  /** What a segment held is lost though it was received. Nothing to tell once the segment is no longer there. */
  segmentDamaged(id: number): void {
    const found = this.#statements.segmentRange.get(id);
    if (!found) return;
    const { epoch, lane, from, to, samples } = found;
    this.#addGaps(epoch, lane, [{ ...unknown, from, to, samples, reason: DAMAGED_HERE }]);
  }

  connected(agent: string, connected: boolean, now: number): void {
    if (connected) this.#connected.add(agent);
    else this.#connected.delete(agent);
    this.#statements.seen.run(now, ORGANISATION, agent);
  }

  /** What an agent's sessions show to be wrong, until they show that it is right. */
  problem(agent: string, problem: string | null): void {
    if (problem === null) this.#problems.delete(agent);
    else this.#problems.set(agent, problem);
  }

  /** An outbox that was taken for lost says hello: it is another agent's under the same name. */
  outboxFound(agent: string, epoch: string): void {
    const found = this.#statements.epoch.get(ORGANISATION, agent, epoch);
    if (found) this.#statements.dropLost.run(found.ordinal, OUTBOX_LOST);
  }

  /** Whether anything is known never to come. */
  get hasGaps(): boolean {
    return this.#statements.hasGaps.get() !== undefined;
  }

  /** What will never come and may hold samples of a series between two times, `to` exclusive. */
  gapsOf(path: string, from: number, to: number): SeriesGap[] {
    const series = this.#statements.seriesOf.get(ORGANISATION, path)?.id;
    if (series === undefined) return [];
    const gaps = this.#openGaps(this.#statements.gapsOf.iterate({ series, from, to }))
      .take(MAX_SERIES_GAPS)
      .map(({ agent, gap: { firstTime, lastTime, samples, reason } }) => {
        return { from: firstTime, to: lastTime, samples, reason, agent };
      })
      .toArray();
    const losses = this.#statements.lossesAround.all({ series, from, to, limit: MAX_SERIES_GAPS - gaps.length });
    return [
      ...gaps,
      ...losses.map(({ agent, source, reason, samples, firstTime, lastTime }) => {
        return { from: firstTime, to: lastTime, samples, reason, agent, source };
      }),
    ];
  }

  agents(): AgentRow[] {
    const gaps = Map.groupBy(this.#openGaps(this.#statements.gaps.all(ORGANISATION)), ({ agent }) => agent);
    const dropped = Map.groupBy(this.#statements.dropped.all(ORGANISATION), ({ agent }) => agent);
    return this.#statements.agents.all(ORGANISATION).map((row) => ({
      id: row.id,
      site: row.site,
      software: row.software,
      connected: this.#connected.has(row.id),
      lastSeen: row.last_seen,
      problem: this.#problems.get(row.id) ?? null,
      acked: { samples: row.samples, segments: row.segments, bytes: row.bytes },
      dropped: Object.fromEntries(
        (dropped.get(row.id) ?? []).map(({ reason, samples }) => [reason, samples]),
      ) satisfies DroppedSamples,
      backlog: { samples: row.backlog_samples, bytes: row.backlog_bytes },
      gaps: [
        ...(gaps.get(row.id) ?? []).map(({ gap }) => gap),
        ...this.#statements.lossesOf.all(ORGANISATION, row.id).map((loss) => ({ lane: 'journal' as const, ...loss })),
      ],
    }));
  }

  /** Which files count, and how far the segments that they hold go. */
  fileView(): FileView {
    return this.#files.view();
  }

  /** Of the files that count, by id; null where none are known. */
  fileChecksums(): Map<number, FileChecksums | null> {
    return this.#files.checksums();
  }

  /** The highest id that a file has ever had. */
  lastFile(): number {
    return this.#files.lastId();
  }

  /** Gives the space of the WAL back, which stays as large as it ever was; as far as there is space to do so. */
  shrink(): void {
    try {
      this.#database.pragma('wal_checkpoint(TRUNCATE)');
    } catch (error) {
      if (!isDiskFull(error)) throw error;
    }
  }

  /** Writes what is there already: a commit with it finds out whether there is space. */
  probe(): void {
    this.#files.rewrite();
  }

  /** Samples in segments up to an id that are not in files. */
  hotRowsUpTo(id: number): number {
    return this.#hotThrough(id).samples;
  }

  /** Files come in the place of others, or of segments: these count no more, and wait to be discarded. */
  changeFiles(change: FileChange): void {
    const { through = 0 } = change;
    const { samples, bytes } = this.#hotThrough(through);
    this.#hot = { samples: this.#hot.samples - samples, bytes: this.#hot.bytes - bytes };
    this.#files.change(change);
  }

  #hotThrough(id: number): Hot {
    return this.#statements.hotThrough.get(id) ?? noneHot;
  }

  /**
   * Deletes some segments that are in files, so that SQLite uses their pages again, and returns how many. A few at a
   * time: a hot table can hold a million small ones, and no ack should wait for all of them.
   */
  discardSegments(): number {
    return this.#statements.discardSegments.run(DISCARDED_AT_ONCE).changes;
  }

  /** Segments that are not in files, after an id in the order of commits: at least one if there is any, at most about `maxBytes`. */
  segmentsAfter(id: number, maxBytes: number): StoredSegment[] {
    const segments: StoredSegment[] = [];
    let bytes = 0;
    for (const segment of this.#statements.segmentsAfter.iterate(id)) {
      segments.push(segment);
      bytes += segment.bytes.byteLength;
      if (bytes >= maxBytes) break;
    }
    return segments;
  }

  /** Series of the hub after an id, in order; ids are dense and start at 1. */
  seriesAfter(id: number, limit: number): HubSeries[] {
    return this.#statements.seriesAfter.all(id, limit);
  }

  /** What SQLite finds wrong with its file. */
  integrityProblems(): string[] {
    const rows = this.#database.pragma('integrity_check') as { integrity_check: string }[];
    return rows.map((row) => row.integrity_check).filter((text) => text !== 'ok');
  }

  /** Of SQLite's file; `free`: what it uses again before it grows. */
  databaseBytes(): { total: number; free: number } {
    const [total, free, page] = ['page_count', 'freelist_count', 'page_size'].map((name) =>
      Number(this.#database.pragma(name, { simple: true })),
    );
    return { total: total * page, free: free * page };
  }

  seriesCount(): number {
    return this.#statements.lastSeries.get()?.id ?? 0;
  }

  /** The hub's ids of an epoch's series from an id of the epoch on: `result[i]` is that of `first + i`; 0: none is kept. */
  definitionsFrom(epoch: number, first: number): number[] {
    return this.#statements.definitionsFrom.all(epoch, first).map(({ series }) => series);
  }

  #epoch(agent: string, epoch: string): OpenEpoch {
    const open = this.#open.get(agent);
    if (open?.epoch === epoch) return open;
    const found = this.#statements.epoch.get(ORGANISATION, agent, epoch);
    if (!found) throw new Error(`epoch ${epoch} of agent ${agent} was never opened`);
    const lanes = new Map<Lane, LaneProgress>();
    for (const { lane, first, next } of this.#statements.received.all(found.ordinal)) {
      const received = lanes.get(lane)?.received ?? new RangeSet();
      received.add({ from: first, to: next });
      const highest = this.#statements.highest.get(found.ordinal, lane);
      lanes.set(lane, { received, highest: highest && { to: highest.next, crc: highest.crc } });
    }
    const knownSeries = this.#statements.knownSeries.get(found.ordinal)?.known ?? 0;
    const dropped = new Map(this.#statements.droppedIds.all(found.ordinal).map(({ id, reason }) => [id, reason]));
    const reopened = { ordinal: found.ordinal, epoch, knownSeries, dropped, lanes };
    this.#open.set(agent, reopened);
    return reopened;
  }

  #lane(open: OpenEpoch, lane: Lane): LaneProgress {
    return open.lanes.get(lane) ?? { received: new RangeSet(), highest: undefined };
  }

  #addGaps(ordinal: number, lane: Lane, gaps: readonly GapRange[]): void {
    this.#changeGaps(ordinal, lane, (before) => gaps.reduce(addGap, before));
  }

  /** Agents tell again what they told before, so mostly nothing changes. */
  #changeGaps(ordinal: number, lane: Lane, change: (before: GapRange[]) => GapRange[]): void {
    const before = this.#statements.laneGaps.all(ordinal, lane);
    const after = change(before);
    if (isDeepStrictEqual(before, after)) return;
    this.#statements.dropGaps.run(ordinal, lane);
    for (const range of after) this.#statements.putGap.run({ ordinal, lane, ...range });
  }

  /** Gaps less what arrived nevertheless: received wins. */
  *#openGaps(rows: Iterable<GapRow>): Generator<{ agent: string; gap: Gap }> {
    const received = new Map<string, RangeSet>();
    for (const { agent, epoch, ordinal, lane, ...range } of rows) {
      const key = `${ordinal} ${lane}`;
      let arrived = received.get(key);
      if (!arrived) {
        arrived = new RangeSet(this.#statements.receivedOf.all(ordinal, lane));
        received.set(key, arrived);
      }
      for (const gap of stillOpen(range, arrived)) yield { agent, gap: { epoch, lane: laneNames[lane - 1], ...gap } };
    }
  }
}

/** What SQLite says of the disk, not of the statement: by prefix, for there are many kinds of each. */
const DISK_FAULTS = ['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_CORRUPT', 'SQLITE_NOTADB'];

function isDiskFault(error: unknown): error is InstanceType<typeof Database.SqliteError> {
  return error instanceof Database.SqliteError && DISK_FAULTS.some((fault) => error.code.startsWith(fault));
}

/** True where a commit did not find space: it changed nothing. */
export function isDiskFull(error: unknown): boolean {
  return isDiskFault(error) && error.code.startsWith('SQLITE_FULL');
}

/** True of a read, flush or file that failed: what the file holds is not known before it is opened again. */
export function leavesFileInDoubt(error: unknown): boolean {
  return isDiskFault(error) && !isDiskFull(error);
}

/** What an outbox's epochs have in common. */
function outboxOf(epoch: string): string {
  return epoch.slice(0, OUTBOX_DIGITS);
}

function asGap({ from, to, samples, reason, firstTime = null, lastTime = null }: ShedRange): GapRange {
  return { from, to, samples, reason: reason || 'shed', firstTime, lastTime };
}

/** A path or unit that SQLite would cut off (U+0000), or that is too long to keep a million of. */
function isValid({ path, unit }: SeriesDefinition): boolean {
  if (path.includes('\0') || unit.includes('\0')) return false;
  return Buffer.byteLength(path) <= MAX_PATH_BYTES && Buffer.byteLength(unit) <= MAX_UNIT_BYTES;
}

/** How many rows are of series that are dropped. Rows are grouped by series. */
function droppedRows(series: Uint32Array, dropped: ReadonlyMap<number, DropReason>): Map<DropReason, number> {
  const rows = new Map<DropReason, number>();
  if (dropped.size === 0) return rows;
  for (let start = 0, end = 0; start < series.length; start = end) {
    while (end < series.length && series[end] === series[start]) end++;
    const reason = dropped.get(series[start]);
    if (reason) rows.set(reason, (rows.get(reason) ?? 0) + end - start);
  }
  return rows;
}

/**
 * The rows of a segment, which the next call takes the memory of, or why it cannot be stored: it would be lost to every
 * reader, so its sender must hear of it.
 */
function columnsOf(segment: AgentSegment, knownSeries: number): Columns | Exclude<StoreOutcome, string> {
  const { lane, from, to, bytes, crc, samples, seriesBound } = segment;
  const which = `segment ${from} to ${to} of the ${laneNames[lane - 1]} lane`;
  if (seriesBound > knownSeries) {
    const message = `${which} uses series up to ${seriesBound - 1}, but the hub knows ${knownSeries}: definitions come first`;
    return { refused: 'undefined-series', message };
  }
  if (to > MAX_SEQUENCE) return { refused: 'malformed', message: `${which} is beyond sequence ${MAX_SEQUENCE}` };
  const columns = decoded(bytes);
  if (columns instanceof SegmentError) {
    const refused = columns.code === 'checksum' || columns.code === 'version' ? columns.code : 'malformed';
    return { refused, message: `${which}: ${columns.message}` };
  }
  if (ownChecksum(bytes) !== crc) {
    return { refused: 'checksum', message: `${which} does not have the checksum it was sent with` };
  }
  if (columns.length !== samples) {
    return { refused: 'malformed', message: `${which} has ${columns.length} samples, not the ${samples} it declares` };
  }
  // Rows are grouped by ascending series: the last has the highest id.
  if (columns.length > 0 && columns.series[columns.length - 1] >= seriesBound) {
    return { refused: 'malformed', message: `${which} uses a series beyond the ${seriesBound} it declares` };
  }
  return columns;
}

/** The CRC-32C that ends a segment: of all bytes before it, which decoding has compared. */
function ownChecksum(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(
    bytes.byteLength - CHECKSUM_BYTES,
    true,
  );
}

/** Where the rows of a segment are looked at, one segment after the other. */
const memory = new RowsMemory();

function decoded(bytes: Uint8Array): Columns | SegmentError {
  try {
    return decodeSegment(bytes, memory);
  } catch (error) {
    if (error instanceof SegmentError) return error;
    throw error;
  }
}
