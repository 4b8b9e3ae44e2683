import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems hand out for outgoing connections: a restarted program finds its port as it left it. */
const LOWEST = 12_000;
const HIGHEST = 30_000;

const given = new Set<number>();

/** A port that nobody listens on, and that this process is given only once. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host: '127.0.0.1', port });
    await once(server, 'listening');
    return true;
  } catch {
    // Whatever keeps it from being opened, another one will do.
    return false;
  } finally {
    server.close();
  }
}
