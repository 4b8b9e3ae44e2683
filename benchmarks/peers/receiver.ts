import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Counts, Window } from './peer.ts';

/**
 * Takes what peers post: `/raw` with a sample a line, `/windows` with a window a line, either also as an array in JSON, and answers 204. It counts lines,
 * and keeps the text of windows until it is asked for them: a receiver that costs less than any real one.
 */
export class Receiver implements AsyncDisposable {
  readonly #server: Server;
  #samples = 0;
  #windows: string[] = [];

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const items = body[0] === ARRAY ? (JSON.parse(body.toString()) as unknown[]) : undefined;
      if (request.url === '/raw') this.#samples += items?.length ?? linesIn(body);
      else this.#windows.push(...(items?.map((item) => JSON.stringify(item)) ?? textLines(body)));
      response.writeHead(204).end();
    });
  }

  static async open(): Promise<Receiver> {
    const receiver = new Receiver();
    // A connection that is closed for being idle just when a peer uses it again would cost the peer a batch.
    receiver.#server.keepAliveTimeout = 0;
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  received(): Counts {
    return { samples: this.#samples, windows: this.#windows.length };
  }

  windows(read: (line: string) => Window): Window[] {
    return this.#windows.map(read);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const LINE_END = 10;
const ARRAY = '['.charCodeAt(0);

function textLines(body: Buffer): string[] {
  return body.toString().split('\n').filter(Boolean);
}

/** The last line may lack its end. */
export function linesIn(bytes: Uint8Array): number {
  let lines = bytes.length > 0 && bytes.at(-1) !== LINE_END ? 1 : 0;
  for (let at = bytes.indexOf(LINE_END); at >= 0; at = bytes.indexOf(LINE_END, at + 1)) lines++;
  return lines;
}
