import { describe, test } from 'vitest';
import { z } from 'zod';
import type { SourceDefinition } from '../source.ts';
import { checkSource, type SourceCase, sourceChecksOf } from './source-checks.ts';

/**
 * Declares the tests that every source passes, in a file of vitest: it starts whatever is absent, acknowledges what is durable and
 * not before, loses nothing that the journal refused, stops in time, goes on where it was, and bounds what is in flight.
 * `arrange` makes a machine for each of them.
 */
export function sourceConformance<Config>(definition: SourceDefinition<Config>, one: SourceCase): void {
  const title = ['the source', definition.type, one.title].filter((word) => word !== undefined).join(' ');
  // Each has a machine of its own, and most of the time they wait.
  describe.concurrent(title, () => {
    test.each(sourceChecksOf(one))('%s', (check) => checkSource(definition, check, one));

    test('has a configuration that editors can show', ({ expect }) => {
      expect(z.toJSONSchema(definition.config, { io: 'input', unrepresentable: 'any' })).toBeDefined();
    });
  });
}
