/** Negative, zero or positive as `a` comes before, equals or comes after `b` in the order of their UTF-8 bytes: DuckDB's. */
export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
