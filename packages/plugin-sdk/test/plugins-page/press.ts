import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EPOCH, type Machine } from '@sluis/plugin-sdk/testing';

/** A press with a queue, at a port that is known before it is there: `GET` gives what comes behind a number, `DELETE` acknowledges. */
export async function press(): Promise<Machine & { break(): void }> {
  const queue = new Map<number, { name: string; time: number; value: number }[] | string>();
  let sent = 0;
  let acknowledged = 0;
  const server = createServer(({ method, url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://press');
    if (method === 'DELETE') {
      const id = Number(pathname.slice(1));
      const samples = queue.get(id);
      if (Array.isArray(samples)) acknowledged += samples.length;
      queue.delete(id);
      return response.writeHead(204).end();
    }
    const next = [...queue].find(([id]) => id > Number(searchParams.get('after')));
    if (!next) return response.writeHead(204).end();
    const [id, samples] = next;
    return response.end(JSON.stringify({ id, samples }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return {
    config: { url: `http://127.0.0.1:${port}/`, every: '5ms' },
    acknowledged: () => acknowledged,
    async appear() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    break: () => void queue.set(++sent, 'E17'),
    async send(count) {
      const samples = Array.from({ length: count }, () => ({ name: 'force', time: EPOCH + ++sent, value: sent }));
      queue.set(sent, samples);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
