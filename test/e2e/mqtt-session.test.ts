import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { startMosquittoOn } from './broker.ts';
import { temporaryFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import { Site } from './site.ts';
import { until } from './until.ts';

const MESSAGES = 60;
const KILLS = 2;
/** Published while the agent is down, in each version. */
const WHILE_DOWN = 10;

test('messages of QoS 1 and 2 that are published while the agent is killed and down arrive; those of QoS 2 once', async (context) => {
  await using folder = await temporaryFolder();
  const port = await freePort();
  await using broker = await startMosquittoOn(folder.path, port);
  if (!broker) return context.skip('Mosquitto is not installed');
  const source = (version: number, qos: number) =>
    `{ type: mqtt, url: '${broker.url}', topics: ['v${version}q${qos}/#'], version: ${version}, qos: ${qos} }`;
  // Without a time of its own a message that is stored twice is two samples: the test sees what identity would hide.
  await using site = await Site.start({
    flow: () => `
sources: { a: ${source(4, 1)}, b: ${source(4, 2)}, c: ${source(5, 1)}, d: ${source(5, 2)} }
streams: { raw: { from: [a, b, c, d] } }
`,
  });
  const subscribed = () =>
    site.status('all are subscribed', ({ sources }) =>
      Object.values(sources).every(({ state }) => state === 'running'),
    );
  await subscribed();

  const publisher = await connectAsync(broker.url);
  const topics = ['v4q1', 'v4q2', 'v5q1', 'v5q2'];
  let published = 0;
  /** Each message has a series of its own, so that none can hide behind another of the same time. */
  const publish = async (count: number) => {
    for (let i = 0; i < count; i++, published++) {
      const qosOf = (topic: string) => (topic.endsWith('2') ? 2 : 1);
      await Promise.all(
        topics.map((topic) => publisher.publishAsync(`${topic}/${published}`, `${published}`, { qos: qosOf(topic) })),
      );
    }
  };
  for (let kill = 0; kill < KILLS; kill++) {
    const publishing = publish(MESSAGES / KILLS);
    await until('some of it is under way', () => published >= (kill + 0.5) * (MESSAGES / KILLS) + kill * WHILE_DOWN);
    await site.agent.kill();
    await publishing;
    await publish(WHILE_DOWN);
    await site.agent.start();
    await subscribed();
  }
  await publisher.endAsync();

  const total = MESSAGES + KILLS * WHILE_DOWN;
  for (const topic of topics) {
    const counts = await until(`all of ${topic} is stored`, async () => {
      const series = await site.api.series(`lab/${topic}/*`);
      const counts = series.map(({ samples }) => samples);
      // A series is known from when it is named, before its first sample is loaded.
      return counts.length === total && !counts.includes(0) && counts;
    });
    // What QoS 1 promises is once or more; of 2 it is once.
    if (topic.endsWith('2')) expect(counts, topic).toEqual(counts.map(() => 1));
  }
  for (const [index, topic] of topics.entries()) {
    const { rows } = await site.api.samples(`lab/${topic}/${index}`);
    expect(rows[0][1]).toBe(index);
  }
});
