import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Address, describeError, type Source, type SourceContext, UnavailableError } from '@sluis/plugin-sdk';
import { createServer } from '@sluis/plugin-sdk/http-server';
import { letGoOfRows } from '@sluis/protocol';
import { listen, listening } from '../listen.ts';
import { BodyError, readBody } from './body.ts';
import type { LineProtocolConfig } from './config.ts';
import { KeyCache } from './key-cache.ts';
import { type BadLine, LineReader } from './line-reader.ts';
import { type Precision, precisions } from '../timestamp.ts';

/** Rows of one request that wait for the journal: more of its body is read when they are durable. */
const PIECE_BYTES = 512 << 10;
/** Bad lines that an answer lists. */
const MAX_LISTED = 100;
/** How long a client may take to read the refusal of a body that it is still sending. */
const REFUSAL_MS = 2_000;
/** Nobody is told to repeat any more when no request was refused for so long: who was told has come back by then. */
const QUIET_MS = 10_000;
const QUIET_RETRIES = 3;
const MS_PER_SECOND = 1_000;
const MICROSECONDS_PER_MS = 1_000;
/** Requests that take too long are looked for at least so often. */
const LONGEST_CHECK_MS = 5_000;
const HTTP = {
  ok: 200,
  noContent: 204,
  badRequest: 400,
  notFound: 404,
  methodNotAllowed: 405,
  internal: 500,
  tooManyRequests: 429,
  unavailable: 503,
} as const;

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

/** The `code` of InfluxDB's error answers. */
type Code =
  | 'invalid'
  | 'not found'
  | 'method not allowed'
  | 'request too large'
  | 'too many requests'
  | 'internal error';

interface Refusal {
  readonly status: number;
  readonly code: Code;
  readonly message: string;
  readonly headers?: Record<string, string>;
  readonly details?: object;
}

/**
 * The write endpoint of InfluxDB's API, version 2: answers 204 once all lines are durable, 400 with the bad lines named
 * once the good ones are, 429 with Retry-After when the journal takes nothing now. A request may be repeated after any answer.
 *
 * A body is stored whole or not at all if its rows fit into one piece, some 20,000 numbers. Of a longer one the journal may
 * have taken the beginning when it refuses the rest: the answer says how much. To repeat all of it is right there, too.
 * https://docs.influxdata.com/influxdb/v2/api/#operation/PostWrite
 */
export class HttpLines implements Source {
  readonly #context: SourceContext<LineProtocolConfig>;
  readonly #address: Address;
  readonly #server: Server;
  readonly #keys = new KeyCache();
  readonly #stop = new AbortController();
  #opening: Promise<void> | undefined;
  #requests = 0;
  /** Why the journal took nothing the last time, while that is not long ago. */
  #refusal: string | undefined;
  #quiet: NodeJS.Timeout | undefined;

  constructor(context: SourceContext<LineProtocolConfig>, address: Address) {
    this.#context = context;
    this.#address = address;
    const timeoutMs = context.config.timeout / MICROSECONDS_PER_MS;
    const timeouts = {
      requestTimeout: timeoutMs,
      headersTimeout: timeoutMs,
      connectionsCheckingInterval: Math.min(timeoutMs / 2, LONGEST_CHECK_MS),
    };
    this.#server = createServer(timeouts, (request, response) => void this.#answer(request, response));
    this.#server.maxConnections = context.config.maxConnections;
    this.#server.on('drop', (peer) => context.reject('connection limit', 1, peer?.remoteAddress));
  }

