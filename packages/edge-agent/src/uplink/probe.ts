import { once } from 'node:events';
import { connect } from 'node:net';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type Address, type Finding, formatAddress, type Probe } from '@sluis/plugin-sdk';
import { describe } from '@sluis/runtime';

/** No server has it, and one that speaks gRPC says so: nothing is begun there, and no agent is announced. */
const METHOD = '/sluis.sync.v1.Sync/Probe';
/** What a server that speaks gRPC answers, whatever it thinks of the method. */
const ANSWERS = new Set([status.OK, status.UNIMPLEMENTED, status.UNAUTHENTICATED, status.PERMISSION_DENIED]);

const HINT = 'the agent waits for it: start the hub, or check hub.url';

/** Whether something at the hub's address speaks gRPC. */
export function hubProbe(address: Address): Probe {
  return { need: `hub ${formatAddress(address)}`, look: (signal) => look(address, signal) };
}

/** TCP first: what keeps a connection from coming about, the system says better than gRPC. */
async function look(address: Address, signal: AbortSignal): Promise<Finding> {
  signal.throwIfAborted();
  const socket = connect({ host: address.host, port: address.port });
  try {
    await once(socket, 'connect', { signal });
  } catch (error) {
    signal.throwIfAborted();
    return { there: false, reason: describe(error), hint: HINT };
  } finally {
    socket.destroy();
  }
  return callAt(formatAddress(address), signal);
}

async function callAt(address: string, signal: AbortSignal): Promise<Finding> {
  const client = new Client(address, credentials.createInsecure());
  const answered = Promise.withResolvers<ServiceError | null>();
  const nothing = Buffer.alloc(0);
  const call = client.makeUnaryRequest(
    METHOD,
    () => nothing,
    (bytes) => bytes,
    nothing,
    new Metadata(),
    (error) => answered.resolve(error),
  );
  const cancel = (): void => call.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const error = await answered.promise;
    signal.throwIfAborted();
    if (!error || ANSWERS.has(error.code)) return { there: true, detail: 'answers' };
    return { there: false, reason: `what answers there is no hub: ${error.details}`, hint: 'check hub.url' };
  } finally {
    signal.removeEventListener('abort', cancel);
    client.close();
  }
}
