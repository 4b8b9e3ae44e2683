import { totalmem } from 'node:os';

const MIB = 1 << 20;
const GIB = 1 << 30;

/** What Node takes beside DuckDB while a backlog is taken in: two processes with a worker each, and the index of series. */
const NODE_BYTES = 544 * MIB;
/** DuckDB's limit does not count all that it allocates. */
const DUCKDB_SHARE = 0.75;
const LEAST_MIB = 256;
const MOST_MIB = 4096;

/**
 * Bytes that the hub as a whole may take where nobody has said it: all that a container gives, half of a machine that is
 * not its alone, but a GiB if there is as much.
 */
export function memoryGiven(machine = totalmem(), constrained = process.constrainedMemory()): number {
  if (constrained > 0 && constrained < machine) return constrained;
  return Math.min(machine, Math.max(GIB, machine / 2));
}

/** DuckDB's part of what the hub may take. */
export function duckdbMiB(bytes: number): number {
  const rest = Math.floor(((bytes - NODE_BYTES) * DUCKDB_SHARE) / MIB);
  return Math.min(MOST_MIB, Math.max(LEAST_MIB, rest));
}
