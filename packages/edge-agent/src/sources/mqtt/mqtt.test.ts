import { UnavailableError } from '@sluis/plugin-sdk';
import { describe, expect, test } from 'vitest';
import { FakeContext, until } from '../fake-context.ts';
import { type MqttConfig, mqttConfig } from './config.ts';
import { type Client, FakeBroker, message } from './fake-broker.ts';
import { mqtt } from './mqtt.ts';

interface Running extends AsyncDisposable {
  readonly broker: FakeBroker;
  readonly context: FakeContext<MqttConfig>;
  /** The newest connection, once it has subscribed. */
  client(count?: number): Promise<Client>;
}

async function running(version: 4 | 5, options: object = {}, broker = new FakeBroker(version)): Promise<Running> {
  await broker.start();
  const config = mqttConfig.parse({ type: 'mqtt', url: broker.url, topics: ['#'], version, ...options });
  const context = new FakeContext(config);
  const source = mqtt.create(context);
  await source.start();
  return {
    broker,
    context,
    async client(count = 1) {
      await until(`connection ${count}`, () => broker.clients.length >= count);
      const client = broker.clients[count - 1];
      await until('running', () => context.states.at(-1)?.state === 'running');
      return client;
    },
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
    },
  };
}

const qos1 = (id: number, payload = `${id}`) => message('m', payload, { qos: 1, messageId: id });
const qos2 = (id: number, dup = false) => message('m', `${id}`, { qos: 2, messageId: id, dup });

