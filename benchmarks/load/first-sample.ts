import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const RETRY_MS = 2;
const WITHIN_MS = 60_000;

/**
 * Sends one sample by HTTP as soon as the port opens, and returns when it was acknowledged (`performance.now()`).
 * @throws Error it is not within a minute
 */
export async function firstSample(port: number): Promise<number> {
  const deadline = performance.now() + WITHIN_MS;
  while (!(await isOpen(port))) {
    if (performance.now() > deadline) throw new Error(`nobody listens on port ${port}`);
    await pause(RETRY_MS);
  }
  for (;;) {
    if ((await post(port)) === 204) return performance.now();
    if (performance.now() > deadline) throw new Error(`port ${port} acknowledges nothing`);
    await pause(RETRY_MS);
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return false;
    throw error;
  } finally {
    socket.destroy();
  }
}

async function post(port: number): Promise<number | undefined> {
  const sending = request({ host: '127.0.0.1', port, method: 'POST', path: '/api/v2/write', agent: false });
  sending.end('first,machine=m0 value=20.5\n');
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}
