import type { WebSocketServer } from 'ws';

/**
 * Pings all clients at each interval, and ends those that have not answered the ping before: a connection whose other
 * end is gone without a word would otherwise keep its place for ever. Ends with the server.
 */
export function dropSilent(sockets: WebSocketServer, intervalMs: number): void {
  const asked = new WeakSet<object>();
  const timer = setInterval(() => {
    for (const client of sockets.clients) {
      if (asked.has(client)) {
        client.terminate();
        continue;
      }
      asked.add(client);
      client.once('pong', () => asked.delete(client));
      client.ping();
    }
  }, intervalMs);
  sockets.once('close', () => clearInterval(timer));
}
