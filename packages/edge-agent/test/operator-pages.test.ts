import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operatorPages } from '../scripts/operator-pages.ts';
import { loadConfig } from '../src/config/load.ts';
import { operators } from '../src/operators/index.ts';

const committed = join(import.meta.dirname, '../../../docs/operators');
const pages = Object.entries(operatorPages());

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-pages-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('there is a page for each operator, and none for what is no operator any more', () => {
  expect(readdirSync(committed).toSorted()).toEqual(pages.map(([file]) => file).toSorted());
});

test.each(pages)('the committed %s is what "pnpm generate" makes', (file, page) => {
  expect(readFileSync(join(committed, file), 'utf8')).toBe(page);
});

const blocks = pages.flatMap(([file, page]) =>
  [...page.matchAll(/^## (.*)\n\n```yaml\n([^]*?)```/gm)].map(([, title, block]) => ({ file, title, block })),
);

test.each(blocks)('$file: $title can be copied into a stream', ({ file, block }) => {
  const yaml = join(folder, 'agent.yaml');
  const stream = block.replaceAll(/^(?=.)/gm, '    ');
  writeFileSync(
    yaml,
    `agent: { id: a, site: lab }
hub: { url: grpc://127.0.0.1:1 }
sources: { tcp: { type: line-protocol, listen: 127.0.0.1:1 } }
streams:
  s:
    from: tcp
${stream}`,
  );
  const { config } = loadConfig(yaml);
  expect(Object.keys(config.streams.s.steps[0])).toEqual([file.replace('.md', '')]);
});

test('each page has what its operator shows, and says what is done with late and bad samples', () => {
  for (const { name, summary, examples = [] } of Object.values(operators)) {
    const page = operatorPages()[`${name}.md`];
    expect(page).toContain(summary);
    expect(page.match(/^Given:$/gm)).toHaveLength(examples.length);
    expect(blocks.filter(({ file }) => file === `${name}.md`)).toHaveLength(examples.length);
    expect(page.split('## Details\n')[1].trim().length, `${name}: its comment`).toBeGreaterThan(100);
  }
});
