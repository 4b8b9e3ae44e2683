import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@sluis/edge-agent';
import { expect, test } from 'vitest';
import { FakeContext, until } from '../packages/edge-agent/src/sources/fake-context.ts';
import { createSource } from '../packages/edge-agent/src/sources/index.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/sources/files.md'), 'utf8');
const block = (language: string) => new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'ms').exec(page)?.[1] ?? '';

test('the files on the page about files give the samples that it shows', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-docs-'));
  writeFileSync(join(folder, 'agent.yaml'), block('yaml'));
  writeFileSync(join(folder, 'press.csv'), block('csv'));
  mkdirSync(join(folder, 'robots'));
  writeFileSync(join(folder, 'robots/r1.ndjson'), block('json'));
  const { config } = loadConfig(join(folder, 'agent.yaml'));
  const expected = block('text').trimEnd().split('\n');
  const found: string[] = [];
  for (const { type, config: sourceConfig } of Object.values(config.sources)) {
    const context = Object.assign(new FakeContext(sourceConfig), { folder });
    await using source = createSource(type, context);
    await source.start();
    await until('the file is read', () => context.cursors.size > 0 && context.stored.length > 1);
    for (const { path, time, value } of context.stored) {
      found.push(`${path} ${new Date(time / 1_000).toISOString()} ${JSON.stringify(value)}`);
    }
  }
  expect(found).toEqual(expected.map((line) => line.replaceAll(/ {2,}/g, ' ')));
  rmSync(folder, { recursive: true });
});
