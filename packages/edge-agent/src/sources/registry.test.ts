import { defineSource, reading, type SourceDefinition } from '@sluis/plugin-sdk';
import { sourceConformance } from '@sluis/plugin-sdk/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { machines } from './machines.ts';
import { sources } from './index.ts';

/** The suites of each source. Throws for one that has no machine to test it by. */
function declareSuites(registry: readonly SourceDefinition<unknown>[]): void {
  for (const source of registry) {
    const cases = machines[source.type];
    if (!cases)
      throw new TypeError(`the source '${source.type}' has no machine in machines.ts: nothing of it is tested`);
    for (const one of cases) sourceConformance(source, one);
  }
}

declareSuites(sources);

test('a source of the registry that no suite can test fails', () => {
  const planted = defineSource({
    type: 'planted',
    version: 1,
    summary: 'Planted.',
    config: z.strictObject({}),
    create: (context) =>
      reading(context, { connect: async () => {}, read: () => new Promise(() => {}), close: async () => {} }),
  });
  expect(() => declareSuites([planted])).toThrow("the source 'planted' has no machine");
});
