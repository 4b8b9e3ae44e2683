// Writes the golden vectors that are missing in test/golden/. Those that are there stay: they are what was once
// written, and must be readable for ever. To replace them before a version is released, say --overwrite.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSegment, groupBySeries } from '../src/index.ts';
import { textRows } from '../test/text-rows.ts';
import { vectors } from '../test/vectors.ts';

const folder = join(import.meta.dirname, '../test/golden');
for (const { name, columns } of vectors) {
  const path = join(folder, name);
  if (existsSync(`${path}.seg`) && !process.argv.includes('--overwrite')) continue;
  const rows = textRows(groupBySeries([columns()]));
  writeFileSync(`${path}.seg`, encodeSegment(columns(), { effort: 'tight' }).bytes);
  writeFileSync(
    `${path}.json`,
    rows.length === 0
      ? '[]\n'
      : `[\n${rows.map((row) => `  [${row.map((cell) => JSON.stringify(cell)).join(', ')}]`).join(',\n')}\n]\n`,
  );
  console.log(name);
}
