import { once } from 'node:events';
import { Latencies } from '../measure/latency.ts';

/** What `/api/v1/live` sends. */
interface Line {
  readonly points: readonly (readonly [id: number, time: number, ...rest: unknown[]])[];
  readonly dropped: number;
}

const US_PER_MS = 1_000;

/**
 * Follows series at the hub as a page does. The time of each sample is when it was due to be sent, so that what waits
 * anywhere, in the sender too, is seen late.
 */
export class LiveSeen implements Disposable {
  readonly #socket: WebSocket;
  #latencies = new Latencies();
  #from = Infinity;
  #to = Infinity;
  /** Points that the hub left out because they came faster than this reads. */
  dropped = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#take(JSON.parse(String(data)) as Line));
  }

  static async open(hubUrl: string, paths: readonly string[]): Promise<LiveSeen> {
    const socket = new WebSocket(`${hubUrl.replace('http', 'ws')}/api/v1/live`);
    const seen = new LiveSeen(socket);
    await once(socket, 'open');
    socket.send(JSON.stringify({ subscribe: paths }));
    return seen;
  }

  /** Only samples of these times count from now on: µs since 1970. */
  count({ from, to = Infinity }: { from: number; to?: number }): void {
    this.#latencies = new Latencies();
    this.#from = from;
    this.#to = to;
  }

  /** Those seen since `count`. */
  get latencies(): Latencies {
    return this.#latencies;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #take({ points, dropped }: Line): void {
    const now = Date.now();
    this.dropped += dropped;
    for (const [, time] of points) {
      if (time >= this.#from && time < this.#to) this.#latencies.add(now - time / US_PER_MS);
    }
  }
}
