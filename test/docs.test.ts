import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@sluis/edge-agent';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Those of operators are steps alone, and checked where they are generated. */
const pages = globSync('docs/**/*.md', { cwd: root }).filter((page) => !page.startsWith(join('docs', 'operators')));
const blocks = pages.flatMap((page) => {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml], i) => ({ page, number: i + 1, yaml }));
});

test('there are configurations to check', () => expect(blocks.length).toBeGreaterThan(0));

test.each(blocks)('$page: configuration $number is valid', ({ yaml }) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-docs-'));
  try {
    mkdirSync(join(folder, 'secrets'));
    for (const [, name] of yaml.matchAll(/\$\{secret:([\w.-]+)\}/g)) writeFileSync(join(folder, 'secrets', name), 'x');
    const file = join(folder, 'agent.yaml');
    writeFileSync(file, yaml);
    expect(Object.keys(loadConfig(file).config.streams).length).toBeGreaterThan(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
