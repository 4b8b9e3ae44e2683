import type { Server, ServerResponse } from 'node:http';
import { formatAddress } from '@sluis/plugin-sdk/address';
import { createServer } from '@sluis/plugin-sdk/http-server';
import { Backoff, describe, type Logger } from '@sluis/runtime';
import type { AgentStatus } from './agent-status.ts';

export interface StatusServerOptions {
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
  status(): Promise<AgentStatus>;
}

/** Serves `/status`, `/metrics` and `/healthz`. A busy port is retried: the agent's work does not depend on being watched. */
export class StatusServer implements AsyncDisposable {
  readonly #options: StatusServerOptions;
  readonly #server: Server;
  readonly #backoff = new Backoff();
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;
  /** Why the address cannot be used at the moment. */
  problem: string | null = null;

  constructor(options: StatusServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      // What is no address, such as //, is none of the pages.
      const { pathname } = URL.parse(request.url ?? '/', 'http://agent') ?? { pathname: request.url ?? '/' };
      this.#answer(pathname, response).catch((error: unknown) => {
        options.log.error({ reason: describe(error) }, 'could not answer a request for the status');
        if (!response.headersSent)
          reply(
            response,
            500,
            'application/json',
            JSON.stringify({ error: { code: 'internal', message: describe(error) } }),
          );
      });
    });
    this.#server.on('error', (error) => this.#failed(error));
    this.#server.on('listening', () => {
      this.problem = null;
      this.#backoff.reset();
      const address = formatAddress({ host: options.host, port: this.port ?? options.port });
      options.log.info({ url: `http://${address}/status` }, 'status is served');
    });
  }

  start(): void {
    const { host, port } = this.#options;
    if (!this.#stopped) this.#server.listen({ host, port });
  }

  get port(): number | undefined {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #failed(error: Error): void {
    const { log } = this.#options;
    const problem = `cannot serve the status on ${formatAddress(this.#options)}: ${describe(error)}`;
    if (problem !== this.problem) log.warn({ reason: describe(error) }, `${problem}; trying again`);
    this.problem = problem;
    this.#retry = setTimeout(() => this.start(), this.#backoff.next());
  }

  async #answer(path: string, response: ServerResponse): Promise<void> {
    if (path === '/healthz') return reply(response, 200, 'text/plain', 'ok\n');
    if (path === '/status')
      return reply(response, 200, 'application/json', JSON.stringify(await this.#options.status()));
    if (path === '/metrics') {
      // What nobody scrapes is not measured, and takes no memory.
      const { metricsOf, metricsType } = await import('./metrics.ts');
      return reply(response, 200, metricsType, await metricsOf(await this.#options.status()));
    }
    const hint = 'there are /status, /metrics and /healthz';
    reply(
      response,
      404,
      'application/json',
      JSON.stringify({ error: { code: 'not-found', message: `there is no ${path}`, hint } }),
    );
  }
}

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}
