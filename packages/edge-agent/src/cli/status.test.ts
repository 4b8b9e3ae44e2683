import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { status } from './status.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-status-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test.each(['127.0.0.1:1', '[::1]:1'])('the agent is asked at %s, as its configuration has it', async (address) => {
  const config = join(folder, 'agent.yaml');
  writeFileSync(config, `agent: { id: a, site: lab, status: '${address}' }\nhub: { url: grpc://127.0.0.1:1 }\n`);
  await expect(status({ config })).rejects.toThrow(`no agent answers at http://${address}/status: fetch failed`);
});
