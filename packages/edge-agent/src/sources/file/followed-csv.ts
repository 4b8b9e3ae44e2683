import { stat } from 'node:fs/promises';
import { join, dirname } from 'node:path';
import { BatchBuilder } from '@sluis/protocol';
import type { z } from 'zod';
import { csvConfig, type CsvConfig } from '../csv/config.ts';
import { csvReaders } from '../csv/csv.ts';
import { UnavailableError } from '@sluis/plugin-sdk';
import { FakeContext, type Row } from '../fake-context.ts';
import { Follower } from './follower.ts';
import { InOrder } from './in-order.ts';

const SECOND = 1_000_000;

/** For tests: a follower of CSV files that looks when it is told to, and what of it is durable. */
export class FollowedCsv implements AsyncDisposable {
  readonly context: FakeContext<CsvConfig>;
  readonly told: string[] = [];
  readonly #path: string;
  #end = new AbortController();
  readonly #partBytes: number | undefined;
  #follower: Follower | undefined;
  #writes: InOrder | undefined;
  /** Something was waited for that is there now. */
  #changed = false;

  constructor(
    path: string,
    { partBytes, ...config }: Partial<z.input<typeof csvConfig>> & { partBytes?: number } = {},
  ) {
    this.#partBytes = partBytes;
    this.#path = path;
    this.context = new FakeContext(
      csvConfig.parse({ type: 'csv', path, time: 't', unit: 's', series: 'm/{column}', ...config }),
    );
    const tell = (_: unknown, message: string) => void this.told.push(message);
    Object.assign(this.context.log, { info: tell, warn: tell, error: tell });
    this.begin();
  }

  /** A life: it knows what the one before has committed. */
  begin(): void {
    const { context } = this;
    const rows = new BatchBuilder();
    const changed = () => {
      this.#changed = true;
      this.#follower?.showState();
    };
    this.#writes = new InOrder({ context, end: this.#end.signal, changed });
    const createReader = csvReaders(context)(rows);
    this.#follower = new Follower({
      context,
      path: this.#path,
      lastLine: context.config.lastLine,
      rows,
      writes: this.#writes,
      createReader,
      partBytes: this.#partBytes,
    });
  }

  async stop(): Promise<void> {
    await this.#follower?.close();
    this.#follower = undefined;
  }

  async restart(): Promise<void> {
    await this.stop();
    this.begin();
  }

  /** Dies at the write after so many, having read on as it may, and begins again. */
  async crash(writes: number): Promise<void> {
    const { context } = this;
    const end = this.#end;
    const write = context.write.bind(context);
    let left = writes;
    context.write = (...args) => {
      if (left-- > 0) return write(...args);
      end.abort();
      return Promise.reject(new UnavailableError('dead'));
    };
    await this.poll();
    context.write = write;
    this.#end = new AbortController();
    await this.restart();
  }

  /** Looks until there is nothing more to read; returns the values of all rows that are durable. */
  async poll(): Promise<Row['value'][]> {
    do {
      this.#changed = false;
      while (await this.#follower?.poll(this.#end.signal));
      await this.#writes?.settled();
    } while (this.#changed);
    return this.context.stored.map(({ value }) => value);
  }

  /** Looks once, and waits for nothing that is under way. */
  async look(): Promise<void> {
    await this.#follower?.poll(this.#end.signal);
  }

  /** Lets seconds pass. */
  wait(seconds: number): void {
    this.context.clock += seconds * SECOND;
  }

  get state() {
    return this.context.states.at(-1) ?? { state: 'starting' };
  }

  sizeOf(name: string) {
    return stat(join(dirname(this.#path), name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.stop();
  }
}
