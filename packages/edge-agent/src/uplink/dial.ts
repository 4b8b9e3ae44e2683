import { Client, credentials } from '@grpc/grpc-js';
import { type AgentMessage, type HubMessage, MAX_MESSAGE_BYTES } from '@sluis/protocol';
import { syncService } from '@sluis/protocol/sync';

/** The agent's end of one connection to a hub: what the uplink uses of a gRPC call. */
export interface HubCall {
  readonly writableNeedDrain: boolean;
  write(message: AgentMessage): unknown;
  cancel(): void;
  on(event: 'data', listener: (message: HubMessage) => void): unknown;
  on(event: 'drain' | 'end', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  once(event: 'drain', listener: () => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
}

export interface Dialled {
  readonly call: HubCall;
  /** Lets go of what is behind the call, which has ended. */
  close(): void;
}

/** Begins a connection to the hub at host:port. That there is none is said by the call's error. */
export type Dial = (address: string) => Dialled;

/** Connections that keep silent this long are given up: a half-open one would never end by itself. */
const KEEPALIVE_MS = 20_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;

/**
 * gRPC's own pause after a failed attempt. A client that is closed during it connects once more when it is over, to
 * nobody's use, and for ever if the hub has come by then. So it is over before anyone can close.
 */
const GRPC_BACKOFF_MS = 1;

export const dialGrpc: Dial = (address) => {
  // A client of its own for each attempt: gRPC's channels keep a backoff of their own, which would add to the uplink's.
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    'grpc.initial_reconnect_backoff_ms': GRPC_BACKOFF_MS,
    'grpc.max_reconnect_backoff_ms': GRPC_BACKOFF_MS,
    'grpc.enable_retries': 0,
  });
  const { path, requestSerialize, responseDeserialize } = syncService.session;
  const call = client.makeBidiStreamRequest<AgentMessage, HubMessage>(path, requestSerialize, responseDeserialize);
  return { call, close: () => client.close() };
};
