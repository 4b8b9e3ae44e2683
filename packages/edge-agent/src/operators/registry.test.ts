import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type AnyOperator, operators } from './index.ts';

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
