import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { createInterface } from 'node:readline';
import { describe, type Logger, pause } from '@sluis/runtime';
import type { FastifyInstance } from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { QueryClient } from '../query/query-client.ts';
import type { StoreClient } from '../store/store-client.ts';
import { dropSilent } from './drop-silent.ts';

const PATH = '/api/v1/live';
/** Each costs the query process up to some 10,000 formatted points ten times a second. */
const MAX_FOLLOWERS = 200;
/** A subscription to a page of series; each pattern is compared with each path once. */
const MAX_REQUEST_BYTES = 64 << 10;
const MAX_PATTERNS = 100;
/** A client that has so much to read gets nothing more until it has read: then the query process sends it the latest only. */
const MAX_UNSENT_BYTES = 256 << 10;
const UNSENT_POLL_MS = 50;
/** A client that is gone without a word is noticed within two of these. */
const PING_MS = 30_000;
/** Between lives of the query process. */
const RETRY_MS = 1000;
/** Status codes of RFC 6455, section 7.4.1. */
const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;

/** What a client sends, again whenever it wants others: a pattern of paths, or several. */
const subscription = z.strictObject({
  subscribe: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(MAX_PATTERNS)]),
});

export interface FollowersOptions {
  readonly app: FastifyInstance;
  readonly store: StoreClient;
  readonly queries: QueryClient;
  readonly log: Logger;
}

/** Serves `/api/v1/live`: points of series while they are stored, as `LiveLine` says, over a WebSocket. */
export function acceptFollowers({ app, store, queries, log }: FollowersOptions): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_REQUEST_BYTES });
  dropSilent(sockets, PING_MS);
  const server: Server = app.server;
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refusalOf(request, sockets.clients.size);
    if (refusal) socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    else sockets.handleUpgrade(request, socket, head, (client) => accept(client));
  });
  app.addHook('preClose', async () => {
    for (const client of sockets.clients) client.close(GOING_AWAY);
    for (const client of sockets.clients) client.terminate();
    sockets.close();
  });

  function accept(client: WebSocket): void {
    let current = new AbortController();
    client.on('message', (data) => {
      const request = subscription.safeParse(parsed(String(data)));
      if (!request.success)
        return client.close(POLICY_VIOLATION, 'send {"subscribe": a pattern of paths or a list of them}');
      const { subscribe } = request.data;
      current.abort();
      current = new AbortController();
      void follow(client, typeof subscribe === 'string' ? [subscribe] : subscribe, current.signal);
    });
    client.on('close', () => current.abort());
    client.on('error', (error) => log.debug({ reason: describe(error) }, 'a live connection failed'));
  }

  /** Follows until told to stop, over restarts of the query process. */
  async function follow(client: WebSocket, patterns: readonly string[], signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const lines = await queries.follow({ patterns, after: store.committed }, signal);
        for await (const line of createInterface({ input: lines, signal })) {
          client.send(line);
          while (client.bufferedAmount > MAX_UNSENT_BYTES && !signal.aborted) await pause(UNSENT_POLL_MS, signal);
        }
      } catch (error) {
        if (!signal.aborted) log.debug({ reason: describe(error) }, 'live points stopped for a moment');
      }
      await pause(RETRY_MS, signal);
    }
  }
}

/** A page of another origin must not read along through a person's browser. */
function refusalOf({ url, headers }: IncomingMessage, followers: number): string | undefined {
  if (url?.split('?', 1)[0] !== PATH) return '404 Not Found';
  if (headers.origin !== undefined && URL.parse(headers.origin)?.host !== headers.host) return '403 Forbidden';
  return followers >= MAX_FOLLOWERS ? '503 Service Unavailable' : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No subscription has this form: whoever sent it is told so.
    return undefined;
  }
}
