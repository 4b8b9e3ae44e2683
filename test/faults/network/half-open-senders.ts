import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { findProgram, startMosquittoOn } from '../../e2e/broker.ts';
import { freePort } from '../../e2e/free-port.ts';
import { Machine, publish, Sent } from '../../e2e/load.ts';
import { Random } from '../../e2e/random.ts';
import { plainFlow } from '../../e2e/site.ts';
import { until } from '../../e2e/until.ts';
import type { Fault } from '../fault.ts';
import { areUp } from '../what-is-down.ts';
import { missingForNetwork } from './edge-network.ts';
import { startFarSite } from './far-site.ts';
import { HonestClients } from './honest-clients.ts';
import { judge } from './judge.ts';
import { connections, descriptors } from './of-process.ts';

const script = join(import.meta.dirname, 'senders-process.ts');
/** Of TCP, and as many of HTTP. */
const SENDERS = 50;
/** The source probes a silent sender after a minute, six times, 10 s apart; a body may take a minute. */
const NOTICED_MS = 150_000;

export const halfOpenSenders: Fault = {
  name: 'half-open-senders',
  about: '50 senders by TCP and 50 by HTTP vanish within a line and a body, and the MQTT broker for as long',
  seconds: 150,
  missing: () =>
    missingForNetwork() ?? (findProgram('mosquitto') === undefined ? 'mosquitto (package mosquitto)' : undefined),
  async run({ folder, seed, progress }) {
    const brokerPort = await freePort();
    await using broker = await startMosquittoOn(folder, brokerPort);
    if (!broker) throw new Error('mosquitto does not start');
    await using far = await startFarSite(
      (ports) =>
        `${plainFlow(ports)
          .replace('[http, tcp]', '[http, tcp, mqtt]')
          .replace(
            'streams:',
            `  mqtt: { type: mqtt, url: 'mqtt://127.0.0.1:${brokerPort}', topics: ['plant/#'], time: t, unit: us }\nstreams:`,
          )}`,
    );
    const { site, network, wan, field } = far;
    const { agent, hub, api, ports } = site;
    // The broker is behind the line to the hub.
    network.reach(brokerPort, wan);
    const subscribed = () => site.status('the agent has subscribed', ({ sources }) => sources.mqtt.state === 'running');
    await subscribed();
    const random = new Random(seed);
    const machine = new Machine({
      series: 'lab/plant/press',
      random,
      start: (Date.now() - 3_600_000) * 1000,
      step: 40_000,
    });
    const sent = new Sent();
    const publishing = new AbortController();
    const client = await connectAsync(broker.url, { clientId: 'a-machine' });
    const published = publish(
      {
        client,
        sent,
        restMs: 100,
        next: () => machine.next(),
        payload: ({ time, value }) => JSON.stringify({ t: time, value }),
      },
      publishing.signal,
    );
    await using clients = new HonestClients({ url: site.linesUrl, seed, clients: 1 });
    await until('the load passes', () => clients.sent.acknowledged.length > 0);
    const before = descriptors(agent.pid);
    const open = () => connections(agent.pid, ports.tcp) + connections(agent.pid, ports.lines);
    const others = open();

    const args = [script, ports.host, String(ports.tcp), String(ports.lines), String(SENDERS)];
    const senders = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(senders, 'message');
    await until('all senders are connected', () => open() >= others + 2 * SENDERS);
    // What the senders' kernel still says for them does not arrive.
    field.cut();
    wan.cut();
    const began = performance.now();
    const after = () => Math.round((performance.now() - began) / 1000);
    senders.kill('SIGKILL');
    await once(senders, 'exit');
    const limit = { withinMs: NOTICED_MS };
    const noticed = await Promise.all([
      until('the TCP source notices', () => connections(agent.pid, ports.tcp) === 0, limit).then(after),
      until('the HTTP source notices', () => connections(agent.pid, ports.lines) === 0, limit).then(after),
      until('the MQTT source notices', async () => (await agent.status()).sources.mqtt.state !== 'running', limit).then(
        after,
      ),
    ]);
    progress(`noticed after ${noticed.join(', ')} s`);
    for (const healing of [wan, field]) healing.heal();
    const healed = performance.now();
    await subscribed();
    const back = ((performance.now() - healed) / 1000).toFixed(1);
    publishing.abort();
    await published;
    await client.endAsync();
    await clients.stop();
    await agent.drained();
    const wholeLines = (await api.series('lab/tcp-*/whole')).length;
    const judgement = await judge(api, [...clients.sent.acknowledged, ...sent.acknowledged]);
    const note = `noticed: TCP ${noticed[0]} s, HTTP ${noticed[1]} s, MQTT ${noticed[2]} s, which was back after ${back} s; whole lines of the vanished stored: ${wholeLines} of ${SENDERS}, halves: ${(await api.series('lab/*/half')).length}; agent's descriptors ${before} before, ${descriptors(agent.pid)} after`;
    const recovered = wholeLines === SENDERS && (await areUp(agent, hub));
    return { rounds: 2 * SENDERS + 1, ...judgement, recovered, note };
  },
};
