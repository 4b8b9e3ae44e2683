import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Broker, startBroker, startMosquittoOn } from './broker.ts';
import { temporaryFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import { Site } from './site.ts';

const MAX_PACKET = 16 << 10;
const TIME_MS = 1_700_000_000_000;

let folder: AsyncDisposable & { path: string };
let broker: Broker;
let site: Site;
let publisher: MqttClient;

beforeAll(async () => {
  folder = await temporaryFolder();
  broker = await startBroker(folder.path);
  site = await Site.start({
    flow: () => `
sources:
  mqtt: { type: mqtt, url: '${broker.url}', topics: ['plant/#'], time: t, maxPacket: ${MAX_PACKET >> 10}KiB }
  five: { type: mqtt, url: '${broker.url}', topics: ['five/#'], version: 5, clientId: sluis-five }
streams:
  raw: { from: [mqtt, five] }
`,
  });
  await site.status('both are subscribed', ({ sources }) =>
    Object.values(sources).every(({ state }) => state === 'running'),
  );
  publisher = await connectAsync(broker.url);
});
afterAll(async () => {
  await publisher?.endAsync();
  await site?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

async function rejected(): Promise<number> {
  return (await site.agent.status()).sources.mqtt.rejected;
}

let witnesses = 0;
async function expectToGoOn(): Promise<void> {
  const topic = `plant/witness-${witnesses++}`;
  await publisher.publishAsync(topic, '1', { qos: 1 });
  await site.stored(`lab/${topic}`, 1);
}

test.each([
  ['text that is not UTF-8', Buffer.from([0x68, 0xff, 0xfe, 0x80])],
  ['JSON that breaks off', '{"value": 1, "t": '],
  ['JSON with a tail', '{"value": 1} and more'],
  ['a time that is none', '{"value": 1, "t": "yesterday"}'],
  ['a time out of bounds', '{"value": 1, "t": 1e300}'],
  ['more than a packet may hold', `"${'x'.repeat(2 * MAX_PACKET)}"`],
  ['brackets without end', '['.repeat(10_000)],
  ['objects without end', `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`],
])('%s: counted, acknowledged, and the rest goes on', async (_, payload) => {
  const before = await rejected();
  await publisher.publishAsync('plant/bad', payload, { qos: 1 });
  await site.status('it is counted', ({ sources }) => sources.mqtt.rejected > before);
  await expectToGoOn();
  expect(await rejected(), 'once: it was acknowledged and does not come again').toBe(before + 1);
  expect(await site.api.series('lab/plant/bad')).toEqual([]);
});

test('names and values: members are levels, value is none, every type keeps its own', async () => {
  const payload = `{"t":${TIME_MS},"value":1.5,"temp":{"in/out":-0,"value":3},"on":true,"text":"läuft","big":9223372036854775807,"none":null,"list":[1,2]}`;
  await publisher.publishAsync('plant/press', payload, { qos: 1 });
  const expected: Record<string, unknown> = {
    'lab/plant/press': 1.5,
    'lab/plant/press/temp/in%2Fout': -0,
    'lab/plant/press/temp': 3,
    'lab/plant/press/on': true,
    'lab/plant/press/text': 'läuft',
    'lab/plant/press/big': '9223372036854775807',
  };
  for (const [path, value] of Object.entries(expected)) {
    await site.stored(path, 1);
    const { rows } = await site.api.samples(path);
    expect(rows, path).toEqual([[TIME_MS * 1000, value, 'good']]);
  }
  expect(await site.api.series('lab/plant/press/none')).toEqual([]);
});

test('payloads that are a number or a text as they are, by both versions of the protocol', async () => {
  for (const [top, source] of [
    ['plant', 'mqtt'],
    ['five', 'five'],
  ]) {
    await publisher.publishAsync(`${top}/number`, '-12.25', { qos: 1 });
    await publisher.publishAsync(`${top}/text`, 'Störung an Presse 1', { qos: 1 });
    await publisher.publishAsync(`${top}/empty`, '', { qos: 1 });
    await site.stored(`lab/${top}/number`, 1);
    await site.stored(`lab/${top}/text`, 1);
    expect((await site.api.samples(`lab/${top}/number`)).rows[0][1], source).toBe(-12.25);
    expect((await site.api.samples(`lab/${top}/text`)).rows[0][1], source).toBe('Störung an Presse 1');
  }
  expect(await site.api.series('lab/*/empty')).toEqual([]);
});

test('a broker that is not there is waited for and shown, and found when it comes, and again when it was away', async (context) => {
  const port = await freePort();
  const url = `mqtt://127.0.0.1:${port}`;
  await using late = await Site.start({
    flow: () => `
sources: { mqtt: { type: mqtt, url: '${url}', topics: ['plant/#'] } }
streams: { raw: { from: mqtt } }
`,
  });
  const isWaiting = (state: string) => state === 'waiting' || state === 'degraded';
  await late.status('the source waits', ({ sources }) => isWaiting(sources.mqtt.state));
  for (const topic of ['plant/first', 'plant/second']) {
    await using comes = await startMosquittoOn(late.folder, port);
    if (!comes) return context.skip('Mosquitto is not installed');
    await late.status('the source has found it', ({ sources }) => sources.mqtt.state === 'running');
    const client = await connectAsync(url);
    await client.publishAsync(topic, '1', { qos: 1 });
    await client.endAsync();
    await late.stored(`lab/${topic}`, 1);
  }
  await late.status('the source waits again', ({ sources }) => isWaiting(sources.mqtt.state));
});
