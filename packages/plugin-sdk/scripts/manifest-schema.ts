/*
 * Writes docs/plugin-manifest.schema.json, or with --check tells whether it is as it should be.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestJsonSchema } from '../src/archive/manifest.ts';

const file = join(import.meta.dirname, '../../../docs/plugin-manifest.schema.json');
const text = `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`;
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error(`${file} is not what its source says: run "pnpm generate"`);
  process.exitCode = 1;
}
