import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from './free-port.ts';
import { runToEnd } from './processes.ts';
import { plainFlow, Site } from './site.ts';
import { until } from './until.ts';

/*
 * What a machine that is set up by people may be like: folders in use, ports in use, peers that are not there.
 */

const NS = '1700000000000000000';

async function occupy(port: number): Promise<AsyncDisposable> {
  const server = createServer((socket) => socket.destroy());
  server.listen({ host: '127.0.0.1', port });
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

test('a folder has one process: a second one is told who it is, and the first goes on', async () => {
  await using site = await Site.start();
  const { hub, agent } = site;
  const [http, grpc] = await Promise.all([freePort(), freePort()]);
  const [secondHub, secondAgent] = await Promise.all([
    runToEnd('hub', ['run', '--data', join(site.folder, 'hub-data'), '--http', `${http}`, '--grpc', `${grpc}`]),
    runToEnd('agent', ['run', '-c', site.config]),
  ]);
  for (const [second, first, folder] of [
    [secondHub, hub, 'hub-data'],
    [secondAgent, agent, 'agent-data'],
  ] as const) {
    expect(second.code).toBeGreaterThan(0);
    expect(second.stderr).toContain(join(site.folder, folder));
    expect(second.stderr).toContain(`process ${first.pid}`);
    expect(second.stderr, 'it says what to do').toMatch(/stop|another|own/);
    expect(second.stderr).not.toMatch(/^\s+at /m);
  }
  expect((await site.write(`a,m=one value=1 ${NS}`)).status).toBe(204);
  await site.stored('lab/one/a', 1);

  // Killed, they leave nothing behind that would keep the next ones out.
  await Promise.all([hub.kill(), agent.kill()]);
  await Promise.all([hub.start(), agent.start()]);
  expect((await site.write(`a,m=two value=1 ${NS}`)).status).toBe(204);
  await site.stored('lab/two/a', 1);
});

test('a hub does not listen where others could reach its plaintext gRPC', async () => {
  await using site = await Site.open();
  const { http, grpc } = site.ports;
  for (const host of ['0.0.0.0', '192.0.2.1', '::']) {
    const { code, stderr } = await runToEnd('hub', [
      'run',
      '--data',
      join(site.folder, 'other'),
      '--http',
      `${http}`,
      '--grpc',
      `${grpc}`,
      '--host',
      host,
    ]);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain('plaintext gRPC is for loopback only');
    expect(stderr).toContain('hint:');
  }
});

test('a hub whose port is taken says which and ends', async () => {
  await using site = await Site.open();
  const { http, grpc } = site.ports;
  for (const [taken, option] of [
    [http, '--http'],
    [grpc, '--grpc'],
  ] as const) {
    await using _taken = await occupy(taken);
    const { code, stderr } = await runToEnd('hub', [
      'run',
      '--data',
      join(site.folder, 'hub-data'),
      '--http',
      `${http}`,
      '--grpc',
      `${grpc}`,
    ]);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(`${taken}`);
    expect(stderr).toContain(option);
    expect(stderr).not.toMatch(/^\s+at /m);
  }
});

test('an agent whose ports are taken shows it as degraded, does the rest, and takes them when they are free', async () => {
  await using site = await Site.open({
    flow: (ports) =>
      plainFlow(ports).replace('sources:', `sources:\n  free: { type: line-protocol, http: 127.0.0.1:0 }`),
  });
  {
    await using _tcp = await occupy(site.ports.tcp);
    await using _lines = await occupy(site.ports.lines);
    await Promise.all([site.hub.start(), site.agent.start()]);
    const { sources } = await site.status(
      'both are degraded',
      ({ sources: { http, tcp } }) => http.state === 'degraded' && tcp.state === 'degraded',
    );
    expect(sources.free.state).toBe('running');
    expect(JSON.stringify(sources.http)).toContain(`${site.ports.lines}`);
  }
  await site.status('both run', ({ sources: { http, tcp } }) => http.state === 'running' && tcp.state === 'running');
  expect((await site.write(`a,m=one value=1 ${NS}`)).status).toBe(204);
  await site.stored('lab/one/a', 1);
});

test('an agent whose status port is taken works all the same, and shows its status when it is free', async () => {
  await using site = await Site.open();
  await site.hub.start();
  {
    await using _taken = await occupy(site.ports.status);
    site.agent.spawn();
    const answer = await until('lines are taken', () => site.write(`a,m=one value=1 ${NS}`));
    expect(answer.status).toBe(204);
    await site.stored('lab/one/a', 1);
    expect(site.agent.stderr).toContain(`${site.ports.status}`);
  }
  await site.agent.ready();
});

test('a hub that is not there is waited for: what was taken in meanwhile arrives, also over a restart', async () => {
  await using site = await Site.open();
  const { agent, hub } = site;
  await agent.start();
  await site.status('the uplink waits', ({ uplink }) => uplink.state !== 'connected' && uplink.state !== 'stopped');
  expect((await site.write(`a,m=one value=1 ${NS}`)).status).toBe(204);
  await agent.kill();
  await agent.start();
  expect((await site.write(`a,m=one value=2 ${NS.replace('17', '18')}`)).status).toBe(204);
  await site.status('results wait in the outbox', ({ outbox }) => outbox?.samples === 2);
  await hub.start();
  await site.stored('lab/one/a', 2);
  await site.status(
    'it is connected and the outbox empty',
    ({ uplink, outbox }) => uplink.state === 'connected' && outbox?.samples === 0,
  );

  await hub.kill();
  await site.status('the uplink is seen to wait', ({ uplink }) => uplink.state !== 'connected');
  expect((await site.write(`a,m=one value=3 ${NS.replace('17', '16')}`)).status).toBe(204);
  await hub.start();
  await site.stored('lab/one/a', 3);
});
