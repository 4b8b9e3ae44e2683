export type * from '../store/ingest-store.ts';
export { CREDIT_WINDOW_BYTES } from './session.ts';
export { type AgentCall, SyncServer, type SyncServerOptions } from './sync-server.ts';
