import type { Source, SourceDefinition } from '../source.ts';
import { UnavailableError } from '../source.ts';
import { FakeContext } from './fake-context.ts';
import { until } from './until.ts';

/** What a source reads from, as a test arranges it: a file, a broker, a device or a client that sends. */
export interface Machine extends AsyncDisposable {
  /** Of the source, as written in a file. */
  readonly config: unknown;
  /** Puts in place what the source waits for, such as the file or the broker: until then it is absent. */
  appear?(): Promise<void>;
  /**
   * Sends so many samples more, each of another series or time than all before, and repeats what its protocol has it repeat. Resolves when
   * they are sent, whether acknowledged or not. `context` tells where a source listens, in its state.
   */
  send(count: number, context: FakeContext<unknown>): Promise<void>;
  /** Samples that the source has acknowledged; absent where the protocol has no acknowledgement. */
  acknowledged?(): number;
  /** The source goes on where an earlier life had come to, so that no sample is there twice. */
  readonly resumes?: boolean;
}

export interface SourceLimits {
  /** How long anything may take; unless given, a minute. */
  readonly withinMs?: number;
  /** How long a source may take to stop; unless given, 5 s. */
  readonly stopWithinMs?: number;
  /** What may be handed over and not durable yet; unless given, 32 MiB. */
  readonly inFlightBytes?: number;
}

export interface SourceCase<M extends Machine = Machine> {
  /** Told apart from other cases of the source by this. */
  readonly title?: string;
  arrange(): Promise<M>;
  /** Sends more than {@link SourceLimits.inFlightBytes}, until the source takes no more. Without it bounds are not looked at. */
  flood?(machine: M, context: FakeContext<unknown>): Promise<void>;
  readonly limits?: SourceLimits;
}

const STOP_WITHIN_MS = 5_000;
const IN_FLIGHT_BYTES = 32 << 20;
/** Samples that a check sends at a time. */
const SOME = 10;
/** Turns of the event loop after which what was not to happen has not happened. */
const TURNS = 20;

/** A source and its machine in one test. */
class Rig implements AsyncDisposable {
  readonly machine: Machine;
  readonly limits: SourceLimits;
  readonly #definition: SourceDefinition<unknown>;
  readonly #lives: FakeContext<unknown>[] = [];
  /** Of the present life. */
  context: FakeContext<unknown>;
  /** Writes when the source said that it had stopped. */
  writesUntilStop = 0;
  #source: Source | undefined;

  constructor(definition: SourceDefinition<unknown>, machine: Machine, limits: SourceLimits = {}) {
    this.#definition = definition;
    this.machine = machine;
    this.limits = limits;
    this.context = this.#newContext([]);
  }

  /** A life, which knows what the one before has committed. */
  async start(): Promise<void> {
    this.context = this.#newContext(this.context.cursors);
    this.#lives.push(this.context);
    this.#source = this.#definition.create(this.context);
    await this.#source.start();
  }

  async running(): Promise<void> {
    await this.until('the state is running', () => this.context.current === 'running');
  }

  send(count = SOME): Promise<void> {
    return this.machine.send(count, this.context);
  }

  until(what: string, condition: () => boolean): Promise<void> {
    const { withinMs } = this.limits;
    return until(
      `${what} (now ${JSON.stringify(this.context.states.at(-1))})`,
      condition,
      withinMs ? { withinMs } : {},
    );
  }

