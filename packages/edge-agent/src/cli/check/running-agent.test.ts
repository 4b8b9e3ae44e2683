import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { Looked } from './needs.ts';
import { runningAgent, withRunning } from './running-agent.ts';

const limits = { ms: 60_000, signal: new AbortController().signal };

test('an agent is known by its id, and nobody else is taken for it', async () => {
  let answer = '{"agent":{"id":"press-1"}}';
  const server = createServer((_, response) => response.end(answer)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const status = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  expect(await runningAgent({ id: 'press-1', status }, limits)).toMatchObject({ agent: { id: 'press-1' } });
  expect(await runningAgent({ id: 'press-2', status }, limits)).toBeUndefined();
  answer = 'something else';
  expect(await runningAgent({ id: 'press-1', status }, limits)).toBeUndefined();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(await runningAgent({ id: 'press-1', status }, limits)).toBeUndefined();
});

const source = { in: 0, rejected: 0, shed: 0, detail: null, reasons: {} };

test('only what the running agent has taken itself is no fault', () => {
  const taken = { there: false, reason: 'in use', taken: true } as const;
  const missing = { there: false, reason: 'no file' } as const;
  const looked: Looked[] = [
    { part: { kind: 'agent' }, need: 'port 1', finding: taken },
    { part: { kind: 'source', name: 'runs' }, need: 'port 2', finding: taken },
    { part: { kind: 'source', name: 'tries' }, need: 'port 3', finding: taken },
    { part: { kind: 'source', name: 'runs' }, need: 'file', finding: missing },
  ];
  const sources = { runs: { ...source, state: 'running' }, tries: { ...source, state: 'degraded' } } as const;
  const own = { there: true, detail: 'in use by the running agent' };
  expect(withRunning(looked, { sources }).map(({ finding }) => finding)).toEqual([own, own, taken, missing]);
});
