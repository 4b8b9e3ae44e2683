import type { Lane, LaneReceived, LaneWindow, SeriesDefinition } from '@sluis/protocol';

/** What a session needs of the store. Every promise resolves after the commit that holds what was handed over. */
export interface IngestStore {
  /** Opens an agent's epoch; marks as a gap what is below a lane's lowest retained sequence and was never received. */
  open(hello: AgentHello): Promise<{ received: LaneReceived[]; knownSeries: number }>;
  define(definitions: AgentDefinitions): Promise<{ knownSeries: number }>;
  store(segment: AgentSegment): Promise<StoreOutcome>;
  report(report: AgentReport): Promise<void>;
  connected(agent: string, connected: boolean, now: number): Promise<void>;
}

export interface AgentHello {
  readonly agent: string;
  readonly site: string;
  readonly software: string;
  /** 32 hex digits. */
  readonly epoch: string;
  readonly lanes: readonly LaneWindow[];
  /** The hub's clock, µs since 1970. */
  readonly now: number;
}

export interface AgentDefinitions {
  readonly agent: string;
  readonly epoch: string;
  readonly first: number;
  readonly series: readonly SeriesDefinition[];
}

/** A segment that covers the sequences from (inclusive) to (exclusive) of a lane. */
export interface AgentSegment {
  readonly agent: string;
  readonly epoch: string;
  readonly lane: Lane;
  readonly from: number;
  readonly to: number;
  readonly samples: number;
  readonly crc: number;
  readonly seriesBound: number;
  readonly bytes: Uint8Array;
}

export type StoreOutcome =
  | 'stored'
  | 'repeat'
  | { readonly refused: 'checksum' | 'malformed' | 'undefined-series'; readonly message: string };

export interface AgentReport {
  readonly agent: string;
  readonly epoch: string;
  readonly backlogSamples: number;
  readonly backlogBytes: number;
  readonly shed: readonly {
    readonly lane: Lane;
    readonly from: number;
    readonly to: number;
    readonly samples: number;
    readonly reason: string;
  }[];
  readonly now: number;
}
