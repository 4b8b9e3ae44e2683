import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@sluis/edge-agent';
import { type OperatorDefinition, OperatorState } from '@sluis/plugin-sdk';
import { BatchBuilder, noWatermarks, type SampleBatch, SeriesTable } from '@sluis/protocol';
import { of } from 'rxjs';
import { afterEach, beforeEach, expect, test } from 'vitest';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

/** The code blocks of a language, in order. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, code]) => code);
}

let folder: string;
beforeEach(() => {
  // Beside this file, so that the blocks' imports resolve as an integrator's would.
  folder = mkdtempSync(join(import.meta.dirname, 'readme-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('the configuration in README is valid', () => {
  const file = join(folder, 'agent.yaml');
  writeFileSync(file, blocks('yaml')[0]);
  expect(Object.keys(loadConfig(file).config.streams)).toEqual(['raw', 'ten']);
});

test('the operator in README does what it says', async () => {
  const file = join(folder, 'fahrenheit.ts');
  writeFileSync(file, blocks('ts')[0]);
  const { fahrenheit } = (await import(file)) as { fahrenheit: OperatorDefinition<object> };
  const builder = new BatchBuilder();
  builder.double(0, 1, 100);
  const batch: SampleBatch = { ...builder.take(), position: 1, tick: 0, horizon: 0, watermarks: noWatermarks };
  const unused = (): never => {
    throw new Error('the operator in README logs and counts nothing');
  };
  const series = new SeriesTable();
  const operator = fahrenheit.create({
    config: {},
    state: new OperatorState(series),
    series,
    stream: 'example',
    log: { debug: unused, info: unused, warn: unused, error: unused },
    count: unused,
  });
  const emitted: SampleBatch[] = [];
  of(batch)
    .pipe(operator)
    .subscribe((result) => emitted.push(result));
  expect(emitted.map(({ value }) => [...value])).toEqual([[212]]);
});
