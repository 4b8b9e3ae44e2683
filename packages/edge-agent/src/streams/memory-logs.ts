import {
  crc32c,
  type Columns,
  encodeSegment,
  groupBySeries,
  noRows,
  type SeriesDefinition,
  SeriesTable,
} from '@sluis/protocol';
import type {
  JournalEntry,
  JournalState,
  OutboxCommit,
  OutboxState,
  ShedRequest,
  StoredEntry,
  StreamPosition,
} from '../log/log.ts';
import type { StreamHostOptions } from './host.ts';
import type { LiveEntry } from './tail.ts';

type Journal = StreamHostOptions['journal'];
type Outbox = StreamHostOptions['outbox'];
type Snapshots = StreamHostOptions['snapshots'];

/** What the next commit does instead of succeeding: nothing, or everything but answer. */
export type CommitFault = 'refused' | 'answer lost';

/*
 * For tests: the logs in memory, as durable as an array. They outlive hosts; a host reaches them over a connection,
 * which a kill cuts.
 */
export class MemoryLogs {
  readonly series = new SeriesTable();
  readonly commits: OutboxCommit[] = [];
  readonly snapshots = new Map<string, { epoch: string; position: number; bytes: Uint8Array }[]>();
  readonly released: number[] = [];
  epoch = '00000000000000000000000000000001';
  outboxSeries: SeriesDefinition[] = [];
  positions: Record<string, StreamPosition> = {};
  positionsLost = false;
  commitFaults: CommitFault[] = [];
  reads = 0;
  /** Lowest sequence that the journal still holds. */
  lowest = 1;
  #entries: StoredEntry[] = [];

  get next(): number {
    return this.#entries.length + 1;
  }

  /** Journals rows whose ids are those of `series`, and returns what the intake hands on. */
  append(source: string, clock: number, rows: Columns = noRows): LiveEntry {
    const grouped = groupBySeries([rows]);
    const segment = source === '' ? emptySegment : encodeSegment(grouped, { effort: 'fast' });
    const entry: JournalEntry = { ...segment, source, clock };
    const sequence = this.next;
    this.#entries.push({ sequence, source, clock, samples: entry.samples, bytes: entry.bytes });
    return { sequence, source, clock, rows: grouped, bytes: entry.bytes.byteLength };
  }

  connect(): { journal: Journal; outbox: Outbox; snapshots: Snapshots; cut(): void } {
    let alive = true;
    const never = new Promise<never>(() => undefined);
    /** Answers in a later turn, as a port does; after a cut, never. */
    const remote = async <T>(call: () => T): Promise<T> => {
      await new Promise(setImmediate);
      const result = alive ? call() : await never;
      return alive ? structuredClone(result) : never;
    };
    return {
      journal: {
        state: () => remote(() => this.#journalState()),
        read: ({ after, maxBytes }) => remote(() => this.#read(after, maxBytes)),
        release: (sequence) => remote(() => void this.released.push(sequence)),
        spare: () => remote(() => undefined),
        shed: (request) => remote(() => this.#shed(request)),
        forsake: ({ upTo }) => remote(() => this.#forsake(upTo)),
      },
      outbox: {
        state: () => remote(() => this.#outboxState()),
        definitions: ({ from, to }) => remote(() => this.outboxSeries.slice(from, to)),
        commit: (commit) => remote(() => this.#commit(commit)),
      },
      snapshots: {
        save: (stream, snapshot) => remote(() => this.#save(stream, structuredClone(snapshot))),
        load: (stream, { epoch, position }) =>
          remote(() =>
            this.snapshots.get(stream)?.findLast((found) => found.epoch === epoch && found.position <= position),
          ),
      },
      cut: () => {
        alive = false;
      },
    };
  }

  #journalState(): JournalState {
    return { epoch: this.epoch, definitions: this.series.slice(0), lowest: this.lowest, next: this.next, cursors: [] };
  }

  #read(after: number, maxBytes: number): StoredEntry[] {
    this.reads++;
    const entries: StoredEntry[] = [];
    let bytes = 0;
    for (const entry of this.#entries.slice(Math.max(after, this.lowest - 1))) {
      bytes += entry.bytes.byteLength;
      if (entries.length > 0 && bytes > maxBytes) break;
      entries.push(entry);
    }
    return entries;
  }

  /** Gives up all that may go; room is no matter. */
  #shed({ sources, after, upTo }: ShedRequest): number {
    this.#entries = this.#entries.map((entry) => {
      const { source, sequence } = entry;
      const isGone = sources.includes(source) && (sequence > after || sequence <= upTo);
      return isGone ? { ...entry, source: '', samples: 0, bytes: emptySegment.bytes } : entry;
    });
    return this.next - 1;
  }

  /** Gives up all that may go; room is no matter. */
  #forsake(upTo: number): boolean {
    const before = this.lowest;
    this.lowest = Math.max(before, upTo + 1);
    return this.lowest > before;
  }

  #outboxState(): OutboxState {
    const { outboxSeries, positions, positionsLost } = this;
    return { epoch: 'o', seriesCount: outboxSeries.length, lanes: [], positions, positionsLost };
  }

  #commit(commit: OutboxCommit): number[] {
    const fault = this.commitFaults.shift();
    if (fault === 'refused') throw Object.assign(new Error('the outbox is full'), { code: 'quota' });
    const { first, series } = commit.definitions;
    if (first > this.outboxSeries.length)
      throw new RangeError(`ids from ${this.outboxSeries.length} to ${first} are not defined`);
    this.outboxSeries.push(...series.slice(this.outboxSeries.length - first));
    for (const { bytes, crc, series: ids } of commit.segments) {
      if (crc32c(bytes.subarray(0, -4)) !== crc) throw new RangeError('the CRC of a segment is wrong');
      if (ids.some((id) => id >= this.outboxSeries.length))
        throw new RangeError('a segment has an id that is not defined');
    }
    this.positions = { ...this.positions, ...commit.positions };
    this.positionsLost = false;
    this.commits.push(structuredClone(commit));
    if (fault === 'answer lost') throw Object.assign(new Error('the storage has ended'), { code: 'closed' });
    return commit.segments.map((_, i) => i);
  }

  #save(stream: string, snapshot: { epoch: string; position: number; bytes: Uint8Array }): void {
    this.snapshots.set(stream, [...(this.snapshots.get(stream) ?? []), snapshot].slice(-2));
  }
}

const emptySegment = {
  bytes: new Uint8Array(0),
  crc: 0,
  samples: 0,
  series: new Uint32Array(0),
  minTime: 0,
  maxTime: 0,
};
