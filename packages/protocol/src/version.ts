/** The highest version of sync.proto that this build speaks, and the lowest it still understands. */
export const SYNC_VERSION = 1;
export const MINIMUM_SYNC_VERSION = 1;
