import type { DiskState, JournalStats, Missed, OutboxStats } from '../log/log.ts';
import type { UplinkState } from '../uplink/uplink.ts';
import type { SourceState } from '@sluis/plugin-sdk';

/** What `GET /status` answers: how each part of the flow does, in the flow's order. Counts are of samples since the agent started. */
export interface AgentStatus {
  readonly agent: {
    readonly id: string;
    readonly site: string;
    readonly version: string;
    readonly uptimeSeconds: number;
  };
  readonly sources: Readonly<Record<string, ShownSource>>;
  readonly streams: Readonly<Record<string, ShownStream>>;
  /** Raw samples at the edge. Null while the storage worker is starting. */
  readonly journal: JournalStats | null;
  /** Results not yet acked by the hub. */
  readonly outbox: OutboxStats | null;
  /** The disk with the data folder. Null while the storage worker is starting. */
  readonly disk: DiskState | null;
  /** `acked` counts samples over the outbox's life. */
  readonly uplink: UplinkStatus;
  /** Samples given up, by reason. */
  readonly shed: Readonly<Record<string, number>>;
  /** What is wrong at the moment, for people. */
  readonly problems: readonly string[];
}

export interface UplinkStatus {
  readonly state: UplinkState;
  readonly detail: string | null;
  readonly acked: number;
  /** Bytes per second that may be sent at the moment; null: as many as the line takes. */
  readonly limit: number | null;
  /** Why nothing but alarms is sent at the moment though a connection is up, for people. */
  readonly held: string | null;
}

export interface SourceStatus {
  readonly in: number;
  readonly rejected: number;
  readonly state: SourceState;
  readonly detail: string | null;
  /** Rejected input by reason, with the latest example of each. */
  readonly reasons: Readonly<Record<string, { readonly count: number; readonly example: string | null }>>;
}

export interface ShownSource extends SourceStatus {
  /** Samples of it that the journal gave up before streams had seen them, over the journal's life. */
  readonly shed: number;
}

export interface StreamStatus {
  readonly in: number;
  readonly out: number;
  /** Journal entries whose results are not all in the outbox: being processed is not enough. */
  readonly lag: number;
  readonly state: string;
  /** Why it has faulted, and since when (µs); null unless it has. */
  readonly failure: { readonly since: number; readonly reason: string } | null;
  /** Rows that operators left out for a reason people should see. */
  readonly dropped: Readonly<Record<string, number>>;
}

export interface ShownStream extends StreamStatus {
  /** What it has missed because it had faulted when the journal had no room for more, over the journal's life. */
  readonly missed: Missed | null;
}
