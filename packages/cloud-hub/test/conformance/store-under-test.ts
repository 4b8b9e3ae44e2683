import type { StoreLimits } from '../../src/start-store.ts';
import type { IngestStore } from '../../src/store/ingest-store.ts';

/** A store as sessions and people see it, whatever it keeps samples in. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly ingest: IngestStore;
  /** Of the HTTP API. */
  get(path: string, signal?: AbortSignal): Promise<Response>;
  /** Brings samples to where they lie when they are old, if the store has such a place. */
  compact?(): Promise<void>;
}

/** What the contract has bounds for; a store has others of its own. */
export type ConformanceLimits = Partial<Pick<StoreLimits, 'series' | 'concurrent' | 'waiting' | 'timeMs'>>;

/**
 * A place for one store, empty at first. Each `start` continues with what was acknowledged before; the one before it has
 * been disposed of. What it gives answers queries already.
 */
export interface StorePlace extends Disposable {
  start(): Promise<StoreUnderTest>;
}

export type PlaceStore = (limits: ConformanceLimits) => StorePlace;