describe.each([4, 5] as const)('version %d', (version) => {
  test('messages in flight share a write, and are acknowledged when it is durable, not before, in order', async () => {
    await using source = await running(version);
    const { context } = source;
    const client = await source.client();
    context.hold = true;
    client.send(...Array.from({ length: 100 }, (_, i) => qos1(i + 1)));
    await until('handed over', () => context.held.reduce((sum, { rows }) => sum + rows.length, 0) === 100);
    expect(context.held.length).toBeLessThan(10);
    client.send(qos1(101));
    await until('handed over', () => context.held.at(-1)?.rows.length === 1);
    // A ping after the writes were held: had there been acknowledgements, they would have come before its answer.
    expect(context.held.every(({ awaited }) => awaited)).toBe(true);
    expect(client.acks('puback')).toEqual([]);
    // The later write first: its acknowledgement still waits for those before it.
    context.held.pop()?.resolve();
    client.send(message('m', 'unacknowledged'));
    await until('handed over', () => context.held.at(-1)?.awaited === false);
    expect(client.acks('puback')).toEqual([]);
    context.release();
    await until('acknowledged', () => client.acks('puback').length === 101);
    expect(client.acks('puback')).toEqual(Array.from({ length: 101 }, (_, i) => i + 1));
  });

  test('QoS 2 in its four steps, the record after it is durable', async () => {
    await using source = await running(version, { qos: 2 });
    const { context } = source;
    const client = await source.client();
    context.hold = true;
    client.send(qos2(7));
    await until('handed over', () => context.held.length === 1);
    expect(client.acks('pubrec')).toEqual([]);
    context.release();
    await until('recorded', () => client.acks('pubrec').length === 1);
    // The record got lost on the way: the broker sends the message again, which is not stored again.
    client.send(qos2(7, true));
    await until('recorded again', () => client.acks('pubrec').length === 2);
    client.send({ cmd: 'pubrel', messageId: 7 });
    await until('complete', () => client.acks('pubcomp').length === 1);
    // Released: the id is free for another message.
    client.send(qos2(7));
    await until('recorded', () => client.acks('pubrec').length === 3);
    expect(context.stored.length).toBe(2);
  });

  test('what a lost connection left unacknowledged is not acknowledged on the next', async () => {
    const broker = new FakeBroker(version);
    broker.connack = { sessionPresent: true };
    await using source = await running(version, { qos: 2 }, broker);
    const { context } = source;
    const first = await source.client();
    context.hold = true;
    first.send(qos1(1), qos2(2));
    await until('handed over', () => context.held.length > 0);
    first.socket.destroy();
    const second = await source.client(2);
    context.release();
    second.send(qos2(2, true), qos1(3));
    await until('acknowledged', () => second.acks('puback').length === 1 && second.acks('pubrec').length === 1);
    expect(second.acks('puback')).toEqual([3]);
    // Message 2 was durable by the time it came again: known, and not stored twice.
    expect(context.stored.map((row) => row.value)).toEqual([1, 2, 3]);
    // The broker kept the session: subscribing again would bring retained messages again.
    expect(second.packets.some(({ cmd }) => cmd === 'subscribe')).toBe(false);
  });

  test('a broker without the session is subscribed to again, and its ids are new', async () => {
    await using source = await running(version, { qos: 2 });
    const first = await source.client();
    first.send(qos2(5));
    await until('recorded', () => first.acks('pubrec').length === 1);
    first.socket.destroy();
    const second = await source.client(2);
    second.send(qos2(5, true));
    await until('recorded', () => second.acks('pubrec').length === 1);
    expect(source.context.stored.length).toBe(2);
    expect(second.packets.some(({ cmd }) => cmd === 'subscribe')).toBe(true);
  });

  test('while the journal takes nothing, messages are held unacknowledged and the connection stays', async () => {
    await using source = await running(version);
    const { context, broker } = source;
    const client = await source.client();
    context.refusal = new UnavailableError('the disk is full');
    client.send(qos1(1));
    await until('degraded', () => context.states.at(-1)?.state === 'degraded');
    client.send(qos1(2));
    await until('tried again', () => context.writes >= 3);
    expect(client.acks('puback')).toEqual([]);
    context.refusal = undefined;
    await until('acknowledged', () => client.acks('puback').length === 2);
    expect(context.stored.map((row) => row.value)).toEqual([1, 2]);
    expect(broker.clients.length).toBe(1);
    expect(context.states.at(-1)?.state).toBe('running');
  });

  test('messages that cannot be taken are counted and acknowledged, or the broker would repeat them for ever', async () => {
    await using source = await running(version, { maxPacket: '1KiB' });
    const { context } = source;
    const client = await source.client();
    client.send(
      message('a', Buffer.of(0xff), { qos: 1, messageId: 1 }),
      message('a', '{"a":', { qos: 1, messageId: 2 }),
      message('a', 'x'.repeat(100_000), { qos: 1, messageId: 3 }),
      message('a', 'x'.repeat(100_000)),
      message('a', '1', { qos: 1, messageId: 4 }),
    );
    await until('acknowledged', () => client.acks('puback').length === 4);
    expect(client.acks('puback')).toEqual([1, 2, 3, 4]);
    expect(['utf-8', 'json', 'oversized'].map((reason) => context.rejectedCount(reason))).toEqual([1, 1, 2]);
    expect(context.stored.map((row) => row.value)).toEqual([1]);
  });

  test('a refusal is told with what to do, and tried again', async () => {
    const broker = new FakeBroker(version);
    broker.connack = version === 5 ? { reasonCode: 0x86 } : { returnCode: 4 };
    await using source = await running(version, { username: 'a', password: 'b' }, broker);
    const { context } = source;
    await until('degraded', () => context.states.at(-1)?.state === 'degraded');
    expect(context.states.at(-1)?.detail).toContain(
      'refused the connection: user name or password is wrong: check username',
    );
    broker.connack = {};
    await until('running', () => context.states.at(-1)?.state === 'running');
    expect(broker.clients[0].packets[0]).toMatchObject({ username: 'a', password: Buffer.from('b') });
  });

  test('topics that the broker refuses are named', async () => {
    const broker = new FakeBroker(version);
    // Version 3.1.1 knows but one code for a refusal.
    broker.granted = [1, version === 5 ? 0x87 : 0x80];
    await using source = await running(version, { topics: ['open/#', 'secret/#'] }, broker);
    await until('degraded', () => source.context.states.at(-1)?.state === 'degraded');
    expect(source.context.states.at(-1)?.detail).toContain('refused the topics secret/#');
    broker.clients[0].send(message('open/a', '1'));
    await until('stored', () => source.context.stored.length === 1);
  });

  test('bytes that are not MQTT end the connection, and the next is tried', async () => {
    await using source = await running(version);
    const { context } = source;
    const first = await source.client();
    first.socket.write(Buffer.alloc(100, 0xff));
    await until('noticed', () => context.states.at(-1)?.state === 'degraded');
    const second = await source.client(2);
    second.send(qos1(1));
    await until('acknowledged', () => second.acks('puback').length === 1);
  });

  test('a stop acknowledges what is durable by then, and says goodbye', async () => {
    const { context, client, ...source } = await running(version);
    const connection = await client();
    context.hold = true;
    connection.send(qos1(1));
    await until('handed over', () => context.held.length === 1);
    const stopped = source[Symbol.asyncDispose]();
    context.release();
    await stopped;
    expect(connection.packets.slice(-2).map(({ cmd }) => cmd)).toEqual(['puback', 'disconnect']);
    expect(context.states.at(-1)?.state).toBe('stopped');
  });
});

