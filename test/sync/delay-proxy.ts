import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface DelayProxy extends AsyncDisposable {
  readonly port: number;
  /** From now on. */
  delay: Delay;
  /** Bytes: the most that one direction of a connection has held at a time. */
  readonly mostHeld: number;
}

export interface Delay {
  readonly delayMs: number;
  /** Up to so much more, another one for each chunk. */
  readonly jitterMs?: number;
}

/** Of one direction of a connection: at 40 ms round trip a line of 800 MB/s has as much on its way. */
export const LINE_BYTES = 16 << 20;

/**
 * A TCP proxy that holds every byte back for a time in each direction: a long line, with nothing lost or reordered. What is
 * beyond {@link LINE_BYTES} it leaves to the sender, as TCP does.
 */
export async function startDelayProxy({ port, ...delay }: { port: number } & Delay): Promise<DelayProxy> {
  const sockets = new Set<Socket>();
  const proxy = { delay: delay as Delay, mostHeld: 0 };
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(from);
      const later = inOrder(() => proxy.delay);
      let held = 0;
      from.on('data', (chunk) => {
        held += chunk.length;
        proxy.mostHeld = Math.max(proxy.mostHeld, held);
        if (held >= LINE_BYTES) from.pause();
        const taken = (): void => {
          held -= chunk.length;
          if (held < LINE_BYTES) from.resume();
        };
        later(() => (to.writable ? to.write(chunk, taken) : taken()));
      });
      from.on('close', () => {
        sockets.delete(from);
        later(() => to.destroy());
      });
      from.on('error', () => to.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(proxy, {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
}

/** Does one thing after another, each once its delay is over and all before it are done. */
function inOrder(delay: () => Delay): (act: () => unknown) => void {
  const waiting: (() => unknown)[] = [];
  let lastDue = 0;
  return (act) => {
    const { delayMs, jitterMs = 0 } = delay();
    const now = performance.now();
    lastDue = Math.max(lastDue, now + delayMs + Math.random() * jitterMs);
    waiting.push(act);
    // Timers of different lengths may fire in any order: each does what is first.
    setTimeout(() => waiting.shift()?.(), lastDue - now);
  };
}
