import type { JournalLosses, Lane, LaneReceived, LaneWindow, SeriesDefinition } from '@sluis/protocol';

/** What a session needs of the store. Every promise resolves after the commit that holds what was handed over. */
export interface IngestStore {
  /** Opens an agent's epoch; marks as a gap what is below a lane's lowest retained sequence and was never received. */
  open(hello: AgentHello): Promise<{ received: LaneReceived[]; knownSeries: number; lost?: LostOutbox }>;
  define(definitions: AgentDefinitions): Promise<DefineOutcome>;
  /**
   * Stays pending while the store holds more than it may: an agent whose credit follows what was settled is slowed to
   * the store's pace. Rejects with {@link StoreUnavailableError} if the store cannot say whether it has the segment, and
   * with the signal's reason if it is aborted before the segment's turn: then nothing is stored.
   */
  store(segment: AgentSegment, signal?: AbortSignal): Promise<StoreOutcome>;
  report(report: AgentReport): Promise<void>;
  connected(agent: string, connected: boolean, now: number): Promise<void>;
  /** What an agent's sessions show to be wrong, for people; null: nothing any more. */
  problem(agent: string, problem: string | null): Promise<void>;
  /** An epoch that may have been taken for lost is held by an agent that lives. */
  outboxFound(agent: string, epoch: string): Promise<void>;
}

export interface AgentHello {
  readonly agent: string;
  readonly site: string;
  readonly software: string;
  /** 32 hex digits. */
  readonly epoch: string;
  readonly lanes: readonly LaneWindow[];
  /** Of the agent's process; absent or '' of an agent that speaks version 1. */
  readonly instance?: string;
  /** The hub's clock, µs since 1970. */
  readonly now: number;
}

/** The epoch that an agent came with before, whose outbox it no longer has, and how much that had still to send as it last said. */
export interface LostOutbox {
  readonly epoch: string;
  readonly samples: number;
}

export interface AgentDefinitions {
  readonly agent: string;
  readonly epoch: string;
  readonly first: number;
  readonly series: readonly SeriesDefinition[];
}

/**
 * A repeat of what is known is harmless and no refusal. Nor is a series that the hub does not keep: its samples are
 * dropped for a {@link DropReason}, and the agent's other series go on.
 */
export type DefineOutcome =
  | { readonly knownSeries: number }
  | { readonly refused: 'gap' | 'conflict'; readonly message: string };

/** The hub has as many series as it may, or the path or unit is none that it can keep. */
export type DropReason = 'series limit' | 'invalid series';

/** Samples that were dropped, by reason; a reason without any is left out. */
export type DroppedSamples = Readonly<Partial<Record<DropReason, number>>>;

/** A segment that covers the sequences from (inclusive) to (exclusive) of a lane. */
export interface AgentSegment {
  readonly agent: string;
  readonly epoch: string;
  readonly lane: Lane;
  readonly from: number;
  readonly to: number;
  readonly samples: number;
  readonly crc: number;
  /** Of the segment of the last sequence by itself, where several are joined; `crc` unless given. */
  readonly lastCrc?: number;
  readonly seriesBound: number;
  readonly bytes: Uint8Array;
  /** It goes on behind the newest that the agent sent: it need not wait behind backlogs. */
  readonly live?: boolean;
}

/**
 * `conflict`: the store has another segment in its place, or a part of it: what the agent takes for the hub's is not. `version`: a
 * later build wrote it, and a later hub will read it.
 */
export interface Refused {
  readonly refused: 'checksum' | 'malformed' | 'undefined-series' | 'conflict' | 'version';
  readonly message: string;
}

export type StoreOutcome = 'stored' | 'repeat' | Refused;

export interface AgentReport {
  readonly agent: string;
  readonly epoch: string;
  readonly backlogSamples: number;
  readonly backlogBytes: number;
  readonly shed: readonly ShedRange[];
  /** All that the agent's journal has lost: it takes the place of what was told before. Absent: nothing is new. */
  readonly journal?: JournalLosses | undefined;
  readonly now: number;
}

export interface ShedRange {
  readonly lane: Lane;
  readonly from: number;
  readonly to: number;
  readonly samples: number;
  readonly reason: string;
  /** Least and greatest time of the samples; null or absent where nobody knows. */
  readonly firstTime?: number | null;
  readonly lastTime?: number | null;
  /** Of the outbox when it was given up; the report's unless given. */
  readonly epoch?: string;
}

/** An agent as people see it. Times in µs since 1970. */
export interface AgentRow {
  readonly id: string;
  readonly site: string;
  readonly software: string;
  readonly connected: boolean;
  readonly lastSeen: number;
  /** What is wrong with it, for people. */
  readonly problem: string | null;
  /** Totals of the agent's life: raw samples and results, segments, and the bytes of those segments. */
  readonly acked: { readonly samples: number; readonly segments: number; readonly bytes: number };
  /** Samples of `acked.samples` that queries never see, in the agent's life. */
  readonly dropped: DroppedSamples;
  readonly backlog: { readonly samples: number; readonly bytes: number };
  readonly gaps: readonly Gap[];
}

/**
 * Sequences from (inclusive) to (exclusive) that will never come. With the lane 'journal' it is samples of a source that
 * the agent's journal lost before there were results of them: epoch and sequences are the journal's, and other samples lie
 * between them too.
 */
export interface Gap {
  readonly epoch: string;
  readonly lane: 'alarm' | 'data' | 'detail' | 'journal';
  /** Of the lane 'journal': where the samples came from; '' where nobody knows. */
  readonly source?: string;
  readonly from: number;
  readonly to: number;
  /** Null where nobody knows. Where a part has arrived nevertheless, how many the agent did not know to have arrived. */
  readonly samples: number | null;
  readonly reason: string;
  /** Least and greatest time of the samples, both inclusive; null where nobody knows. */
  readonly firstTime: number | null;
  readonly lastTime: number | null;
}

/** A {@link Gap} in the terms of one series that may have samples in it. */
export interface SeriesGap {
  readonly from: number | null;
  readonly to: number | null;
  readonly samples: number | null;
  readonly reason: string;
  readonly agent: string;
  /** Of what the agent's journal lost: it may have come to this series, or to another one that this source has part in. */
  readonly source?: string;
}

/** The store is restarting, or its disk is full or failing: what was handed over may or may not be stored, send it again. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}