test('version 5 asks for the session to be kept, and says how much may be in flight', async () => {
  await using source = await running(5, { receiveMaximum: 12, sessionExpiry: '1h', keepalive: '20s' });
  const client = await source.client();
  expect(client.packets[0]).toMatchObject({
    clientId: 'sluis-lab-press-1-source',
    clean: false,
    keepalive: 20,
    properties: { receiveMaximum: 12, sessionExpiryInterval: 3600 },
  });
});

test('a broker that falls silent is left', async () => {
  const broker = new FakeBroker(5);
  broker.answersPings = false;
  await using source = await running(5, { keepalive: '1s' }, broker);
  const { context } = source;
  await until('noticed', () => context.states.some(({ detail }) => detail?.includes('silent')));
  expect(broker.clients[0].packets.some(({ cmd }) => cmd === 'pingreq')).toBe(true);
});

test('shared subscriptions ask for the group', async () => {
  await using source = await running(5, { share: 'agents', topics: ['a/#', 'b'] });
  const client = await source.client();
  expect(client.packets[1]).toMatchObject({
    subscriptions: [{ topic: '$share/agents/a/#' }, { topic: '$share/agents/b' }],
  });
});

test('a broker that says why it ends the connection is quoted', async () => {
  await using source = await running(5);
  const client = await source.client();
  client.send({ cmd: 'disconnect', reasonCode: 0x8e });
  await until('told', () => source.context.states.some(({ detail }) => detail?.includes('another client took over')));
});

test('a broker that is not there is waited for, and said', async () => {
  const gone = await new FakeBroker(4).start();
  const { url } = gone;
  await gone[Symbol.asyncDispose]();
  const context = new FakeContext(mqttConfig.parse({ type: 'mqtt', url, topics: ['#'] }));
  await using source = mqtt.create(context);
  await source.start();
  await until('waiting', () => context.states.at(-1)?.state === 'waiting');
  expect(context.states.at(-1)?.detail).toMatch(
    /^cannot reach 127\.0\.0\.1:\d+: .*ECONNREFUSED.*; tried again in \d+ ms$/,
  );
});

test('reading rests while too much is not durable', async () => {
  await using source = await running(5);
  const { context } = source;
  const client = await source.client();
  context.hold = true;
  const characters = 200_000;
  const count = 100;
  client.send(...Array.from({ length: count }, (_, i) => qos1(i + 1, `${i} ${'x'.repeat(characters)}`)));
  let before = -1;
  await until('reading rests', () => {
    const now = context.held.length;
    const still = now === before && now > 0;
    before = now;
    return still && client.socket.writableLength > 0;
  });
  expect(context.held.reduce((sum, { rows }) => sum + rows.length * characters * 2, 0)).toBeLessThan(20 << 20);
  context.release();
  await until('acknowledged', () => client.acks('puback').length === count);
});

test.each([
  [{ url: 'http://x' }, "'http://x' is not a broker's address"],
  [{ url: 'mqtt://user:secret@x' }, 'give user name and password by the keys'],
  [{ topics: [] }, 'Too small'],
  [{ topics: ['a/#/b'] }, "'a/#/b' is not a topic filter: # can only be the last level"],
  [{ version: 3 }, 'Invalid option'],
  [{ qos: 3 }, 'Invalid option'],
  [{ url: 'mqtts://x', cert: 'a.pem' }, 'cert and key need each other'],
  [{ ca: 'a.pem' }, 'ca, cert and key are for TLS'],
  [{ share: 'a/b' }, 'must be a name without / + #'],
  [{ keepalive: '30d' }, 'must be at most 65535s'],
  [{ topic: ['a'] }, 'Unrecognized key: "topic"'],
])('%j is refused', (options, reason) => {
  const result = mqttConfig.safeParse({ type: 'mqtt', url: 'mqtt://x', topics: ['#'], ...options });
  expect(result.error?.issues.map(({ message }) => message)).toEqual([expect.stringContaining(reason)]);
});
