import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { SourceDefinition } from '../source.ts';
import { checkSource, type SourceCase, sourceChecks } from './source-checks.ts';

/**
 * Declares the tests that every source passes, in a file of vitest: it starts whatever is absent, acknowledges what is durable and
 * not before, loses nothing that the journal refused, stops in time, goes on where it was, and bounds what is in flight.
 * `arrange` makes a machine for each of them.
 */
export function sourceConformance<Config>(
  definition: SourceDefinition<Config>,
  one: SourceCase & { title?: string },
): void {
  describe(['the source', definition.type, one.title].filter(Boolean).join(' '), () => {
    // Each has a machine of its own, and most of their time they wait.
    test.concurrent.each(sourceChecks)('%s', (check) => checkSource(definition, check, one));

    test('has a configuration that editors can show', () => {
      expect(z.toJSONSchema(definition.config, { io: 'input', unrepresentable: 'any' })).toBeDefined();
    });
  });
}
