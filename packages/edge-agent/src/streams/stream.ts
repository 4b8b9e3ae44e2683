import { type Log, OperatorState, type StateImage } from '@sluis/plugin-sdk';
import { faultOfBatch, type SampleBatch, type SeriesTable, withoutLongTexts } from '@sluis/protocol';
import { describe } from '@sluis/runtime';
import { type Observable, Subject } from '@sluis/plugin-sdk/rxjs';
import { operatorOf } from '../operators/index.ts';
import type { StreamDeclaration } from './check-streams.ts';

export interface StreamOptions {
  readonly name: string;
  readonly declaration: StreamDeclaration;
  /** The host's ids. */
  readonly series: SeriesTable;
  /** Samples that each of its operators may remember at most. */
  readonly remembered?: number | undefined;
  /** It has had samples that it will not get again: its operators are to lead to nothing that these belong to. */
  readonly isCut?: boolean | undefined;
  readonly log: Log;
}

/** An operator of a stream threw, ended, or emitted a batch that is none, or when nothing was given to it. Only this stream is affected. */
export class StreamFault extends Error {
  override readonly name = 'StreamFault';
}

/** The state of each operator, in order; usable only for a chain of the same fingerprint. */
export interface StreamImage {
  readonly fingerprint: string;
  readonly operators: readonly StateImage[];
}

/** One life of a stream: its chain of operators, from a state to a fault. */
export class Stream {
  readonly name: string;
  /** Says which operators, versions and configurations the state belongs to. */
  readonly fingerprint: string;
  readonly #from: ReadonlySet<string>;
  readonly #input = new Subject<SampleBatch>();
  readonly #states: OperatorState[] = [];
  #dropped: Record<string, number> = {};
  readonly #series: SeriesTable;
  #emitted: SampleBatch[] | undefined;
  #fault: StreamFault | undefined;

  constructor({ name, declaration, series, remembered, isCut, log }: StreamOptions) {
    this.name = name;
    this.fingerprint = fingerprintOf(declaration);
    this.#series = series;
    this.#from = new Set(declaration.from);
    let chain: Observable<SampleBatch> = this.#input;
    for (const step of declaration.steps) {
      const { operator, config } = operatorOf(step);
      const state = new OperatorState(series, { remembered, isCut });
      this.#states.push(state);
      const count = this.#drop.bind(this);
      chain = chain.pipe(operator.create({ config, state, series, stream: name, log, count }));
    }
    chain.subscribe({
      next: (batch) => this.#emit(batch),
      error: (cause) =>
        (this.#fault ??= new StreamFault(`an operator of '${name}' failed: ${describe(cause)}`, { cause })),
      complete: () => (this.#fault ??= new StreamFault(`an operator of '${name}' ended`)),
    });
  }

  /** True if the stream takes the entries of this source; ticks ('') concern all. */
  takes(source: string): boolean {
    return source === '' || this.#from.has(source);
  }

  /** Everything that the batch leads to. Throws {@link StreamFault}, after which this life is over. */
  next(batch: SampleBatch): SampleBatch[] {
    const emitted: SampleBatch[] = [];
    this.#emitted = emitted;
    if (!this.#fault) this.#input.next(batch);
    this.#emitted = undefined;
    if (this.#fault) throw this.#fault;
    return emitted;
  }

  /** Rows dropped since the last call, by reason. */
  takeDropped(): Record<string, number> {
    const dropped = this.#dropped;
    this.#dropped = {};
    return dropped;
  }

  snapshot(): StreamImage {
    return { fingerprint: this.fingerprint, operators: this.#states.map((state) => state.snapshot()) };
  }

  restore(image: StreamImage): void {
    this.#states.forEach((state, i) => state.restore(image.operators[i]));
  }

  /** Throws nothing: RxJS would throw it again later, where it would end the agent. */
  #emit(batch: SampleBatch): void {
    if (this.#emitted === undefined) {
      this.#fault ??= new StreamFault(`an operator of '${this.name}' emitted outside of next: it must be synchronous`);
      return;
    }
    try {
      const fault = faultOfBatch(batch, this.#series);
      if (fault) this.#fault ??= new StreamFault(`an operator of '${this.name}' emitted a malformed batch, ${fault}`);
      else this.#take(batch, this.#emitted);
    } catch (cause) {
      this.#fault ??= new StreamFault(`an operator of '${this.name}' emitted what cannot be read: ${describe(cause)}`, {
        cause,
      });
    }
  }

  #take(batch: SampleBatch, emitted: SampleBatch[]): void {
    // Sources give no such texts, but an operator may make one.
    const fitting = withoutLongTexts(batch);
    if (fitting.length < batch.length) this.#drop('text too long', batch.length - fitting.length);
    if (fitting.length > 0) emitted.push(fitting);
  }

  #drop(reason: string, rows: number): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + rows;
  }
}

function fingerprintOf({ steps }: StreamDeclaration): string {
  return JSON.stringify(
    steps.map((step) => {
      const { operator, config } = operatorOf(step);
      return [operator.name, operator.version, config];
    }),
  );
}
