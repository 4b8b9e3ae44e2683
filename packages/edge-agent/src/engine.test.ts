import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '@sluis/runtime/create-log';
import { expect, test } from 'vitest';
import type { AgentConfig } from './config/schema.ts';
import { startEngine } from './engine.ts';
import { TemporaryFolder } from './log/fixtures.ts';

test('an address that cannot be used is said before any part starts', async () => {
  using folder = new TemporaryFolder();
  const data = join(folder.path, 'data');
  const config = { agent: { id: 'a', site: 's', data }, hub: { url: 'nonsense' } } as AgentConfig;
  const log = createLog('test');
  const { signal } = new AbortController();
  await expect(startEngine({ config, instance: '', log, signal, waits: () => undefined })).rejects.toThrow(/nonsense/);
  expect(existsSync(data)).toBe(false);
});