  async start(): Promise<void> {
    this.#opening = listen(this.#server, { address: this.#address, context: this.#context, signal: this.#stop.signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#quiet);
    await this.#opening;
    await new Promise((resolve) => {
      this.#server.close(resolve);
      // Who has not been answered repeats the request.
      this.#server.closeAllConnections();
    });
    this.#context.state('stopped');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? '/', 'http://localhost');
    if (!url) {
      return refuse(request, response, { status: HTTP.badRequest, code: 'invalid', message: 'the URL cannot be read' });
    }
    const { pathname, searchParams } = url;
    const reading = request.method === 'GET' || request.method === 'HEAD';
    if (reading && pathname === '/ping') return void response.writeHead(HTTP.noContent).end();
    if (reading && pathname === '/health') return this.#answerHealth(response);
    if (pathname !== '/api/v2/write') {
      return refuse(request, response, {
        status: HTTP.notFound,
        code: 'not found',
        message: `there is no ${pathname} here: lines go to POST /api/v2/write`,
      });
    }
    if (request.method !== 'POST') {
      return refuse(request, response, {
        status: HTTP.methodNotAllowed,
        code: 'method not allowed',
        message: 'lines are written with POST',
        headers: { allow: 'POST' },
      });
    }
    const precision = searchParams.get('precision') ?? 'ns';
    if (!Object.hasOwn(precisions, precision)) {
      this.#context.reject('precision', 1, precision);
      const message = `the precision "${precision}" is not known: use ns, us, ms or s`;
      return refuse(request, response, { status: HTTP.badRequest, code: 'invalid', message });
    }
    const { maxRequests } = this.#context.config;
    if (this.#requests >= maxRequests) {
      this.#context.reject('request limit', 1, request.socket.remoteAddress);
      return refuse(request, response, tooMany(`${maxRequests} requests are under way (maxRequests): repeat it`));
    }
    this.#requests++;
    try {
      const refusal = await this.#write(request, precisions[precision as keyof typeof precisions]);
      if (refusal) refuse(request, response, refusal);
      else response.writeHead(HTTP.noContent).end();
    } finally {
      this.#requests--;
    }
  }

  #answerHealth(response: ServerResponse): void {
    const about = { name: 'sluis', checks: [] };
    if (this.#refusal === undefined) {
      send(response, HTTP.ok, { ...about, status: 'pass', message: 'ready for writes' });
    } else send(response, HTTP.unavailable, { ...about, status: 'fail', message: this.#refusal });
  }

  /** Stores the lines of a request; returns undefined when all are durable. */
  async #write(request: IncomingMessage, precision: Precision): Promise<Refusal | undefined> {
    const { config, site, series } = this.#context;
    const bad = new BadLines();
    const progress: Progress = { stored: 0 };
    const reader = new LineReader({
      site,
      series,
      keys: this.#keys,
      precision,
      maxLine: config.maxLine,
      bad: (line) => {
        bad.add(line);
        const client = request.socket.remoteAddress ?? 'gone';
        this.#context.reject(
          line.fault,
          1,
          `${client} line ${line.line}, column ${line.column}: ${line.reason}: ${line.text}`,
        );
      },
    });
    try {
      for await (const chunk of readBody(request, config.maxBody)) {
        reader.push(chunk, this.#context.now());
        if (reader.rows.bytes >= PIECE_BYTES) await this.#store(reader, progress);
      }
      reader.end(this.#context.now());
      await this.#store(reader, progress);
      this.#showTaking();
      return bad.refusal();
    } catch (error) {
      if (error instanceof UnavailableError) return this.#unavailable(error, progress);
      if (error instanceof BodyError) {
        this.#context.reject('body', 1, error.message);
        return this.#storeGood(reader, progress, { status: error.status, code: error.code, message: error.message });
      }
      if (!request.complete) {
        // The client is gone, or was too slow: nobody reads an answer, and what was not acknowledged it sends again.
        this.#context.reject('incomplete request', 1, request.socket.remoteAddress);
        this.#context.log.debug({ err: error }, `a write request broke: ${describeError(error)}`);
        return { status: HTTP.badRequest, code: 'invalid', message: 'the request broke' };
      }
      this.#context.log.error({ err: error }, `a write request failed: ${describeError(error)}`);
      return { status: HTTP.internal, code: 'internal error', message: 'the request could not be handled' };
    }
  }

  /** What was read before the body turned out wrong is stored, then the body is refused. */
  async #storeGood(reader: LineReader, progress: Progress, refusal: Refusal): Promise<Refusal> {
    reader.abort('the body ends within the line');
    try {
      await this.#store(reader, progress);
      return refusal;
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      return this.#unavailable(error, progress);
    }
  }

