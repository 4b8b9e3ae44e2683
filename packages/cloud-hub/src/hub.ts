import type { Server } from 'node:net';
import { describe, EXIT_CONFIG, type Logger, UserError } from '@sluis/runtime';
import { lockFolder } from '@sluis/runtime/folder-lock';
import { SyncServer } from './sessions/sync-server.ts';
import { startStore, type StoreLimits } from './start-store.ts';

export interface HubOptions {
  /** Absolute path of the data folder. */
  readonly directory: string;
  readonly host: string;
  /** 0 for any free port. */
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly log: Logger;
  readonly limits?: Partial<StoreLimits>;
  /** Ends a start that is not done yet: no part of it is left then. */
  readonly signal?: AbortSignal;
}

export interface Hub extends AsyncDisposable {
  /** Of the page and the HTTP API. */
  readonly url: string;
  readonly grpcPort: number;
}

/**
 * A hub on its data folder: sessions ─▶ store ─▶ query, live ─▶ people.
 * @throws UserError if another process has the folder, a port is taken, or the host is not loopback
 * @throws the signal's reason when it is aborted before the hub runs
 */
export async function startHub({ directory, host, httpPort, grpcPort, log, limits, signal }: HubOptions): Promise<Hub> {
  requireLoopback(host);
  await using starting = new AsyncDisposableStack();
  starting.use(lockFolder(directory, 'sluis-hub'));

  const { ingest, app, connections } = starting.use(await startStore({ directory, log, limits, signal }));
  const now = (): number => Date.now() * 1000;
  const listening = (server: Server): void => connections.limit('grpc', server);
  const sessions = starting.use(new SyncServer({ host, port: grpcPort, ingest, log, now, listening }));

  const url = await listen(() => app.listen({ host, port: httpPort }), `${host}:${httpPort}`);
  const boundGrpcPort = await sessions.start();

  const running = starting.move();
  return { url, grpcPort: boundGrpcPort, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|::1)$/;

function requireLoopback(host: string): void {
  if (LOOPBACK.test(host)) return;
  throw new UserError({
    what: `the hub would listen on ${host}, where others could reach it: plaintext gRPC is for loopback only`,
    hint: 'leave --host out until agents can be enrolled with certificates, or use an encrypted tunnel that ends on 127.0.0.1',
    exitCode: EXIT_CONFIG,
  });
}

async function listen(start: () => Promise<string>, address: string): Promise<string> {
  try {
    return await start();
  } catch (cause) {
    throw new UserError({
      what: `cannot serve the page on ${address}: ${describe(cause)}`,
      hint: 'choose another port with --http',
      cause,
    });
  }
}
