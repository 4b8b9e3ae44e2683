/**
 * The highest version of sync.proto that this build speaks, and the lowest it still understands. Since version 2 a
 * message may join the segments of several sequences; in version 1 each has one.
 */
export const SYNC_VERSION = 2;
export const MINIMUM_SYNC_VERSION = 1;
