import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mqttConfig } from './config.ts';
import { FakeBroker } from './fake-broker.ts';
import { outline } from './outline.ts';
import { probe } from './probe.ts';

const { signal } = new AbortController();

function look(keys: object, ended = signal) {
  const config = mqttConfig.parse({ type: 'mqtt', topics: ['plant/#'], ...keys });
  const [only] = probe({ name: 'mqtt', site: 'lab', agent: 'a', config, folder: import.meta.dirname });
  return only.look(ended);
}

let broker: FakeBroker;
beforeEach(async () => {
  broker = await new FakeBroker(4).start();
});
afterEach(() => broker[Symbol.asyncDispose]());

test('a broker that accepts the credentials is there, and its sessions are left alone', async () => {
  expect(await look({ url: broker.url, username: 'u', password: 'p', clientId: 'mine', clean: false })).toEqual({
    there: true,
    detail: 'accepts u',
  });
  expect(broker.clients[0].packets[0]).toMatchObject({ cmd: 'connect', username: 'u', clean: true });
  expect(broker.clients[0].packets[0]).not.toMatchObject({ clientId: 'mine' });
});

test('a refusal is told in words', async () => {
  broker.connack = { returnCode: 4 };
  expect(await look({ url: broker.url })).toMatchObject({
    there: false,
    reason: expect.stringContaining('user name or password is wrong'),
  });
});

test('a broker that is not there, or is something else, is told', async () => {
  const server = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await look({ url })).toMatchObject({ there: false });
  await new Promise((resolve) => server.close(resolve));
  expect(await look({ url })).toMatchObject({ there: false, reason: expect.stringContaining('ECONNREFUSED') });
});

test('a certificate that is not there is told', async () => {
  expect(await look({ url: 'mqtts://127.0.0.1:1', ca: 'nowhere.pem' })).toMatchObject({
    there: false,
    reason: expect.stringContaining('nowhere.pem'),
  });
});

test('one that never answers is waited for until the signal', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const stop = new AbortController();
  silent.once('connection', () => stop.abort(new Error('enough')));
  const { port } = silent.address() as AddressInfo;
  await expect(look({ url: `mqtt://127.0.0.1:${port}` }, stop.signal)).rejects.toThrow();
  silent.close();
});

test('topics are the paths that it may give', () => {
  const config = mqttConfig.parse({ type: 'mqtt', url: 'mqtt://h', topics: ['#', 'plant/#', '+/state'] });
  expect(outline(config)).toMatchObject({
    from: '#, plant/#, +/state at mqtt://h:1883',
    paths: ['**', 'plant/**', '*/state/**'],
  });
});
