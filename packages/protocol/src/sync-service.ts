import {
  type AgentMessage,
  type HubMessage,
  decodeAgentMessage,
  decodeHubMessage,
  encodeAgentMessage,
  encodeHubMessage,
} from './sync-messages.ts';

/** The service of sync.proto as gRPC libraries for Node take it. */
export const syncService = {
  session: {
    path: '/sluis.sync.v1.Sync/Session',
    requestStream: true,
    responseStream: true,
    requestSerialize: (message: AgentMessage): Buffer => buffer(encodeAgentMessage(message)),
    requestDeserialize: (bytes: Buffer): AgentMessage => decodeAgentMessage(bytes),
    responseSerialize: (message: HubMessage): Buffer => buffer(encodeHubMessage(message)),
    responseDeserialize: (bytes: Buffer): HubMessage => decodeHubMessage(bytes),
  },
} as const;

/** Longest message either side takes. */
export const MAX_MESSAGE_BYTES = 1 << 20;
/** What a message holds beside the bytes of a segment: some numbers, with room. */
const ENVELOPE_BYTES = 4 << 10;
/** Longest segment that a message holds. */
export const MAX_SEGMENT_BYTES = MAX_MESSAGE_BYTES - ENVELOPE_BYTES;

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
