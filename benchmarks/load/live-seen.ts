import { once } from 'node:events';
import { Latencies } from '../measure/latency.ts';

/** What `/api/v1/live` sends. */
interface Line {
  readonly points: readonly (readonly [id: number, time: number, ...rest: unknown[]])[];
  readonly dropped: number;
}

const US_PER_MS = 1_000;
const US_PER_SECOND = 1e6;

/** Latencies of samples whose times are in a span of time. */
class Span {
  readonly latencies = new Latencies();
  readonly #from: number;
  #to = Infinity;

  constructor(from: number) {
    this.#from = from;
  }

  /** µs since 1970: samples from here on are no part of it, those before it still are when they are seen. */
  end(to: number): void {
    this.#to = to;
  }

  /** Its length, once it has an end. */
  get seconds(): number {
    return (this.#to - this.#from) / US_PER_SECOND;
  }

  take(time: number, ms: number): void {
    if (time >= this.#from && time < this.#to) this.latencies.add(ms);
  }
}

/**
 * Follows series at the hub as a page does. The time of each sample is when it was due to be sent, so that what waits
 * anywhere, in the sender too, is seen late.
 */
export class LiveSeen implements Disposable {
  readonly #socket: WebSocket;
  readonly #spans: Span[] = [];
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

  /** Of samples from this time on (µs since 1970), as they are seen from now on. */
  span({ from }: { from: number }): Span {
    const span = new Span(from);
    this.#spans.push(span);
    return span;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #take({ points, dropped }: Line): void {
    const now = Date.now();
    this.dropped += dropped;
    for (const [, time] of points) {
      for (const span of this.#spans) span.take(time, now - time / US_PER_MS);
    }
  }
}