  async #store({ rows }: LineReader, progress: Progress): Promise<void> {
    const { length } = rows;
    if (length === 0) return;
    const taken = rows.take();
    await this.#context.write(taken, { awaited: true });
    letGoOfRows(taken);
    progress.stored += length;
  }

  #unavailable({ message, retryAfterSeconds }: UnavailableError, { stored }: Progress): Refusal {
    this.#refusal = `senders are told to repeat what they send: ${message}`;
    this.#context.state('degraded', this.#refusal);
    clearTimeout(this.#quiet);
    const quietMs = Math.max(QUIET_MS, retryAfterSeconds * MS_PER_SECOND * QUIET_RETRIES);
    if (!this.#stop.signal.aborted) this.#quiet = setTimeout(() => this.#showTaking(), quietMs).unref();
    const partly = `; ${stored} samples of this body are stored: repeat all of it, those with a time count once`;
    return { ...tooMany(stored > 0 ? message + partly : message, retryAfterSeconds), details: { stored } };
  }

  #showTaking(): void {
    if (this.#refusal === undefined) return;
    this.#refusal = undefined;
    clearTimeout(this.#quiet);
    this.#context.state('running', listening(this.#server));
  }
}

/** How far a request has come. */
interface Progress {
  /** Samples of it that are durable. */
  stored: number;
}

/** What was wrong with a request's lines, as the answer names it. */
class BadLines {
  readonly #listed: BadLine[] = [];
  #count = 0;

  add(line: BadLine): void {
    this.#count++;
    if (this.#listed.length < MAX_LISTED) this.#listed.push(line);
  }

  refusal(): Refusal | undefined {
    if (this.#count === 0) return undefined;
    const [first] = this.#listed;
    const others = this.#count > 1 ? ` and ${this.#count - 1} more` : '';
    return {
      status: HTTP.badRequest,
      code: 'invalid',
      message: `line ${first.line}, column ${first.column}: ${first.reason}${others}; all other lines are stored`,
      details: {
        line: first.line,
        rejected: this.#count,
        errors: this.#listed.map(({ line, column, reason, text }) => ({ line, column, reason, text })),
      },
    };
  }
}

function tooMany(message: string, retryAfterSeconds = 1): Refusal {
  const seconds = Math.max(1, Math.ceil(retryAfterSeconds));
  const headers = { 'retry-after': `${seconds}` };
  return { status: HTTP.tooManyRequests, code: 'too many requests', message, headers };
}

function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const { status, code, message, headers, details } = refusal;
  if (response.destroyed) return;
  const answer = { code, message, ...details };
  if (request.complete) send(response, status, answer, headers);
  else sendEarly(request, response, { status, body: answer, headers });
}

/**
 * Answers a client that is still sending. If the connection were closed now, what is on its way would reset it, and the
 * answer could be lost; so the answer is whole at once, and the connection closes when the client is done, or was given
 * time to read.
 */
function sendEarly(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body, headers }: { status: number; body: object; headers: Record<string, string> | undefined },
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...JSON_HEADERS,
    'content-length': Buffer.byteLength(text),
    connection: 'close',
    ...headers,
  });
  response.write(text);
  const giveUp = setTimeout(() => request.destroy(), REFUSAL_MS);
  request.once('close', () => clearTimeout(giveUp));
  request.once('end', () => response.end());
  request.resume();
}

function send(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...JSON_HEADERS, ...headers });
  response.end(JSON.stringify(body));
}
