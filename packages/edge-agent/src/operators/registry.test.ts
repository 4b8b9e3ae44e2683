import { existsSync, readdirSync } from 'node:fs';
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

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts') && !name.includes('.test.'),
);

test.each(files)('what %s defines is in the registry', async (file) => {
  const exported: Record<string, unknown> = await import(`./${file}`);
  const defined = Object.values(exported).filter((value) => isOperator(value));
  for (const operator of defined) expect(operators).toHaveProperty(operator.name, operator);
});

test.each(Object.keys(operators))('%s has tests of its own', (name) => {
  const file = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  expect(existsSync(`${import.meta.dirname}/${file}.test.ts`)).toBe(true);
});

function isOperator(value: unknown): value is AnyOperator {
  return typeof value === 'object' && value !== null && ['name', 'version', 'create'].every((key) => key in value);
}
