import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type Socket, connect, isIP } from 'node:net';
import { resolve } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { describeError, type Finding, type Probe, type ProbeContext } from '@sluis/plugin-sdk';
import type { IConnackPacket, Packet } from 'mqtt-packet';
import type { MqttConfig } from './config.ts';
import { connectRefusal } from './reasons.ts';

/** Long enough that the broker does not end the connection while it is looked at. */
const KEEPALIVE_S = 60;

/**
 * Whether the broker takes a connection with these credentials. It comes as a client of its own with a clean session:
 * with the source's client id it would push the running source out, and could lose what the broker keeps for it.
 */
export function probe(context: ProbeContext<MqttConfig>): Probe[] {
  const { host, port } = context.config.url;
  return [{ need: `broker ${host}:${port}`, look: (signal) => look(context, signal) }];
}

async function look({ config, folder }: ProbeContext<MqttConfig>, signal: AbortSignal): Promise<Finding> {
  // Here, for a running agent asks nothing by this.
  const packets = await import('mqtt-packet');
  let socket: Socket;
  try {
    socket = await open(config, folder);
  } catch (error) {
    return { there: false, reason: describeError(error), hint: 'check the paths of ca, cert and key' };
  }
  try {
    await once(socket, config.url.tls ? 'secureConnect' : 'connect', { signal });
    return await sayHello(socket, { packets, config, signal });
  } catch (error) {
    signal.throwIfAborted();
    return {
      there: false,
      reason: describeError(error),
      hint: 'the agent waits for it: start the broker, or check url',
    };
  } finally {
    socket.destroy();
  }
}

async function open({ url, ca, cert, key }: MqttConfig, folder: string): Promise<Socket> {
  const { host, port } = url;
  if (!url.tls) return connect({ host, port });
  const files = [ca, cert, key].map((file) => file && readFile(resolve(folder, file)));
  const [caPem, certPem, keyPem] = await Promise.all(files);
  const given = { ...(caPem && { ca: caPem }), ...(certPem && { cert: certPem }), ...(keyPem && { key: keyPem }) };
  return connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }), ...given });
}

interface Asking {
  readonly packets: typeof import('mqtt-packet');
  readonly config: MqttConfig;
  readonly signal: AbortSignal;
}

async function sayHello(socket: Socket, { packets, config, signal }: Asking): Promise<Finding> {
  const { generate, parser } = packets;
  const { version, username, password } = config;
  const answer = Promise.withResolvers<IConnackPacket>();
  const incoming = parser({ protocolVersion: version });
  incoming.on('packet', (packet: Packet) => {
    if (packet.cmd === 'connack') answer.resolve(packet);
    else answer.reject(new Error(`answered with ${packet.cmd} instead of connack`));
  });
  incoming.on('error', (error: Error) => answer.reject(new Error(`does not speak MQTT: ${error.message}`)));
  socket.on('data', (chunk: Buffer) => incoming.parse(chunk));
  socket.on('error', answer.reject);
  socket.on('close', () => answer.reject(new Error('closed the connection')));
  signal.addEventListener('abort', () => answer.reject(signal.reason), { once: true });
  socket.write(
    generate({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: version,
      clientId: `sluis-check-${randomUUID().slice(0, 8)}`,
      clean: true,
      keepalive: KEEPALIVE_S,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password: Buffer.from(password) }),
    }),
  );
  const { returnCode, reasonCode } = await answer.promise;
  const code = returnCode ?? reasonCode ?? 0;
  if (code !== 0) return { there: false, reason: `refused the connection: ${connectRefusal(version, code)}` };
  socket.end(generate({ cmd: 'disconnect' }, { protocolVersion: version }));
  return { there: true, detail: username === undefined ? 'accepts connections' : `accepts ${username}` };
}
