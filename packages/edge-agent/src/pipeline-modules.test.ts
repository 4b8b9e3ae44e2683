import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

/* What a thread loads is most of a start's time, and stays in memory: nothing else would tell that it has become more. */
test('the thread of sources and streams loads no library that only others call', () => {
  const entries = ['./pipeline.ts', './config/load.ts'].map((file) => new URL(file, import.meta.url).href);
  const script = `
    import { createRequire } from 'node:module';
    for (const entry of ${JSON.stringify(entries)}) await import(entry);
    console.log(JSON.stringify(Object.keys(createRequire(import.meta.url).cache)));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const files = JSON.parse(output) as string[];
  const count = (library: string): number => files.filter((file) => file.includes(`/${library}/`)).length;
  const libraries = ['pino', 'protobufjs', 'better-sqlite3', 'mqtt-packet', '@grpc', '@atomic-ehr'];
  expect(libraries.filter((library) => count(library) > 0)).toEqual([]);
  // Of its 200, what `plugin-sdk/rxjs` names and that needs.
  expect(count('rxjs')).toBeGreaterThan(0);
  expect(count('rxjs')).toBeLessThan(50);
});