  /** Samples that are durable in all lives, each counted once. */
  get kept(): number {
    return new Set(this.#lives.flatMap(({ samples }) => samples.map(({ series, time }) => `${time} ${series}`))).size;
  }

  /** The same, as often as they were handed over. */
  get keptRows(): number {
    return this.#lives.reduce((sum, { samples }) => sum + samples.length, 0);
  }

  /** Throws if the source takes longer than it may. */
  async stop(): Promise<void> {
    const { stopWithinMs = STOP_WITHIN_MS } = this.limits;
    const source = this.#source;
    if (!source) return;
    this.#source = undefined;
    let hasStopped = false;
    const stopping = Promise.resolve(source[Symbol.asyncDispose]()).then(() => {
      hasStopped = true;
      this.writesUntilStop = this.context.writes;
    });
    const stopped = until('the source has stopped', () => hasStopped, { withinMs: stopWithinMs });
    await Promise.race([Promise.all([stopping, stopped]), stopped]);
    if (this.context.current !== 'stopped')
      fail(`a source that has stopped says 'stopped', not '${this.context.current}'`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.context.refusal = undefined;
    this.context.release();
    await this.#source?.[Symbol.asyncDispose]();
    await this.machine[Symbol.asyncDispose]();
    if (this.context.faults.length > 0) fail(`the source ${this.context.faults[0]}`);
  }

  #newContext(cursors: Iterable<readonly [string, string]>): FakeContext<unknown> {
    return new FakeContext(this.#definition.config.parse(this.machine.config), { cursors });
  }
}

function fail(message: string): never {
  throw new Error(message);
}

async function turns(): Promise<void> {
  for (let i = 0; i < TURNS; i++) await new Promise((resolve) => setImmediate(resolve));
}

type Check = (rig: Rig, one: SourceCase) => Promise<void>;

/** What is tried of every source, by what it must do. */
const checks: Readonly<Record<string, Check>> = {
  'starts though what it reads is absent, says so, and finds it': async (rig) => {
    await rig.start();
    if (rig.machine.appear) {
      const isToldOf = (): boolean => rig.context.current === 'waiting' || rig.context.current === 'degraded';
      await rig.until('the state is waiting or degraded', isToldOf);
      await rig.machine.appear();
    }
    await rig.running();
    await rig.send();
    await rig.until('what was sent is durable', () => rig.kept >= SOME);
  },

  'acknowledges what is durable, not before': async (rig) => {
    await begin(rig);
    rig.context.hold = true;
    await rig.send();
    await rig.until('rows are handed over', () => rig.context.held.length > 0);
    await turns();
    const early = rig.machine.acknowledged?.() ?? 0;
    if (early > 0) fail(`${early} samples were acknowledged before they were durable`);
    rig.context.release();
    await rig.until('what was sent is durable', () => rig.kept >= SOME);
    await rig.until('what is durable is acknowledged', () => (rig.machine.acknowledged?.() ?? SOME) >= SOME);
  },

  'acknowledges nothing that the journal refused, and loses none of it': async (rig) => {
    await begin(rig);
    rig.context.refusal = new UnavailableError('the disk is full');
    await rig.send();
    await rig.until('rows are handed over', () => rig.context.writes > 0);
    await turns();
    const early = rig.machine.acknowledged?.() ?? 0;
    if (early > 0) fail(`${early} samples were acknowledged that the journal refused`);
    rig.context.refusal = undefined;
    await rig.until('what was refused is durable', () => rig.kept >= SOME);
    await rig.running();
  },

  'stops in time while nothing becomes durable, and hands over nothing more': async (rig) => {
    await begin(rig);
    rig.context.hold = true;
    await rig.send();
    await rig.until('rows are handed over', () => rig.context.held.length > 0);
    await rig.stop();
    rig.context.release();
    await turns();
    if (rig.context.writes > rig.writesUntilStop) fail('rows were handed over after the source had stopped');
  },

  'goes on where it was': async (rig) => {
    await begin(rig);
    await rig.send();
    await rig.until('what was sent is durable', () => rig.kept >= SOME);
    await rig.stop();
    await rig.start();
    await rig.running();
    await rig.send();
    await rig.until('what was sent to both lives is durable', () => rig.kept >= 2 * SOME);
    if (rig.machine.resumes && rig.keptRows > rig.kept) {
      fail(`${rig.keptRows} rows were kept in two lives, of ${rig.kept} samples that were sent`);
    }
  },
};

/** Done where a case can flood a source. */
const FLOOD = 'takes no more than it may while nothing becomes durable';

const floodCheck: Check = async (rig, { flood }) => {
  const { inFlightBytes = IN_FLIGHT_BYTES } = rig.limits;
  await begin(rig);
  rig.context.hold = true;
  await flood?.(rig.machine, rig.context);
  const bytes = rig.context.held.reduce((sum, write) => sum + write.bytes, 0);
  if (bytes > inFlightBytes) fail(`${bytes} bytes are handed over and not durable: ${inFlightBytes} at most`);
};

async function begin(rig: Rig): Promise<void> {
  await rig.machine.appear?.();
  await rig.start();
  await rig.running();
}

/** Names of the checks that a case allows. */
export function sourceChecksOf({ flood }: SourceCase): string[] {
  return [...Object.keys(checks), ...(flood ? [FLOOD] : [])];
}

/** Does one of {@link sourceChecksOf} with a machine of its own. Rejects with what the source did not do. */
export async function checkSource<Config>(
  definition: SourceDefinition<Config>,
  check: string,
  one: SourceCase,
): Promise<void> {
  await using rig = new Rig(definition as SourceDefinition<unknown>, await one.arrange(), one.limits);
  await (check === FLOOD ? floodCheck : checks[check])(rig, one);
  await rig.stop();
}
