import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { UserError } from '@sluis/runtime';

export const HOST = '127.0.0.1';

/** The ports that the programs have when nobody says otherwise, and the customary one of MQTT. */
const usual = { http: 8080, grpc: 7443, status: 8090, lines: 8094, mqtt: 1883 };

export type Ports = Readonly<typeof usual>;

/**
 * Where to look for a free port: above the known ones, and below those that systems hand out for outgoing connections,
 * one of which could take the port before the program that it was chosen for.
 */
const FREE = { from: 20_000, to: 32_000 } as const;
const ATTEMPTS = 100;

/** The usual ports as far as they are free, else any free ones; all different. `any`: free ones throughout. */
export async function choosePorts({ any }: { any: boolean }): Promise<{ ports: Ports; moved: string[] }> {
  const held: Server[] = [];
  const moved: string[] = [];
  const ports = { ...usual };
  try {
    for (const name of Object.keys(usual) as (keyof Ports)[]) {
      const server = (any ? undefined : await hold(usual[name])) ?? (await holdAny());
      held.push(server);
      ports[name] = portOf(server);
      if (!any && ports[name] !== usual[name])
        moved.push(`port ${usual[name]} (${name}) is taken, using ${ports[name]}`);
    }
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
  return { ports, moved };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return address.port;
}

async function holdAny(): Promise<Server> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const server = await hold(FREE.from + Math.floor(Math.random() * (FREE.to - FREE.from)));
    if (server) return server;
  }
  throw new UserError({ what: `found no free port on ${HOST} from ${FREE.from} to ${FREE.to}` });
}

/** Undefined if the port cannot be had. */
async function hold(port: number): Promise<Server | undefined> {
  const server = createServer();
  try {
    await once(server.listen({ host: HOST, port }), 'listening');
    return server;
  } catch {
    return undefined;
  }
}
