import { dirname } from 'node:path';
import type { LaneReceived } from '@sluis/protocol';
import type Database from 'better-sqlite3';
import { AgentHistory } from './agent-history.ts';
import { AgentTable } from './agent-table.ts';
import { samplesFolder } from './database.ts';
import { isDiskFault, isDiskFull } from './disk-fault.ts';
import { type FileChange, FileTable } from './file-table.ts';
import { GapTable } from './gap-table.ts';
import type {
  AgentDefinitions,
  AgentHello,
  AgentReport,
  AgentRow,
  AgentSegment,
  DefineOutcome,
  DropReason,
  LostOutbox,
  SeriesGap,
  StoreOutcome,
} from './ingest-store.ts';
import { compared } from './lane-progress.ts';
import { laneOf, OpenEpochs } from './open-epochs.ts';
import { ORGANISATION } from './organisation.ts';
import type { FileChecksums, FileView } from './sample-files.ts';
import { droppedRows, rowsOf } from './segment-rows.ts';
import { SegmentTable } from './segment-table.ts';
import { SeriesDefinitions, type SeriesLimits } from './series-definitions.ts';
import { type HubSeries, prepareStatements, type Statements, type StoredSegment } from './statements.ts';

export interface StoreOptions extends SeriesLimits {
  readonly database: Database.Database;
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

/**
 * What the hub keeps, in one SQLite database: segments as they came, which sequences were received, definitions, gaps,
 * and totals. Every method that writes must run inside {@link commit}; nothing is visible or durable before it returns.
 *
 * A repeat in any order changes nothing: a range that was received is not stored again, a definition that is known is
 * not defined again.
 */
export class Store implements Disposable {
  readonly #database: Database.Database;
  readonly #statements: Statements;
  readonly #epochs: OpenEpochs;
  readonly #definitions: SeriesDefinitions;
  readonly #segments: SegmentTable;
  readonly #gaps: GapTable;
  readonly #history: AgentHistory;
  readonly #agents: AgentTable;
  readonly #files: FileTable;
  /** Within a transaction, a transaction of better-sqlite3 is a savepoint. */
  readonly #savepoint: (work: () => void) => void;
  #committed: { segments: StoredSegment[]; dropped: Dropped[] } = { segments: [], dropped: [] };

  constructor({ database, ...limits }: StoreOptions) {
    const statements = prepareStatements(database);
    this.#database = database;
    this.#statements = statements;
    this.#epochs = new OpenEpochs(statements);
    this.#definitions = new SeriesDefinitions({ database, statements }, limits);
    this.#segments = new SegmentTable(statements);
    this.#gaps = new GapTable(statements);
    this.#history = new AgentHistory(statements, this.#gaps);
    this.#agents = new AgentTable(statements, this.#gaps);
    this.#files = new FileTable({ database, folder: samplesFolder(dirname(database.name)) });
    this.#savepoint = database.transaction((work: () => void) => work());
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  // Transactions

  /**
   * Runs `work` in one transaction that is on the disk when this returns, and gives back what it stored. If it
   * throws, nothing has changed: what was remembered is dropped and read again.
   */
  commit(work: () => void): Committed {
    this.#committed = { segments: [], dropped: [] };
    const undo = this.#undo();
    try {
      this.#database.transaction(work).immediate();
      return this.#committed;
    } catch (error) {
      undo();
      throw error;
    }
  }

  /**
   * Runs `work`, a part of what {@link commit} runs, so that it changes nothing if it throws, and returns what it threw.
   * @throws what leaves the transaction as a whole in doubt: it was ended, or the disk failed or is full
   */
  attempt(work: () => void): { readonly failure: unknown } | undefined {
    const undo = this.#undo();
    try {
      this.#savepoint(work);
      return undefined;
    } catch (failure) {
      if (!this.#database.inTransaction || isDiskFault(failure)) throw failure;
      undo();
      return { failure };
    }
  }

  /** What brings memory to where it is now, for rows that will be, too. */
  #undo(): () => void {
    const undoSegments = this.#segments.undo();
    const { segments, dropped } = this.#committed;
    const [segmentCount, droppedCount] = [segments.length, dropped.length];
    return () => {
      this.#epochs.forget();
      this.#definitions.forget();
      undoSegments();
      segments.length = segmentCount;
      dropped.length = droppedCount;
    };
  }

  // What agents send

  open(hello: AgentHello): { received: LaneReceived[]; knownSeries: number; lost?: LostOutbox } {
    const { open, isNew } = this.#epochs.open(hello);
    const lost = this.#history.opened({ open, isNew }, hello);
    const received = [...open.lanes]
      .filter(([, { received: set }]) => set.ranges.length > 0)
      .map(([lane, { received: set, highest }]) => ({ lane, ranges: [...set.ranges], highestCrc: highest?.crc ?? 0 }));
    return { received, knownSeries: open.knownSeries, ...(lost && { lost }) };
  }

  define({ agent, epoch, ...definitions }: AgentDefinitions): DefineOutcome {
    return this.#definitions.define(this.#epochs.get(agent, epoch), definitions, (path, reason) => {
      this.#committed.dropped.push({ agent, reason, samples: 0, path });
    });
  }

