import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Quality } from '@sluis/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeContext, until } from '../fake-context.ts';
import { type MqttConfig, mqttConfig } from './config.ts';
import { mqtt } from './mqtt.ts';
import { Mosquitto, freePort, program, publish, startAedes } from './real-brokers.ts';

const mosquitto = program('mosquitto');
if (!mosquitto) {
  const missing = 'mosquitto is not installed: its tests are skipped';
  if (process.env.CI === 'true') throw new Error(`${missing}, which CI does not allow: apt-get install mosquitto`);
  console.warn(missing);
}

class Running implements AsyncDisposable {
  readonly context: FakeContext<MqttConfig>;
  readonly source: ReturnType<typeof mqtt.create>;

  /** `cursors`: as an earlier life left them. */
  constructor(options: object, cursors: Iterable<readonly [string, string]> = []) {
    this.context = new FakeContext(mqttConfig.parse({ type: 'mqtt', ...options }));
    for (const [key, value] of cursors) this.context.cursors.set(key, value);
    this.source = mqtt.create(this.context);
  }

  static async start(options: object, cursors?: Iterable<readonly [string, string]>): Promise<Running> {
    const running = new Running(options, cursors);
    await running.source.start();
    await until('subscribed', () => running.context.states.at(-1)?.state === 'running');
    return running;
  }

  get detail(): string {
    return this.context.states.at(-1)?.detail ?? '';
  }

  values(): unknown[] {
    return this.context.stored.map(({ value }) => value);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.source[Symbol.asyncDispose]();
  }
}

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);
const messages = (topic: string, count: number, qos: 0 | 1 | 2, from = 0) => {
  return numbers(count, from).map((i) => ({ topic, payload: `${i}`, qos }));
};
let unique = 0;
/** Ids and topics of their own, as tests of one file share a broker. */
const names = () => {
  const id = `test-${process.pid}-${++unique}`;
  return { clientId: id, topics: [`${id}/#`], topic: `${id}/m1` };
};

async function takesEveryMessage(url: string, version: 4 | 5, qos: 0 | 1 | 2): Promise<void> {
  const { topic, ...options } = names();
  await using running = await Running.start({ url, version, qos, clean: true, ...options });
  await publish(url, messages(topic, 300, qos));
  await until('300 samples', () => running.context.stored.length >= 300);
  expect(running.values()).toEqual(numbers(300));
  expect(running.context.stored[0]).toMatchObject({ path: `lab/${topic}`, time: running.context.clock });
}

describe('the broker that the demo embeds', () => {
  test.each([0, 1, 2] as const)('QoS %d: every message once, in order', async (qos) => {
    await using broker = await startAedes();
    await takesEveryMessage(broker.url, 4, qos);
  });
});

const given = process.env.MQTT_URL;
if (given) {
  describe('the broker at MQTT_URL', () => {
    test.each([4, 5] as const)('version %d', (version) => takesEveryMessage(given, version, 1));
  });
}

