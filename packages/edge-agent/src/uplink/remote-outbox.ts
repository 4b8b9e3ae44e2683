import type { Remote } from '@sluis/runtime/rpc';
import type { Journal, Outbox } from '../log/log.ts';

/** The outbox as the uplink reaches it: across a message port, so that every answer is a promise. */
export type RemoteOutbox = Remote<Omit<Outbox, 'commit'>>;

/** What the uplink asks of the journal: what it has lost. */
export type RemoteJournal = Pick<Remote<Journal>, 'losses'>;
