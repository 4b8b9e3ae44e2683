import type { ServerResponse } from 'node:http';

/**
 * Ends an answer of which its reader has not taken a single piece for so long, though there was one: a socket's own
 * timeout starts again with each byte, so that one who reads a byte at a time would keep a query's place for days.
 */
export function requirePace(response: ServerResponse, withinMs: number): Disposable {
  let before: number | undefined;
  const timer = setInterval(() => {
    // Bytes that were handed to the socket: with each piece, and with nothing else.
    const written = response.writableNeedDrain ? response.socket?.bytesWritten : undefined;
    if (written !== undefined && written === before) response.destroy();
    before = written;
  }, withinMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