describe.skipIf(!mosquitto)('Mosquitto', () => {
  const binary = mosquitto ?? '';
  let broker: Mosquitto;
  beforeAll(async () => {
    broker = await Mosquitto.start(binary);
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  describe.each([4, 5] as const)('version %d', (version) => {
    test.each([0, 1, 2] as const)('QoS %d: every message once, in order', (qos) =>
      takesEveryMessage(broker.url, version, qos),
    );

    test('the broker is not told before samples are durable', async () => {
      const { topic, ...options } = names();
      await using running = await Running.start({ url: broker.url, version, receiveMaximum: 20, ...options });
      running.context.hold = true;
      await publish(broker.url, messages(topic, 200, 1));
      const heldRows = () => running.context.held.reduce((sum, { rows }) => sum + rows.length, 0);
      // Mosquitto has at most 20 messages in flight here, and sends the next for an acknowledgement only.
      await until('20 in flight', () => heldRows() === 20);
      await publish(broker.url, messages(topic, 1, 1, 200));
      expect(heldRows()).toBe(20);
      running.context.release();
      await until('201 samples', () => running.context.stored.length === 201);
      expect(running.values()).toEqual(numbers(201));
    });

    test('what was published while the source was away comes when it is back', async () => {
      const { topic, ...options } = names();
      const config = { url: broker.url, version, ...options };
      await (await Running.start(config))[Symbol.asyncDispose]();
      await publish(broker.url, messages(topic, 100, 1));
      await using running = await Running.start(config);
      await until('100 samples', () => running.context.stored.length === 100);
      expect(running.values()).toEqual(numbers(100));
    });

    test('what was in flight when the source was gone without a word comes again', async () => {
      const { topic, ...options } = names();
      const config = { url: broker.url, version, qos: 2, ...options };
      const first = await Running.start(config);
      first.context.hold = true;
      await publish(broker.url, [...messages(topic, 50, 1), ...messages(topic, 50, 2, 50)]);
      await until('handed over', () => first.context.held.length > 0);
      // The second takes the name over, as after a crash: what the first was sent is not acknowledged by anyone.
      const second = new Running(config);
      await second.source.start();
      await until('100 samples', () => second.context.stored.length >= 100);
      first.context.release();
      await first[Symbol.asyncDispose]();
      await second[Symbol.asyncDispose]();
      expect(second.values().toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(100));
    });

    test('a retained message comes with the first subscription of a session, and not again after a restart', async () => {
      const { topic, ...options } = names();
      const config = { url: broker.url, version, ...options };
      await publish(broker.url, [{ topic, payload: 'kept', qos: 1 }], { retain: true });
      const first = await Running.start(config);
      await until('the retained message', () => first.context.stored.length === 1);
      expect(first.context.stored[0]).toMatchObject({ value: 'kept', quality: Quality.uncertain });
      await until('kept', () => first.context.cursors.has('session'));
      await first[Symbol.asyncDispose]();
      // As the protocol has it, what is retained while the subscription stands comes as any other message.
      await publish(broker.url, [{ topic, payload: 'new', qos: 1 }], { retain: true });
      await using second = await Running.start(config, first.context.cursors);
      await publish(broker.url, [{ topic, payload: 'last', qos: 1 }]);
      await until('the last message', () => second.values().includes('last'));
      expect(second.context.stored.map(({ value, quality }) => [value, quality])).toEqual([
        ['new', undefined],
        ['last', undefined],
      ]);
      await publish(broker.url, [{ topic, payload: '', qos: 1 }], { retain: true });
    });

    test('a broker that comes back without its sessions: it is said, and what comes from then on is taken', async () => {
      await using own = await Mosquitto.start(binary);
      const { topic, ...options } = names();
      await using running = await Running.start({ url: own.url, version, ...options });
      await publish(own.url, messages(topic, 1, 1));
      await until('1 sample', () => running.context.stored.length === 1);
      // Mosquitto without `persistence` forgets all when it ends.
      await own.kill();
      await until('waiting', () => running.context.states.at(-1)?.state === 'waiting');
      await own.run();
      await until('subscribed', () => running.context.states.at(-1)?.state === 'running');
      expect(running.detail).toContain('the broker had lost the session');
      await publish(own.url, messages(topic, 1, 1, 1));
      await until('2 samples', () => running.context.stored.length === 2);
    });

    test('two sources of a group share the messages', async () => {
      const { topic, topics } = names();
      const start = (clientId: string) =>
        Running.start({ url: broker.url, version, topics, clientId, share: 'group', clean: true });
      await using one = await start(`${topic}-one`);
      await using two = await start(`${topic}-two`);
      await publish(broker.url, messages(topic, 200, 1));
      await until('200 samples', () => one.context.stored.length + two.context.stored.length >= 200);
      expect([...one.values(), ...two.values()].toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(200));
      expect(Math.min(one.context.stored.length, two.context.stored.length)).toBeGreaterThan(0);
    });

    test('a broker that is killed and comes back is used again', async () => {
      await using own = await Mosquitto.start(binary);
      const { topic, ...options } = names();
      await using running = await Running.start({ url: own.url, version, ...options });
      await publish(own.url, messages(topic, 10, 1));
      await until('10 samples', () => running.context.stored.length === 10);
      await own.kill();
      await until('waiting', () => running.context.states.at(-1)?.state === 'waiting');
      await own.run();
      await until('subscribed', () => running.context.states.at(-1)?.state === 'running');
      await publish(own.url, messages(topic, 10, 1, 10));
      await until('20 samples', () => running.context.stored.length === 20);
      expect(running.values()).toEqual(numbers(20));
    });
  });

  test('fifty sources whose broker is killed are all back, and take what they were sent', async () => {
    await using own = await Mosquitto.start(binary);
    const topics = ['storm/#'];
    await using all = new AsyncDisposableStack();
    const sources: Running[] = [];
    for (const i of numbers(50)) {
      sources.push(all.use(await Running.start({ url: own.url, topics, clientId: `storm-${i}` })));
    }
    await own.kill();
    await until('all are waiting', () => sources.every(({ context }) => context.states.at(-1)?.state === 'waiting'));
    await own.run();
    await until('all are back', () => sources.every(({ context }) => context.states.at(-1)?.state === 'running'));
    await publish(own.url, messages('storm/m', 10, 1));
    await until('all samples', () => sources.every(({ context }) => context.stored.length === 10));
  });

  test('JSON, numbers and texts become samples; a retained message is one too', async () => {
    const { topic, ...options } = names();
    const retained = { topic: `${topic}/retained`, payload: 'last', qos: 1 as const };
    await publish(broker.url, [retained], { retain: true });
    await using running = await Running.start({ url: broker.url, time: 'ts', ...options });
    await publish(broker.url, [
      { topic: `${topic}/json`, payload: '{"ts":1700000000123,"value":1.5,"motor":{"current":2}}', qos: 1 },
      { topic: `${topic}/number`, payload: '20.5', qos: 1 },
      { topic: `${topic}/text`, payload: 'running', qos: 1 },
    ]);
    await until('5 samples', () => running.context.stored.length === 5);
    expect(running.context.stored.map(({ path, value }) => [path.replace(`lab/${topic}`, ''), value])).toEqual([
      ['/retained', 'last'],
      ['/json', 1.5],
      ['/json/motor/current', 2],
      ['/number', 20.5],
      ['/text', 'running'],
    ]);
    expect(running.context.stored[1].time).toBe(1_700_000_000_123_000);
    await publish(broker.url, [{ ...retained, payload: '' }], { retain: true });
  });

  test('user name and password', async () => {
    const port = await freePort();
    const passwords = program('mosquitto_passwd') ?? 'mosquitto_passwd';
    await using own = await Mosquitto.start(binary, (folder) => {
      execFileSync(passwords, ['-b', '-c', join(folder, 'passwords'), 'press', 'secret'], { stdio: 'ignore' });
      return [`listener ${port} 127.0.0.1`, 'allow_anonymous false', `password_file ${join(folder, 'passwords')}`];
    });
    const { topic, ...options } = names();
    const config = { url: `mqtt://127.0.0.1:${port}`, username: 'press', ...options };
    await using refused = new Running({ ...config, password: 'wrong' });
    await refused.source.start();
    await until('refused', () => refused.context.states.at(-1)?.state === 'degraded');
    expect(refused.detail).toMatch(/refused the connection: .*check username/);
    await refused[Symbol.asyncDispose]();
    await using running = await Running.start({ ...config, password: 'secret' });
    await publish(own.url, messages(topic, 3, 1));
    await until('3 samples', () => running.context.stored.length === 3);
  });

  test('TLS with the authority and the client certificate that the files hold', async () => {
    const port = await freePort();
    await using own = await Mosquitto.start(binary, (folder) => {
      certificates(folder);
      return [
        `listener ${port} 127.0.0.1`,
        `cafile ${join(folder, 'ca.pem')}`,
        `certfile ${join(folder, 'broker.pem')}`,
        `keyfile ${join(folder, 'broker.key')}`,
        'require_certificate true',
        'use_identity_as_username true',
      ];
    });
    const { topic, ...options } = names();
    const files = { cert: join(own.folder, 'client.pem'), key: join(own.folder, 'client.key') };
    const config = { url: `mqtts://127.0.0.1:${port}`, ...files, ...options };
    const refusals = [
      { refusedConfig: config, detail: /certificate/ },
      { refusedConfig: { ...config, ca: join(own.folder, 'missing.pem') }, detail: /missing\.pem/ },
    ];
    for (const { refusedConfig, detail } of refusals) {
      await using refused = new Running(refusedConfig);
      await refused.source.start();
      await until('refused', () => refused.context.states.at(-1)?.state === 'degraded');
      expect(refused.detail).toMatch(detail);
    }
    await using running = await Running.start({ ...config, ca: join(own.folder, 'ca.pem') });
    await publish(own.url, messages(topic, 3, 1));
    await until('3 samples', () => running.context.stored.length === 3);
  });
});

/** An authority, and certificates by it for a broker at 127.0.0.1 and for a client. */
function certificates(folder: string): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=test authority',
    '-days',
    '2',
  );
  writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1\n');
  for (const name of ['broker', 'client']) {
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const sign = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...sign, '-out', `${name}.pem`);
  }
}
