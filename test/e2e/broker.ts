import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { Aedes } from 'aedes';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

export interface Broker extends AsyncDisposable {
  readonly url: string;
  /** Which one it is, for the test's output. */
  readonly kind: string;
  /** Its process, where it is a program that was started here. */
  readonly pid?: number;
}

/** A broker that keeps sessions: the one at MQTT_URL, else Mosquitto in a container, else as a program, else Aedes in this process. */
export async function startBroker(folder: string): Promise<Broker> {
  const { MQTT_URL: url } = process.env;
  if (url) return { url, kind: `the broker at ${url}`, [Symbol.asyncDispose]: async () => {} };
  if (dockerAnswers()) return startContainer();
  const mosquitto = findProgram('mosquitto');
  if (mosquitto) return startMosquitto({ mosquitto, folder, port: await freePort() });
  return startAedes();
}

const DOCKER_TIMEOUT_MS = 5_000;

function dockerAnswers(): boolean {
  return spawnSync('docker', ['info'], { stdio: 'ignore', timeout: DOCKER_TIMEOUT_MS }).status === 0;
}

const MQTT_PORT = 1883;

async function startContainer(): Promise<Broker> {
  const { GenericContainer } = await import('testcontainers');
  const container = await new GenericContainer('eclipse-mosquitto:2')
    .withExposedPorts(MQTT_PORT)
    .withCommand(['mosquitto', '-c', '/mosquitto-no-auth.conf'])
    .start();
  return {
    url: `mqtt://${container.getHost()}:${container.getMappedPort(MQTT_PORT)}`,
    kind: 'mosquitto in a container',
    async [Symbol.asyncDispose]() {
      await container.stop();
    },
  };
}

/** Mosquitto on a port of choice, for tests in which it comes late or goes. Undefined if it is not installed. */
export async function startMosquittoOn(folder: string, port: number): Promise<Broker | undefined> {
  const mosquitto = findProgram('mosquitto');
  return mosquitto === undefined ? undefined : startMosquitto({ mosquitto, folder, port });
}

export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function startMosquitto({
  mosquitto,
  folder,
  port,
}: {
  mosquitto: string;
  folder: string;
  port: number;
}): Promise<Broker> {
  const config = join(folder, `mosquitto-${port}.conf`);
  writeFileSync(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\nlog_type none\n`,
  );
  // The shell waits for its input to end, which it does also when this process is killed: nothing is left behind.
  const child = spawn('sh', ['-c', '"$0" -c "$1" & read -r _; kill -9 $!', mosquitto, config], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(child, 'exit');
  await until(`mosquitto listens on ${port}`, () => isOpen(port));
  const [pid] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ').map(Number);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    kind: 'mosquitto',
    pid,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}

async function startAedes(): Promise<Broker> {
  const aedes = await Aedes.createBroker();
  const port = await freePort();
  const server = createServer(aedes.handle);
  server.listen({ host: '127.0.0.1', port });
  await once(server, 'listening');
  return {
    url: `mqtt://127.0.0.1:${port}`,
    kind: 'aedes',
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => aedes.close(resolve));
      server.close();
    },
  };
}
