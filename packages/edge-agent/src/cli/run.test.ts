import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@sluis/runtime';
import { expect, test } from 'vitest';
import { run } from './run.ts';

test('what keeps the agent from starting is told without what came from the environment', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-run-'));
  try {
    const data = join(folder, 'customer-7');
    writeFileSync(data, 'a file, no folder');
    const config = join(folder, 'agent.yaml');
    writeFileSync(
      config,
      "agent: { id: a, site: lab, data: '${env:SLUIS_TEST_DATA}' }\nhub: { url: grpc://127.0.0.1:1 }\n",
    );
    process.env.SLUIS_TEST_DATA = data;
    const { signal } = new AbortController();
    const error: unknown = await run({ config, logLevel: 'error', logFormat: 'json' }, signal).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain('[redacted]');
    expect(String(error)).not.toContain('customer-7');
  } finally {
    delete process.env.SLUIS_TEST_DATA;
    rmSync(folder, { recursive: true });
  }
});
