import { connect, type Socket } from 'node:net';
import {
  address,
  BatchBuilder,
  defineSource,
  formatAddress,
  InvalidInputError,
  NotConnectedError,
  type Reader,
  type Reading,
  reading,
  seriesId,
  seriesPath,
  type SourceContext,
} from '@sluis/plugin-sdk';
import { z } from 'zod';

const config = z.strictObject({
  address: address.describe('Where the scale listens'),
});

/** `17 1767225600000000 belt-2 12.481`: number, µs since 1970 UTC, where it was weighed, kg. */
const WEIGHING = /^(\d{1,15}) (\d{1,16}) ([\w-]{1,64}) (-?\d{1,9}(?:\.\d{1,9})?)$/;
const LONGEST_LINE = 256;

/** Weighings of a scale with a memory: it keeps each until it hears `ACK` and its number, and sends it again after `NAK`. */
export default defineSource({
  type: 'scale',
  version: 1,
  summary: 'Weights of a scale.',
  config,
  // Connecting again, waiting for the journal and what is shown of it all: that is what `reading` does.
  create: (context) => reading(context, new Scale(context)),
});

class Scale implements Reader {
  readonly from: string;
  readonly #context: SourceContext<z.infer<typeof config>>;
  #socket: Socket | undefined;
  #chunks: AsyncIterator<string> | undefined;
  /** The beginning of a line whose end has not come. */
  #rest = '';

  constructor(context: SourceContext<z.infer<typeof config>>) {
    this.#context = context;
    this.from = `the scale at ${formatAddress(context.config.address)}`;
  }

  async connect(signal: AbortSignal): Promise<void> {
    const socket = connect({ ...this.#context.config.address });
    this.#socket = socket;
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    await new Promise<void>((resolve, reject) => {
      socket
        .once('connect', resolve)
        .once('close', () => reject(new NotConnectedError(`${this.from} does not answer`)));
      // Whatever it was, `close` follows, and that is what counts.
      socket.on('error', () => undefined);
    });
    this.#chunks = socket.setEncoding('latin1')[Symbol.asyncIterator]() as AsyncIterator<string>;
    this.#rest = '';
  }

  /** Waits for whole lines. Nothing more is taken from the socket until it is called again: that is the bound. */
  async read(): Promise<Reading> {
    for (;;) {
      const lines = this.#rest.split('\n');
      this.#rest = lines.pop() ?? '';
      if (lines.length > 0) return this.#readingOf(lines);
      if (this.#rest.length > LONGEST_LINE) throw new InvalidInputError('a line without end', { example: this.#cut() });
      this.#rest += await this.#next();
    }
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
  }

  /** The numbers of what becomes rows: only these are answered, when the journal has them. */
  #readingOf(lines: readonly string[]): Reading {
    const rows = new BatchBuilder();
    const numbers: string[] = [];
    for (const line of lines) {
      const [, number, time, place, kilograms] = WEIGHING.exec(line) ?? [];
      if (kilograms === undefined) {
        this.#context.reject('no weighing', 1, line.slice(0, LONGEST_LINE));
        continue;
      }
      const path = seriesPath(this.#context.site, [this.#context.name, place]);
      const id = seriesId(this.#context, path, 'kg');
      if (id !== undefined) rows.double(id, Number(time), Number(kilograms));
      numbers.push(number);
    }
    const acknowledge = (kept: boolean): void => {
      if (numbers.length > 0) this.#socket?.write(`${kept ? 'ACK' : 'NAK'} ${numbers.join(' ')}\n`);
    };
    return { rows: rows.take(), acknowledge };
  }

  async #next(): Promise<string> {
    const gone = `${this.from} has hung up`;
    const result = await this.#chunks?.next().catch((cause: unknown) => {
      throw new NotConnectedError(gone, { cause });
    });
    if (!result || result.done) throw new NotConnectedError(gone);
    return result.value;
  }

  #cut(): string {
    const line = this.#rest;
    this.#rest = '';
    return line.slice(0, LONGEST_LINE);
  }
}
