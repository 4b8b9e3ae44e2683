/*
 * A row's place in the log is one number, by which the later of two is told: 16 bits for the epoch's ordinal, 2 for the
 * lane, 46 for the sequence. The store takes nothing that has no place.
 */

export const MAX_EPOCHS = 2 ** 16 - 1;
export const LANES = 2 ** 2;
export const MAX_SEQUENCE = 2 ** 46;
