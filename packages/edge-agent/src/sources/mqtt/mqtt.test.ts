import { generate } from 'mqtt-packet';
import { Quality } from '@sluis/protocol';
import { UnavailableError } from '@sluis/plugin-sdk';
import { describe, expect, test } from 'vitest';
import { FakeContext, until } from '../fake-context.ts';
import { type MqttConfig, mqttConfig } from './config.ts';
import { type Client, FakeBroker, message } from './fake-broker.ts';
import { Mqtt, mqtt } from './mqtt.ts';

interface Running extends AsyncDisposable {
  readonly broker: FakeBroker;
  readonly context: FakeContext<MqttConfig>;
  /** The newest connection, once it has subscribed. */
  client(count?: number): Promise<Client>;
}

interface Surroundings {
  readonly broker?: FakeBroker;
  /** As an earlier life left them. */
  readonly cursors?: Iterable<readonly [string, string]>;
}

function contextOf(
  broker: FakeBroker,
  options: object = {},
  cursors: Iterable<readonly [string, string]> = [],
): FakeContext<MqttConfig> {
  const { url, version } = broker;
  const context = new FakeContext(mqttConfig.parse({ type: 'mqtt', url, topics: ['#'], version, ...options }));
  for (const [key, value] of cursors) context.cursors.set(key, value);
  return context;
}

