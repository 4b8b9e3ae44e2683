import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

const US_PER_MS = 1000;
const NS_DIGITS = -3;

/** Takes line protocol over TCP and posts it as arrays of objects, for programs that take neither. */
export class LinesToJson implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(url: string) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      void this.#forward(socket, url).catch((error: unknown) => socket.destroy(error as Error));
      socket.on('error', (error) => console.error(`lines to JSON: ${error.message}`));
    });
  }

  static async open(url: string): Promise<LinesToJson> {
    const bridge = new LinesToJson(url);
    bridge.#server.listen(0, '127.0.0.1');
    await once(bridge.#server, 'listening');
    return bridge;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** One post after another: what is not yet taken waits in the socket. */
  async #forward(socket: Socket, url: string): Promise<void> {
    let rest = '';
    for await (const chunk of socket.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      if (lines.length === 0) continue;
      const body = JSON.stringify(lines.map(sampleOf));
      const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
      if (!response.ok) throw new Error(`${response.status} for ${lines.length} lines`);
      await response.arrayBuffer();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** A line as the generator sends it; time in ms. */
export function sampleOf(line: string): { machine: string; value: number; time: number } {
  const [head, field, time] = line.split(' ');
  return {
    machine: head.slice(head.indexOf('=') + 1),
    value: Number(field.slice(field.indexOf('=') + 1)),
    time: Math.floor(Number(time.slice(0, NS_DIGITS)) / US_PER_MS),
  };
}
