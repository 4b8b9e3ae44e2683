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

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