async function running(
  version: 4 | 5,
  options: object = {},
  { broker = new FakeBroker(version), cursors = [] }: Surroundings = {},
): Promise<Running> {
  const own = !broker.started;
  if (own) await broker.start();
  const context = contextOf(broker, options, cursors);
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
      if (own) await broker[Symbol.asyncDispose]();
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
    await using source = await running(version, { qos: 2 });
    const { broker } = source;
    const { context } = source;
    const first = await source.client();
    context.hold = true;
    first.send(qos1(1), qos2(2));
    await until('handed over', () => context.held.some(({ rows }) => rows.length === 2));
    broker.connack = { sessionPresent: true };
    first.socket.destroy();
    const second = await source.client(2);
    // Both come again, as they were not acknowledged: they are known, though they are not durable yet.
    second.send(message('m', '1', { qos: 1, messageId: 1, dup: true }), qos2(2, true), qos1(3));
    await until('handed over', () => context.held.some(({ rows }) => rows.length === 1));
    expect(second.acks('puback')).toEqual([]);
    expect(second.acks('pubrec')).toEqual([]);
    context.release();
    await until('acknowledged', () => second.acks('puback').length === 2 && second.acks('pubrec').length === 1);
    expect(second.acks('puback')).toEqual([1, 3]);
    expect(context.stored.map((row) => row.value)).toEqual([1, 2, 3]);
    expect(first.packets.some(({ cmd }) => cmd === 'puback' || cmd === 'pubrec')).toBe(false);
  });

  test('a session is taken up by the next process: nothing is asked twice, what is not wanted any more is unsubscribed', async () => {
    await using broker = await new FakeBroker(version).start();
    const cursors = new Map<string, string>();
    const life = async (topics: string[]) => {
      await using source = await running(version, { topics }, { broker, cursors });
      const client = await source.client(broker.clients.length + 1);
      await until('kept', () => source.context.cursors.get('session')?.includes(JSON.stringify(topics)) ?? false);
      for (const [key, value] of source.context.cursors) cursors.set(key, value);
      return client.packets.map((packet) => {
        if (packet.cmd === 'subscribe')
          return packet.subscriptions.map(({ topic, rh }) => `+${topic} ${rh ?? ''}`.trim());
        return packet.cmd === 'unsubscribe' ? packet.unsubscriptions.map((topic) => `-${topic}`) : [];
      });
    };
    const subscribed = version === 5 ? ['+a 1', '+b 1'] : ['+a', '+b'];
    expect((await life(['a', 'b'])).flat()).toEqual(subscribed);
    broker.connack = { sessionPresent: true };
    // Version 5 says that it wants no retained messages for it; 3.1.1 cannot.
    expect((await life(['a', 'b'])).flat()).toEqual(version === 5 ? subscribed : []);
    expect((await life(['b', 'c'])).flat()).toEqual(version === 5 ? ['-a', '+b 1', '+c 1'] : ['-a', '+b', '+c']);
  });

  test('a QoS 2 message that is stored is known after a kill, and its id is free only when that is durable', async () => {
    await using broker = await new FakeBroker(version).start();
    const killed = await running(version, { qos: 2 }, { broker });
    const first = await killed.client();
    first.send(qos2(7));
    await until('recorded', () => first.acks('pubrec').length === 1);
    const cursors = new Map(killed.context.cursors);
    await killed[Symbol.asyncDispose]();

    broker.connack = { sessionPresent: true };
    await using source = await running(version, { qos: 2 }, { broker, cursors });
    const { context } = source;
    const second = await source.client(2);
    second.send(qos2(7, true));
    await until('recorded', () => second.acks('pubrec').length === 1);
    expect(context.stored).toEqual([]);
    context.hold = true;
    second.send({ cmd: 'pubrel', messageId: 7 });
    await until('handed over', () => context.held.length === 1);
    expect(second.acks('pubcomp')).toEqual([]);
    context.release();
    await until('complete', () => second.acks('pubcomp').length === 1);
    expect([...context.cursors.keys()]).toEqual(['session']);
  });

  test('a session that the broker has lost is said, and what was kept of it goes before there is a new one', async () => {
    await using broker = await new FakeBroker(version).start();
    const kept = { at: `sluis-lab-press-1-source@127.0.0.1:${new URL(broker.url).port}`, qos: 1, filters: ['#'] };
    const cursors = new Map([
      ['session', JSON.stringify(kept)],
      ['qos2/5', '1'],
    ]);
    const context = contextOf(broker, { qos: 2 }, cursors);
    context.hold = true;
    await using source = new Mqtt(context);
    await source.start();
    await until('handed over', () => context.held.length === 1);
    expect(broker.clients[0].packets.map(({ cmd }) => cmd)).toEqual(['connect']);
    context.release();
    await until('running', () => context.states.at(-1)?.state === 'running');
    expect(context.states.at(-1)?.detail).toContain('the broker had lost the session');
    await until('kept', () => context.cursors.size === 1);
    broker.clients[0].send(qos2(5, true));
    await until('stored', () => context.stored.length === 1);
  });

  test.each([
    [
      'take',
      undefined,
      [
        ['m', 1, Quality.uncertain],
        ['m', 2, undefined],
      ],
      0,
    ],
    [
      'take',
      't',
      [
        ['m', 1, undefined],
        ['m', 2, undefined],
      ],
      0,
    ],
    ['ignore', 't', [['m', 2, undefined]], 1],
  ] as const)('retained messages: %s, with the time in %s', async (retained, time, stored, ignored) => {
    await using source = await running(version, { retained, ...(time && { time }) });
    const { context } = source;
    const client = await source.client();
    client.send(
      message('m', '{"value":1,"t":1}', { retain: true, qos: 1, messageId: 1 }),
      message('m', '{"value":2,"t":2}', { qos: 1, messageId: 2 }),
    );
    await until('acknowledged', () => client.acks('puback').length === 2);
    const values = context.stored.filter(({ path }) => path === 'lab/m');
    expect(values.map(({ path, value, quality }) => [path.slice('lab/'.length), value, quality])).toEqual(stored);
    expect(context.rejectedCount('retained')).toBe(ignored);
    if (version === 5)
      expect(client.packets[1]).toMatchObject({ subscriptions: [{ rh: retained === 'take' ? 1 : 2 }] });
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
    await using source = await running(version, { username: 'a', password: 'b' }, { broker });
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
    await using source = await running(version, { topics: ['open/#', 'secret/#'] }, { broker });
    await until('degraded', () => source.context.states.at(-1)?.state === 'degraded');
    expect(source.context.states.at(-1)?.detail).toContain('refused the topics secret/#');
    broker.clients[0].send(message('open/a', '1'));
    await until('stored', () => source.context.stored.length === 1);
  });

  test('bytes that are not MQTT end the connection, and the next is tried', async () => {
    await using source = await running(version, { qos: 2 });
    const { context } = source;
    const first = await source.client();
    const good = generate(qos2(9), { protocolVersion: version });
    // A message with both bits of QoS set.
    first.socket.write(Buffer.concat([good, Buffer.of(0x36, 5), Buffer.alloc(5)]));
    await until('noticed', () => context.states.at(-1)?.state === 'degraded');
    // What came before them is taken, and its id kept with it.
    await until('stored', () => context.stored.length === 1);
    expect([...context.cursors.keys()]).toContain('qos2/9');
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
  await using source = await running(5, { keepalive: '1s' }, { broker });
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
  client.send({ cmd: 'disconnect', reasonCode: 0x8b });
  await until('told', () => source.context.states.some(({ detail }) => detail?.includes('it is shutting down')));
});

