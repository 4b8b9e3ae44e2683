import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { HOST } from './ports.ts';

/** An MQTT broker in this process, in memory: what a plant has as a program of its own. */
export async function startBroker(port: number): Promise<AsyncDisposable> {
  const { Aedes } = await import('aedes');
  const broker = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)));
    broker.handle(socket);
  });
  await once(server.listen({ host: HOST, port }), 'listening');
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await new Promise<void>((resolve) => broker.close(resolve));
    },
  };
}
