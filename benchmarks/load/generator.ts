import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LinesOptions } from './lines.ts';

/** What the generator's process is told. */
export type Order =
  | { readonly kind: 'connect'; readonly port: number; readonly lines: LinesOptions }
  | SendOrder
  | { readonly kind: 'close' };

export interface SendOrder {
  readonly kind: 'send';
  readonly samples: number;
  /** A second, however slowly they are taken; without it as fast as they are taken. */
  readonly rate?: number;
  /**
   * Time of the first slice in µs, and from one to the next. Without it a slice has the time at which it is due: a late
   * one is seen late by whoever compares it with the clock. Only with a rate.
   */
  readonly times?: { readonly first: number; readonly step: number };
}

/** An order was carried out: all is handed over to the system's socket. */
export interface Sent {
  readonly samples: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Of the generator's process meanwhile. */
  readonly cpuSeconds: number;
  /** The most that a slice was sent after it was due, in ms; 0 without a rate. */
  readonly latestMs: number;
}

/** A program of its own that sends line protocol over TCP. */
export class Generator implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the generator ended with ${code}`);
    });
    // That it ends when nothing is asked of it is no failure.
    this.#ended.catch(() => {});
  }

  /** Renders its lines and connects. */
  static async connect(port: number, lines: LinesOptions): Promise<Generator> {
    const generator = new Generator(fork(join(import.meta.dirname, 'generate-lines.ts'), { execArgv: [] }));
    await generator.#order({ kind: 'connect', port, lines });
    return generator;
  }

  send(order: Omit<SendOrder, 'kind'>): Promise<Sent> {
    return this.#order({ kind: 'send', ...order });
  }

  /** All that was sent has left, and the other end has closed, too. */
  async close(): Promise<void> {
    await this.#order({ kind: 'close' });
  }

  async #order(order: Order): Promise<Sent> {
    this.#child.send(order);
    const [sent] = (await Promise.race([once(this.#child, 'message'), this.#ended])) as [Sent];
    return sent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
