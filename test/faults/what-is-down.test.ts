import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { AgentStatus } from '../e2e/processes.ts';
import { areUp, whatIsDown } from './what-is-down.ts';

const source = { in: 1, rejected: 0, state: 'running' };
const stream = { in: 1, out: 1, lag: 0, state: 'running' };
const well: AgentStatus = {
  sources: { http: source },
  streams: { raw: stream },
  journal: { samples: 1, bytes: 1, oldest: 1, newest: 1 },
  outbox: { samples: 0, bytes: 0 },
  uplink: { state: 'connected', acked: 1, limit: null, held: null },
  shed: {},
  problems: [],
};

test('each part that is not up is named, and with one of them nothing has recovered', async () => {
  let hubStatus = 200;
  const server = createServer((_, response) => response.writeHead(hubStatus).end('the store restarts')).listen(0);
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const hub = { running: true, url: `http://127.0.0.1:${port}`, children: () => [1] };
    const agent = { running: true, status: () => Promise.resolve(well) };
    const agentOf = (changes: Partial<AgentStatus>) => ({
      ...agent,
      status: () => Promise.resolve({ ...well, ...changes }),
    });

    expect(await areUp(agent, hub)).toBe(true);
    expect(await areUp(undefined, hub)).toBe(true);
    expect(await whatIsDown(undefined, { ...hub, running: false })).toEqual(['the hub does not run']);
    for (const [someAgent, someHub, said] of [
      [{ ...agent, running: false }, hub, 'the agent does not run'],
      [agent, { ...hub, running: false }, 'the hub does not run'],
      [agent, { ...hub, children: () => [] }, 'the hub has 0 query processes'],
      [agentOf({ outbox: null }), hub, "the agent's storage is away"],
      [agentOf({ uplink: { ...well.uplink, state: 'waiting' } }), hub, 'the uplink is waiting'],
      [agentOf({ sources: { http: { ...source, state: 'starting' } } }), hub, 'the source http is starting'],
      [agentOf({ streams: { raw: { ...stream, state: 'faulted' } } }), hub, 'the stream raw is faulted'],
    ] as const) {
      expect(await whatIsDown(someAgent, someHub)).toEqual([said]);
      expect(await areUp(someAgent, someHub, 0)).toBe(false);
    }
    hubStatus = 503;
    expect(await whatIsDown(agent, hub)).toEqual(['the hub is not ready: the store restarts']);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
