import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** A request's body cannot be read: the status and code of the answer. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  readonly status: number;
  readonly code: 'invalid' | 'request too large';

  constructor(message: string, options: ErrorOptions & { status: number; code: 'invalid' | 'request too large' }) {
    super(message, options);
    this.status = options.status;
    this.code = options.code;
  }
}

const BAD_REQUEST = 400;
const TOO_LARGE = 413;
const UNSUPPORTED_ENCODING = 415;

/** The body, decompressed, of at most `maxBytes` on the wire and after: whatever a sender declares, or packs tightly. */
export async function* readBody(request: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') yield* bounded(request, maxBytes);
  else if (encoding === 'gzip' || encoding === 'x-gzip') yield* gunzipped(request, maxBytes);
  else {
    const message = `the content encoding ${encoding} is not known: send gzip or none`;
    throw new BodyError(message, { status: UNSUPPORTED_ENCODING, code: 'invalid' });
  }
}

async function* gunzipped(request: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  // `pipe` passes no errors on: without this a client that goes away would leave the loop below waiting.
  request.on('error', (error) => gunzip.destroy(error));
  request.pipe(gunzip);
  try {
    yield* bounded(gunzip, maxBytes);
  } catch (error) {
    if (!isZlibError(error)) throw error;
    const message = 'the body is not gzip, or not whole; the lines before that are stored';
    throw new BodyError(message, { status: BAD_REQUEST, code: 'invalid', cause: error });
  } finally {
    request.unpipe(gunzip);
    gunzip.destroy();
  }
}

async function* bounded(body: Readable, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  // The request is answered after a fault, so it is not destroyed when the loop ends early.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

function tooLarge(maxBytes: number): BodyError {
  const message = `the body is larger than ${maxBytes} bytes (maxBody): send fewer lines at once`;
  return new BodyError(message, { status: TOO_LARGE, code: 'request too large' });
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}
