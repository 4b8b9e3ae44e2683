import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import {
  type Address,
  Backoff,
  describeError,
  formatAddress,
  pause,
  type SourceContext,
  TRIED_AGAIN,
} from '@sluis/plugin-sdk';

/** Opens a port, trying again for as long as it takes, and tells the source's state. `server` may be one of `http` too. */
export async function listen<Config>(
  server: Server,
  { address, context, signal }: { address: Address; context: SourceContext<Config>; signal: AbortSignal },
): Promise<void> {
  const backoff = new Backoff();
  while (!signal.aborted) {
    try {
      server.listen({ host: address.host, port: address.port });
      await once(server, 'listening', { signal });
    } catch (error) {
      if (signal.aborted) return;
      context.state('degraded', `cannot listen on ${formatAddress(address)}, ${TRIED_AGAIN}: ${describeError(error)}`);
      await pause(backoff.next(), signal);
      continue;
    }
    server.on('error', (error) => context.log.warn({ err: error }, 'a connection could not be accepted'));
    context.state('running', listening(server));
    return;
  }
}

/** What `/status` says of an open server: its port is what the system gave where 0 was asked for. */
export function listening(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `listening on ${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
