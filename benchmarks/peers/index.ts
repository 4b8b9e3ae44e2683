import type { Peer } from './peer.ts';

/** Programs that are driven where they are found on PATH. */
export const others: readonly Peer[] = [];
