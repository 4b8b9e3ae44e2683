import type { Outbox } from '../log/log.ts';

/** The outbox as the uplink reaches it: across a message port, so that every answer is a promise. */
export type RemoteOutbox = {
  [Method in 'state' | 'read' | 'definitions' | 'crc' | 'acknowledge' | 'reconcile' | 'remint' | 'stats']: (
    ...args: Parameters<Outbox[Method]>
  ) => Promise<ReturnType<Outbox[Method]>>;
};
