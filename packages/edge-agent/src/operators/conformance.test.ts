import { defineOperator } from '@sluis/plugin-sdk';
import { operatorConformance } from '@sluis/plugin-sdk/testing';
import { map } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type AnyOperator, operators } from './index.ts';

/** The suite of each operator. Throws for one that has no example to test it by. */
function declareSuites(registry: Readonly<Record<string, AnyOperator>>): void {
  for (const operator of Object.values(registry)) operatorConformance(operator);
}

declareSuites(operators);

test('an operator of the registry that no suite can test fails', () => {
  const planted = defineOperator({
    name: 'planted',
    version: 1,
    summary: 'Passes everything.',
    config: z.strictObject({}),
    create: () => map((batch) => batch),
  });
  expect(() => declareSuites({ planted: planted as AnyOperator })).toThrow("'planted' has no examples");
});
