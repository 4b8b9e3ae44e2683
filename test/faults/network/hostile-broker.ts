import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { generate } from 'mqtt-packet';
import type { Random } from '../../e2e/random.ts';
import { mutated, noise, pour } from './attack.ts';

const SUBSCRIBE_ID = 1;
const CONNACK = generate({ cmd: 'connack', returnCode: 0, sessionPresent: false });
const SUBACK = generate({ cmd: 'suback', messageId: SUBSCRIBE_ID, granted: [1] });
/** A header of a message of 256 MiB, of which the rest never comes, or comes for ever. */
const GIANT = Buffer.from('32ffffff7f', 'hex');
const MIB = 1 << 20;

function message(topic: string, payload: string | Buffer, id = 1): Buffer {
  return generate({ cmd: 'publish', topic, payload, qos: 1, messageId: id, dup: false, retain: false });
}

/** What a broker says after it was subscribed to, or instead. */
export const misdeeds: Readonly<Record<string, (socket: Socket, random: Random) => unknown>> = {
  noise: (socket, random) => socket.write(noise(random, 64 << 10)),
  'a giant frame': async (socket) => {
    socket.write(GIANT);
    await pour(socket, Buffer.alloc(MIB), 64 * MIB);
  },
  'an impossible length': (socket) => socket.write(Buffer.from('30ffffffffffff', 'hex')),
  'huge topics': async (socket) => {
    for (let n = 0; n < 200; n++) await pour(socket, message(`plant/${n}${'/x'.repeat(32_000)}`, '1', n + 1), 1);
  },
  'deep JSON': async (socket) => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    for (let n = 0; n < 20; n++) await pour(socket, message('plant/deep', deep, n + 1), 1);
  },
  'topics that are not UTF-8': (socket) => {
    const bytes = message('plant/XX', '1');
    bytes.fill(0xff, bytes.indexOf('XX'), bytes.indexOf('XX') + 2);
    socket.write(bytes);
  },
  'mutated messages': async (socket, random) => {
    for (let n = 0; n < 500; n++)
      await pour(socket, mutated(message(`plant/m${n % 7}`, '{"value": 1.5}', n + 1), random), 1);
  },
  'a series for each message': async (socket) => {
    for (let n = 0; n < 60_000; n++) await pour(socket, message(`plant/flood/${n}`, '1', (n % 60_000) + 1), 1);
  },
  'acks of nothing': async (socket) => {
    const flood = Buffer.concat(Array.from({ length: 1000 }, () => generate({ cmd: 'pubrel', messageId: 7 })));
    await pour(socket, flood, 4 * MIB);
  },
  silence: () => undefined,
};

/** A broker that takes a subscription and then does what it must not, on every connection. */
export async function startHostileBroker(
  misdeed: keyof typeof misdeeds,
  random: Random,
): Promise<AsyncDisposable & { readonly port: number; readonly connections: number }> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket.on('close', () => sockets.delete(socket)));
    socket.on('error', () => socket.destroy());
    socket.write(CONNACK);
    // Connect and subscribe come one after the other; what is in them does not matter.
    socket.once('data', () => {
      socket.once('data', () => {
        socket.write(SUBACK);
        void misdeeds[misdeed](socket, random);
      });
    });
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
