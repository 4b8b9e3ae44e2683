import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Kind } from './batch.ts';
import { BatchBuilder } from './batch-builder.ts';

test('a safe integer is the row that the same BigInt gives, also while the columns grow and after a take', () => {
  fc.assert(
    fc.property(
      fc.array(fc.maxSafeInteger(), { maxLength: 600 }),
      fc.constantFrom(Kind.int64, Kind.uint64),
      (values, kind) => {
        const safe = new BatchBuilder();
        const big = new BatchBuilder();
        for (let round = 0; round < 2; round++) {
          for (const [i, value] of values.entries()) {
            safe.safeInteger(i, i, value, kind);
            big.integer(i, i, BigInt(value), kind);
          }
          expect(safe.take()).toEqual(big.take());
        }
      },
    ),
    { numRuns: 50 },
  );
});
