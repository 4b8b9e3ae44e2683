// Writes what the schema of agent.yaml says for people and for editors; with --check it only compares, and fails on a difference.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentJsonSchema } from '../src/config/json-schema.ts';
import { configurationPage } from '../src/config/reference.ts';
import { operatorPages } from './operator-pages.ts';

const docs = join(import.meta.dirname, '../../../docs');
const frame = readFileSync(join(import.meta.dirname, 'configuration-frame.md'), 'utf8');
const files = {
  'agent.schema.json': `${JSON.stringify(agentJsonSchema(), null, 2)}\n`,
  'configuration.md': configurationPage(frame),
  ...Object.fromEntries(Object.entries(operatorPages()).map(([name, page]) => [`operators/${name}`, page])),
};

const check = process.argv.includes('--check');
for (const [name, content] of Object.entries(files)) {
  const path = join(docs, name);
  if (!check) writeFileSync(path, content);
  else if (existing(path) !== content) {
    console.error(`docs/${name} is not what the schema generates: run "pnpm generate" and commit the result`);
    process.exitCode = 1;
  }
}

function existing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