/** Counts pauses, and does not wait for them. */
function pauses(): { readonly ms: number[]; wait(ms: number): Promise<void> } {
  const ms: number[] = [];
  return { ms, wait: (pause) => Promise.resolve(void ms.push(pause)) };
}

test('a session that another client took over is said by name, and not fought for', async () => {
  await using broker = await new FakeBroker(5).start();
  const context = contextOf(broker);
  const { ms, wait } = pauses();
  await using source = new Mqtt(context, { wait });
  await source.start();
  await until('running', () => context.states.at(-1)?.state === 'running');
  broker.clients[0].send({ cmd: 'disconnect', reasonCode: 0x8e });
  await until('again', () => broker.clients.length === 2);
  expect(context.states.find(({ state }) => state === 'degraded')?.detail).toMatch(
    /another client took over.*give each its own clientId \(this one is sluis-lab-press-1-source\)/,
  );
  expect(ms.length).toBe(1);
  expect(ms[0]).toBeGreaterThanOrEqual(15_000);
});

test('a broker of version 3.1.1 that closes again and again: what it may be is said', async () => {
  await using broker = await new FakeBroker(4).start();
  const context = contextOf(broker);
  const { ms, wait } = pauses();
  await using source = new Mqtt(context, { wait });
  await source.start();
  for (let i = 0; i < 3; i++) {
    await until('subscribed', () => broker.clients[i]?.packets.at(-1)?.cmd === 'subscribe');
    broker.clients[i].socket.end();
    await until('noticed', () => ms.length === i + 1);
  }
  const told = context.states.filter(({ detail }) => detail?.includes('closed the connection'));
  expect(told.map(({ state }) => state)).toEqual(['waiting', 'waiting', 'degraded']);
  expect(told[2].detail).toContain('if another client has the id sluis-lab-press-1-source, give each its own clientId');
});

test('a broker that is away for an hour: one thing said, nothing left behind, found within half a minute', async () => {
  await using broker = await new FakeBroker(5).start();
  const { url } = broker;
  const context = contextOf(broker);
  await broker[Symbol.asyncDispose]();
  const HOUR_MS = 3_600_000;
  const hour = Promise.withResolvers<void>();
  const back = Promise.withResolvers<void>();
  let away = 0;
  let attempts = 0;
  let resources = 0;
  const wait = async (ms: number) => {
    away += ms;
    attempts++;
    if (attempts === 10) resources = process.getActiveResourcesInfo().length;
    if (away < HOUR_MS) return;
    hour.resolve();
    await back.promise;
  };
  await using source = new Mqtt(context, { wait });
  await source.start();
  await hour.promise;
  // At 15 to 30 s each, but for the first; the last pause has just begun.
  expect(attempts).toBeGreaterThan(120);
  expect(attempts).toBeLessThan(260);
  expect(away - HOUR_MS).toBeLessThan(30_000);
  expect(new Set(context.states.map(({ detail }) => detail)).size).toBe(1);
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(resources + 1);
  await using again = await new FakeBroker(5).start(Number(new URL(url).port));
  back.resolve();
  await until('running', () => context.states.at(-1)?.state === 'running');
  again.clients[0].send(qos1(1));
  await until('acknowledged', () => again.clients[0].acks('puback').length === 1);
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
    /^cannot reach 127\.0\.0\.1:\d+: .*ECONNREFUSED.*; tried again until it works, at least every 30 s$/,
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
