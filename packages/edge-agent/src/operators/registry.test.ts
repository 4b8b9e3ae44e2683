import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type AnyOperator, operators } from './index.ts';

const all = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
const files = all.filter((name) => name.endsWith('.ts') && !name.includes('.test.'));
const tests = all.filter((name) => name.endsWith('.test.ts'));

test.each(files)('what %s defines is in the registry', async (file) => {
  const exported: Record<string, unknown> = await import(`./${file}`);
  const defined = Object.values(exported).filter((value) => isOperator(value));
  for (const operator of defined) expect(operators).toHaveProperty(operator.name, operator);
});

test.each(Object.keys(operators))('%s has tests of its own, one of them by marbles', (name) => {
  const file = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const own = tests.filter((path) => path === `${file}.test.ts` || path.startsWith(`${file}/`));
  expect(own).toContain(`${file}.test.ts`);
  const texts = own.map((path) => readFileSync(`${import.meta.dirname}/${path}`, 'utf8'));
  expect(texts.some((text) => text.includes('marbles('))).toBe(true);
});

function isOperator(value: unknown): value is AnyOperator {
  return typeof value === 'object' && value !== null && ['name', 'version', 'create'].every((key) => key in value);
}
