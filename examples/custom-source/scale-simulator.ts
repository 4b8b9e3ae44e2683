import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

const REPEAT_MS = 10;

/** The other end, for tests: a scale that keeps what nobody has acknowledged, and sends it again when it is asked to, or connected again. */
export class ScaleSimulator implements AsyncDisposable {
  /** Weighings that were acknowledged. */
  acknowledged = 0;
  readonly #server: Server;
  readonly #unacknowledged = new Map<string, string>();
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #number = 0;

  constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** Finds a port that nobody listens on, and does not listen there yet. */
  static async absent(): Promise<ScaleSimulator> {
    const scale = new ScaleSimulator();
    await scale.listen();
    scale.#server.close();
    await once(scale.#server, 'close');
    return scale;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Of one place at a time, µs since 1970. */
  weigh(place: string, time: number, kilograms: number): void {
    const number = String(++this.#number);
    this.#unacknowledged.set(number, `${number} ${time} ${place} ${kilograms}\n`);
    for (const socket of this.#sockets) socket.write(this.#unacknowledged.get(number) ?? '');
  }

  /** Writes what is no weighing. */
  say(line: string): void {
    for (const socket of this.#sockets) socket.write(`${line}\n`);
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => socket.destroy());
    socket.write([...this.#unacknowledged.values()].join(''));
    let rest = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#answered(socket, line);
    });
  }

  #answered(socket: Socket, line: string): void {
    const [word, ...numbers] = line.split(' ');
    for (const number of numbers) {
      if (word === 'ACK') this.acknowledged += this.#unacknowledged.delete(number) ? 1 : 0;
      else setTimeout(() => socket.write(this.#unacknowledged.get(number) ?? ''), REPEAT_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) this.#server.close();
  }
}
