import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Aedes } from 'aedes';
import { generate, parser } from 'mqtt-packet';
import { message } from './fake-broker.ts';

/** A program on the PATH or where Debian keeps daemons, or undefined. */
export function program(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** Below the ports that systems hand out for outgoing connections: a broker that is killed finds its port again. */
const LOWEST_PORT = 12_000;
const HIGHEST_PORT = 30_000;

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT));
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** A Mosquitto of the test's own, on a port that is open to anyone, and further `listeners`. */
export class Mosquitto implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly #binary: string;
  #process: ChildProcess | undefined;

  private constructor(options: { binary: string; port: number; folder: string }) {
    this.#binary = options.binary;
    this.port = options.port;
    this.folder = options.folder;
  }

  static async start(binary: string, listeners: (folder: string) => readonly string[] = () => []): Promise<Mosquitto> {
    const folder = mkdtempSync(join(tmpdir(), 'sluis-mosquitto-'));
    const broker = new Mosquitto({ binary, port: await freePort(), folder });
    const lines = [
      'per_listener_settings true',
      'max_queued_messages 0',
      // Mosquitto otherwise gives up the rights to read the folder when it is started by root.
      `user ${execFileSync('id', ['-un']).toString().trim()}`,
      `listener ${broker.port} 127.0.0.1`,
      'allow_anonymous true',
      ...listeners(folder),
    ];
    writeFileSync(join(folder, 'mosquitto.conf'), `${lines.join('\n')}\n`);
    await broker.run();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async run(): Promise<void> {
    const process = spawn(this.#binary, ['-c', join(this.folder, 'mosquitto.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = process;
    let said = '';
    for await (const chunk of process.stderr as AsyncIterable<Buffer>) {
      said += chunk.toString();
      if (said.includes(' running')) break;
    }
    if (!said.includes(' running')) throw new Error(`mosquitto did not start: ${said}`);
  }

  async kill(): Promise<void> {
    const process = this.#process;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    process.kill('SIGKILL');
    await once(process, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true });
  }
}

/** The broker that the demo embeds: version 3.1.1 only. */
export async function startAedes(): Promise<{ url: string } & AsyncDisposable> {
  const aedes = await Aedes.createBroker();
  const server = createServer((socket) => void aedes.handle(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await closed;
    },
  };
}

/** Mosquitto takes no more from a client before it is done with them. */
const IN_FLIGHT = 16;

/** Publishes messages and resolves when the broker has acknowledged all. */
export async function publish(
  url: string,
  messages: readonly { topic: string; payload: string | Buffer; qos: 0 | 1 | 2 }[],
  { retain = false }: { retain?: boolean } = {},
): Promise<void> {
  const { hostname, port, username, password } = new URL(url);
  const socket: Socket = connect({ host: hostname, port: Number(port) });
  const incoming = parser({ protocolVersion: 4 });
  const connected = Promise.withResolvers<void>();
  const acknowledged = Promise.withResolvers<void>();
  let next = 0;
  let open = 0;
  const send = () => {
    for (; next < messages.length && open < IN_FLIGHT; next++) {
      const { topic, payload, qos } = messages[next];
      socket.write(generate(message(topic, payload, { qos, retain, ...(qos > 0 && { messageId: next + 1 }) })));
      if (qos > 0) open++;
    }
    if (open === 0) acknowledged.resolve();
  };
  incoming.on('packet', (packet) => {
    if (packet.cmd === 'connack') connected.resolve();
    if (packet.cmd === 'pubrec') socket.write(generate({ cmd: 'pubrel', messageId: packet.messageId }));
    if (packet.cmd === 'puback' || packet.cmd === 'pubcomp') {
      open--;
      send();
    }
  });
  socket.on('data', (chunk: Buffer) => incoming.parse(chunk));
  socket.on('error', (error) => {
    connected.reject(error);
    acknowledged.reject(error);
  });
  const clientId = `publisher-${process.pid}-${socket.localPort ?? 0}-${Math.random().toString(36).slice(2)}`;
  const credentials = username ? { username, password: Buffer.from(password) } : {};
  socket.write(generate({ cmd: 'connect', clientId, clean: true, keepalive: 60, ...credentials }));
  await connected.promise;
  send();
  await acknowledged.promise;
  socket.end(generate({ cmd: 'disconnect' }));
  await once(socket, 'close');
}
