import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type { Server as NetServer } from 'node:net';
import { type AgentMessage, type Hello, type HubMessage, MAX_MESSAGE_BYTES } from '@sluis/protocol';
import { syncService } from '@sluis/protocol/sync';
import { describe, type Logger, UserError } from '@sluis/runtime';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import type { IngestStore } from '../store/ingest-store.ts';
import { Instances } from './instances.ts';
import { Session } from './session.ts';

/** HTTP/2 receive windows: at Node's default of 64 KiB a round trip of 40 ms allows 1 MB/s, at 4 MiB 100 MB/s. */
const WINDOW_BYTES = 4 << 20;

/** A connection that has not said hello by then is closed. */
const HELLO_TIMEOUT_MS = 10_000;

/** A second agent tries again every 10 s at least: if it has not for so long, it is gone. */
const CONFLICT_SHOWN_MS = 30_000;

export interface SyncServerOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly ingest: IngestStore;
  readonly log: Logger;
  now(): number;
  /** Called with each server that listens for agents. */
  listening?(server: NetServer): void;
}

/** The hub's end of a connection from an agent: what a session uses of a gRPC call. */
export interface AgentCall {
  getPeer(): string;
  write(message: HubMessage): unknown;
  pause(): unknown;
  resume(): unknown;
  end(): unknown;
  on(event: 'data', listener: (message: AgentMessage) => void): unknown;
  on(event: 'end' | 'cancelled', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** Listens for agents and gives each connection a {@link Session}. */
export class SyncServer implements AsyncDisposable {
  readonly #options: SyncServerOptions;
  readonly #server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.max_connection_idle_ms': HELLO_TIMEOUT_MS,
  });
  readonly #sessions = new Map<string, { readonly session: Session; readonly from: string }>();
  readonly #instances = new Instances();
  /** By agent: ends the telling that there are two. */
  readonly #conflicts = new Map<string, NodeJS.Timeout>();

  constructor(options: SyncServerOptions) {
    this.#options = options;
    this.#server.addService(syncService, {
      session: (call: ServerDuplexStream<AgentMessage, HubMessage>) => this.accept(call),
    });
  }

  /** Starts to listen and returns the port. */
  async start(): Promise<number> {
    const { host, port } = this.#options;
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    const bound = new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, boundPort) =>
        error
          ? reject(
              new UserError({
                what: `cannot listen for agents on ${address}: ${describe(error)}`,
                hint: 'choose another port with --grpc',
              }),
            )
          : resolve(boundPort),
      );
    });
    const listening = await bound;
    for (const http2Server of http2ServersOf(this.#server)) {
      http2Server.on('session', widenWindows);
      this.#options.listening?.(http2Server);
    }
    return listening;
  }

  /** Ends the sessions, so that agents reconnect elsewhere or later. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { session } of this.#sessions.values()) session.close();
    for (const timer of this.#conflicts.values()) clearTimeout(timer);
    this.#server.forceShutdown();
  }

  /** An agent has connected. */
  accept(call: AgentCall): void {
    const { ingest, log, now } = this.#options;
    const session = new Session({
      ingest,
      log,
      now,
      peer: {
        send: (message) => void call.write(message),
        pause: () => void call.pause(),
        resume: () => void call.resume(),
        end: () => call.end(),
      },
      opened: (hello, opened) => this.#opened(hello, opened, machineOf(call.getPeer())),
    });
    const helloTimeout = setTimeout(() => {
      if (!session.agent) session.refuse('protocol', `no hello within ${HELLO_TIMEOUT_MS / 1000} s`);
    }, HELLO_TIMEOUT_MS);
    const ended = (): void => {
      clearTimeout(helloTimeout);
      session.close();
      if (session.agent && this.#sessions.get(session.agent)?.session === session) this.#sessions.delete(session.agent);
    };
    call.on('data', (message: AgentMessage) => session.receive(message));
    call.on('end', ended);
    call.on('cancelled', ended);
    call.on('error', (error) => {
      log.warn({ peer: call.getPeer(), reason: describe(error) }, 'a connection from an agent failed');
      ended();
    });
  }

  #opened({ agent, epoch, instance }: Hello, session: Session, from: string): string | undefined {
    const older = this.#sessions.get(agent);
    if (this.#instances.greet(agent, instance, older?.session.instance) === 'conflict') {
      const problem = `two agents have the id ${agent}, one at ${older?.from}, one at ${from}: give one of them another agent.id, or stop it; both keep what they have to send`;
      this.#tellConflict(agent, epoch, problem);
      return problem;
    }
    this.#sessions.set(agent, { session, from });
    older?.session.refuse('identity', `agent ${agent} has connected again, from ${from}`);
    return undefined;
  }

  #tellConflict(agent: string, epoch: string, problem: string): void {
    const { ingest, log } = this.#options;
    const timer = this.#conflicts.get(agent);
    clearTimeout(timer);
    const failed = (error: unknown): void =>
      log.warn({ agent, reason: describe(error) }, 'the store does not take note of two agents with one id');
    const over = (): void => {
      this.#conflicts.delete(agent);
      ingest.problem(agent, null).catch(failed);
      log.info({ agent }, 'there is one agent of this id again');
    };
    this.#conflicts.set(agent, setTimeout(over, CONFLICT_SHOWN_MS));
    if (!timer) log.error({ agent }, problem);
    ingest.problem(agent, problem).catch(failed);
    // What it holds is not lost, though another outbox has come in its place.
    ingest.outboxFound(agent, epoch).catch(failed);
  }
}

/** Without the port, which is another one each time: what is said of an agent again is then known for a repeat. */
function machineOf(peer: string): string {
  return peer.replace(/:\d+$/, '');
}

/**
 * The HTTP/2 servers behind a gRPC server, which has no option for its receive windows (it ignores
 * grpc-node.flow_control_window). The field is private: test/sync/window.test.ts notices when it moves.
 */
function http2ServersOf(server: Server): Iterable<Http2Server> {
  const servers: unknown = Reflect.get(server, 'http2Servers');
  if (!(servers instanceof Map) || servers.size === 0) {
    throw new Error('@grpc/grpc-js keeps its HTTP/2 servers elsewhere now: windows cannot be widened');
  }
  return servers.keys() as Iterable<Http2Server>;
}

function widenWindows(session: ServerHttp2Session): void {
  session.settings({ initialWindowSize: WINDOW_BYTES });
  session.setLocalWindowSize(WINDOW_BYTES);
}
