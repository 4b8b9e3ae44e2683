import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Finding, Probe } from '../probe.ts';
import { type Address, formatAddress } from '../units/address-text.ts';

const hints: Readonly<Record<string, string>> = {
  EADDRINUSE: 'stop the program that has it, or choose another port',
  EADDRNOTAVAIL: 'this machine has no such address: 127.0.0.1 is for programs on it, 0.0.0.0 for all',
  EACCES: 'ports below 1024 need rights of their own: choose a higher one',
  ENOTFOUND: 'write an address of this machine, such as 127.0.0.1',
};

/** Whether a server could listen at an address: listens for a moment. */
export function portProbe(address: Address): Probe {
  return { need: `port ${formatAddress(address)}`, look: (signal) => look(address, signal) };
}

async function look({ host, port }: Address, signal: AbortSignal): Promise<Finding> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening', { signal });
    return { there: true, detail: 'free' };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) throw error;
    if (error.code === 'EADDRINUSE') {
      return { there: false, reason: 'in use', hint: hints.EADDRINUSE, taken: true };
    }
    return { there: false, reason: error.message, hint: hints[error.code] };
  } finally {
    server.close();
  }
}
