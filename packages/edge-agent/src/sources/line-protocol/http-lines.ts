import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { type Address, type Source, type SourceContext, UnavailableError } from '@sluis/plugin-sdk';
import { describe } from '../backoff.ts';
import { listen } from '../listen.ts';
import { BodyError, readBody } from './body.ts';
import type { LineProtocolConfig } from './config.ts';
import { KeyCache } from './key-cache.ts';
import { type BadLine, LineReader } from './line-reader.ts';
import { type Precision, precisions } from '../timestamp.ts';

/** Rows of one request that wait for the journal: more of its body is read when they are durable. */
const PIECE_BYTES = 512 << 10;
/** Requests that wait for the journal; one client can send many on one connection. */
const MAX_REQUESTS = 1024;
/** Bad lines that an answer lists. */
const MAX_LISTED = 100;
/** How long a client may take to read the refusal of a body that it is still sending. */
const REFUSAL_MS = 2_000;
const HTTP = {
  ok: 200,
  noContent: 204,
  badRequest: 400,
  notFound: 404,
  methodNotAllowed: 405,
  internal: 500,
  unavailable: 503,
} as const;

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

/** The `code` of InfluxDB's error answers. */
type Code = 'invalid' | 'not found' | 'method not allowed' | 'request too large' | 'unavailable' | 'internal error';

interface Refusal {
  readonly status: number;
  readonly code: Code;
  readonly message: string;
  readonly headers?: Record<string, string>;
  readonly details?: object;
}

/**
 * The write endpoint of InfluxDB's API, version 2: answers 204 once all lines are durable, 400 with the bad lines named
 * once the good ones are, 503 when the journal takes nothing now. A request may be repeated after any answer.
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

  constructor(context: SourceContext<LineProtocolConfig>, address: Address) {
    this.#context = context;
    this.#address = address;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.maxConnections = context.config.maxConnections;
    this.#server.on('drop', (peer) => context.reject('connection limit', 1, peer?.remoteAddress));
  }

  async start(): Promise<void> {
    this.#opening = listen(this.#server, { address: this.#address, context: this.#context, signal: this.#stop.signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
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
    if (reading && pathname === '/health') {
      return send(response, HTTP.ok, { name: 'sluis', message: 'ready for writes', status: 'pass', checks: [] });
    }
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
    if (this.#requests >= MAX_REQUESTS) {
      return refuse(request, response, unavailable(`${MAX_REQUESTS} requests wait already`, 1));
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

  /** Stores the lines of a request; returns undefined when all are durable. */
  async #write(request: IncomingMessage, precision: Precision): Promise<Refusal | undefined> {
    const { config, site, series } = this.#context;
    const bad = new BadLines();
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
        if (reader.rows.bytes >= PIECE_BYTES) await this.#store(reader);
      }
      reader.end(this.#context.now());
      await this.#store(reader);
      return bad.refusal();
    } catch (error) {
      if (error instanceof UnavailableError) return unavailable(error.message, error.retryAfterSeconds);
      if (error instanceof BodyError) {
        this.#context.reject('body', 1, error.message);
        return this.#storeGood(reader, { status: error.status, code: error.code, message: error.message });
      }
      if (!request.complete) {
        // The client is gone: nobody reads an answer, and what was not acknowledged it sends again.
        this.#context.log.debug({ err: error }, `a write request broke: ${describe(error)}`);
        return { status: HTTP.badRequest, code: 'invalid', message: 'the request broke' };
      }
      this.#context.log.error({ err: error }, `a write request failed: ${describe(error)}`);
      return { status: HTTP.internal, code: 'internal error', message: 'the request could not be handled' };
    }
  }

  /** What was read before the body turned out wrong is stored, then the body is refused. */
  async #storeGood(reader: LineReader, refusal: Refusal): Promise<Refusal> {
    reader.abort('the body ends within the line');
    try {
      await this.#store(reader);
      return refusal;
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      return unavailable(error.message, error.retryAfterSeconds);
    }
  }

  async #store({ rows }: LineReader): Promise<void> {
    if (rows.length > 0) await this.#context.write(rows.take(), { awaited: true });
  }
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

function unavailable(message: string, retryAfterSeconds: number): Refusal {
  const seconds = Math.max(1, Math.ceil(retryAfterSeconds));
  return { status: HTTP.unavailable, code: 'unavailable', message, headers: { 'retry-after': `${seconds}` } };
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
