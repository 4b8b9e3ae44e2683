import { ofBatches } from './planted/batches.ts';
import { ofMalformed } from './planted/malformed.ts';
import { ofOutside } from './planted/outside.ts';
import type { Planted } from './planted/plant.ts';
import { ofState } from './planted/state.ts';

export { innocent } from './planted/innocent.ts';

/** Operators that each break one thing that the contract asks for. */
export const violations: Planted = { ...ofState, ...ofOutside, ...ofBatches, ...ofMalformed };
