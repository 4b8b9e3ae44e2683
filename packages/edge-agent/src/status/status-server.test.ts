import { once } from 'node:events';
import { request } from 'node:http';
import { createLog } from '@sluis/runtime/create-log';
import { expect, test } from 'vitest';
import { StatusServer } from './status-server.ts';

async function statusOf(port: number, path: string): Promise<number | undefined> {
  const asked = request({ port, path, host: '127.0.0.1' }).end();
  const [response] = (await once(asked, 'response')) as [{ statusCode?: number; resume(): void }];
  response.resume();
  return response.statusCode;
}

test('what is no address is answered like any page that is not there, and harms nothing', async () => {
  const log = createLog('test', { level: 'error' });
  const status = () => Promise.reject(new Error('nobody asks for it'));
  await using server = new StatusServer({ host: '127.0.0.1', port: 0, log, status });
  server.start();
  await expect.poll(() => server.port).toBeDefined();
  for (const path of ['//', '///', 'http://[', '/nowhere']) {
    expect(await statusOf(server.port ?? 0, path), path).toBe(404);
  }
  expect(await statusOf(server.port ?? 0, '/healthz')).toBe(200);
});
