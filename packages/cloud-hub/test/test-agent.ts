import { BatchBuilder, type Columns, encodeSegment, Kind, Lane, type Quality } from '@sluis/protocol';
import type { AgentSegment, IngestStore, StoreOutcome } from '../src/store/ingest-store.ts';

/** A sample as a test says it. */
export interface Row {
  readonly path: string;
  readonly time: number;
  readonly value: number | bigint | boolean | string;
  readonly quality?: Quality;
  readonly revision?: number;
  /** For a bigint: int64 unless said otherwise. */
  readonly unsigned?: boolean;
}

/** Hands rows to a store as an agent's session would, one segment after another. */
export class TestAgent {
  readonly #ingest: IngestStore;
  readonly agent: string;
  readonly site: string;
  epoch: string;
  readonly #ids = new Map<string, number>();
  #next = 0;

  constructor({
    ingest,
    agent = 'press-1',
    epoch = '1'.repeat(32),
    site = 'lab',
  }: {
    ingest: IngestStore;
    agent?: string;
    epoch?: string;
    site?: string;
  }) {
    this.#ingest = ingest;
    this.agent = agent;
    this.epoch = epoch;
    this.site = site;
  }

  open(lanes = [{ lane: Lane.data, first: 0, lowest: 0, next: 0 }]) {
    const { agent, site, epoch } = this;
    return this.#ingest.open({ agent, site, software: 'test', epoch, lanes, now: 1 });
  }

  /** Defines the series that are new, then stores the rows as the next segment. */
  async send(rows: readonly Row[]): Promise<StoreOutcome> {
    const segment = await this.segment(rows);
    return this.#ingest.store(segment);
  }

  async segment(rows: readonly Row[]): Promise<AgentSegment> {
    const fresh = [...new Set(rows.map(({ path }) => path))].filter((path) => !this.#ids.has(path));
    const first = this.#ids.size;
    for (const path of fresh) this.#ids.set(path, this.#ids.size);
    const series = fresh.map((path) => ({ path, unit: 'Cel' }));
    if (fresh.length > 0) await this.#ingest.define({ agent: this.agent, epoch: this.epoch, first, series });
    const from = this.#next++;
    const encoded = encodeSegment(columnsOf(rows, this.#ids), { effort: 'fast' });
    const { bytes, crc, samples } = encoded;
    const { agent, epoch } = this;
    return { agent, epoch, lane: Lane.data, from, to: from + 1, samples, crc, seriesBound: this.#ids.size, bytes };
  }
}

export function columnsOf(rows: readonly Row[], ids: ReadonlyMap<string, number>): Columns {
  const builder = new BatchBuilder();
  for (const { path, time, value, quality, unsigned } of rows) {
    const id = ids.get(path) ?? 0;
    if (typeof value === 'number') builder.double(id, time, value, quality);
    else if (typeof value === 'boolean') builder.boolean(id, time, value, quality);
    else if (typeof value === 'string') builder.text(id, time, value, quality);
    else builder.integer(id, time, value, unsigned ? Kind.uint64 : Kind.int64, quality);
  }
  const columns = builder.take();
  return { ...columns, revision: Uint16Array.from(rows, ({ revision }) => revision ?? 0) };
}