  store(segment: AgentSegment): StoreOutcome {
    const { agent, epoch, lane, samples, bytes } = segment;
    const open = this.#epochs.get(agent, epoch);
    const known = compared(laneOf(open, lane), segment);
    if (known) return known;
    const rows = rowsOf(segment, open.knownSeries);
    if ('refused' in rows) return rows;
    this.#committed.segments.push(this.#segments.add(open.ordinal, segment));
    this.#epochs.received(open, segment);
    this.#agents.stored(agent, samples, bytes.byteLength);
    for (const [reason, dropped] of droppedRows(rows.series, open.dropped)) {
      this.#agents.dropped(agent, reason, dropped);
      this.#committed.dropped.push({ agent, reason, samples: dropped });
    }
    return 'stored';
  }

  report(report: AgentReport): void {
    const { agent, epoch, shed, journal } = report;
    const open = this.#epochs.get(agent, epoch);
    this.#agents.reported(report);
    this.#history.shed(agent, open, shed);
    if (journal) this.#gaps.addLosses(agent, journal);
  }

  connected(agent: string, connected: boolean, now: number): void {
    this.#agents.connected(agent, connected, now);
  }

  /** What an agent's sessions show to be wrong, until they show that it is right. */
  problem(agent: string, problem: string | null): void {
    this.#agents.problem(agent, problem);
  }

  /** An outbox that was taken for lost says hello: it is another agent's under the same name. */
  outboxFound(agent: string, epoch: string): void {
    this.#history.found(agent, epoch);
  }

  // What people ask

  agents(): AgentRow[] {
    return this.#agents.all();
  }

  /** Whether anything is known never to come. */
  get hasGaps(): boolean {
    return this.#gaps.isAny;
  }

  /** What will never come and may hold samples of a series between two times, `to` exclusive. */
  gapsOf(path: string, from: number, to: number): SeriesGap[] {
    const series = this.#statements.seriesOf.get(ORGANISATION, path)?.id;
    return series === undefined ? [] : this.#gaps.ofSeries(series, from, to);
  }

  // Segments and series, as the query process loads them

  /** Samples in segments that are not in files. */
  get hotRows(): number {
    return this.#segments.hot.samples;
  }

  /** Bytes of these segments. */
  get hotBytes(): number {
    return this.#segments.hot.bytes;
  }

  /** Id of the segment that was committed last; 0 before the first. */
  get lastSegment(): number {
    return this.#segments.last;
  }

  /** Segments that are not in files, after an id in the order of commits: at least one if there is any, at most about `maxBytes`. */
  segmentsAfter(id: number, maxBytes: number): StoredSegment[] {
    return this.#segments.after(id, maxBytes);
  }

  /** What a segment held is lost though it was received. Nothing to tell once the segment is no longer there. */
  segmentDamaged(id: number): void {
    this.#gaps.addDamaged(id);
  }

  /** Series of the hub after an id, in order; ids are dense and start at 1. */
  seriesAfter(id: number, limit: number): HubSeries[] {
    return this.#statements.seriesAfter.all(id, limit);
  }

  seriesCount(): number {
    return this.#statements.lastSeries.get()?.id ?? 0;
  }

  /** The hub's ids of an epoch's series from an id of the epoch on: `result[i]` is that of `first + i`; 0: none is kept. */
  definitionsFrom(epoch: number, first: number): number[] {
    return this.#statements.definitionsFrom.all(epoch, first).map(({ series }) => series);
  }

  // Files, as compaction writes them

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

  /** Samples in segments up to an id that are not in files. */
  hotRowsUpTo(id: number): number {
    return this.#segments.hotUpTo(id).samples;
  }

  /** Files come in the place of others, or of segments: these count no more, and wait to be discarded. */
  changeFiles(change: FileChange): void {
    this.#segments.cool(change.through ?? 0);
    this.#files.change(change);
  }

  /**
   * Deletes some segments that are in files, so that SQLite uses their pages again, and returns how many. A few at a
   * time: a hot table can hold a million small ones, and no ack should wait for all of them.
   */
  discardSegments(): number {
    return this.#segments.discard();
  }

  // SQLite's file

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
}
