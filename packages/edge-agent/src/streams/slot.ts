import { Backoff } from '@sluis/runtime';
import type { StreamDeclaration } from './check-streams.ts';
import type { SeriesMap } from './series-map.ts';
import type { Stream } from './stream.ts';

/** A fault may be the data's: others must not feel the retries. */
const LONGEST_RETRY_MS = 300_000;

export type StreamState = 'running' | 'catching up' | 'faulted';

/** Why a stream has faulted, for people. */
export interface StreamFailure {
  /** The agent's clock in µs when it first faulted where it is. */
  readonly since: number;
  readonly reason: string;
}

/** A stream over all its lives: how far it has come, and what `/status` shows of it. */
export class Slot {
  readonly name: string;
  readonly declaration: StreamDeclaration;
  /** From the host's ids to the outbox's. */
  outbox: SeriesMap;
  readonly backoff = new Backoff({ longestMs: LONGEST_RETRY_MS });
  stream: Stream | undefined;
  /** Seen for the first time: what came before concerns it in nothing. */
  isNew = false;
  /** The journal that it has read is gone. */
  hasLostJournal = false;
  /** Entries up to here are not given to this life: its state begins after them. */
  from = 0;
  /** What entries up to here lead to has been handed on; replaying them is muted. */
  through = 0;
  /** What entries up to here lead to is durable. */
  committed = 0;
  state: StreamState = 'catching up';
  failure: StreamFailure | undefined;
  /** Where it last faulted. */
  failedAt = -1;
  /** When to start it again, on the host's clock. */
  retryAt = 0;
  /** Position of the newest durable snapshot of its state. */
  saved = 0;
  /** While faulted: that snapshot is kept for it alone, however many follow without it. */
  pinned = false;
  in = 0;
  out = 0;
  readonly dropped: Record<string, number> = {};

  constructor(options: { name: string; declaration: StreamDeclaration; outbox: SeriesMap }) {
    this.name = options.name;
    this.declaration = options.declaration;
    this.outbox = options.outbox;
  }

  /** It faulted with the entry after `through`; `clock` is that entry's. */
  fail(reason: string, clock: number): void {
    const since = this.failedAt === this.through ? this.failure?.since : undefined;
    this.failure = { since: since ?? clock, reason };
    this.failedAt = this.through;
    this.stream = undefined;
    this.state = 'faulted';
    this.pinned = false;
  }

  drop(reason: string, rows: number): void {
    if (rows > 0) this.dropped[reason] = (this.dropped[reason] ?? 0) + rows;
  }
}
