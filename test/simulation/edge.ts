import { Lane, SeriesTable } from '@sluis/protocol';
import { type Dial, Uplink } from '@sluis/edge-agent/uplink';
import type { OutboxCommit } from '@sluis/edge-agent/log';
import { connect, describe, serve } from '@sluis/runtime';
import { StorageError } from '../../packages/edge-agent/src/log/storage-error.ts';
import { type OutboxLimits, Storage } from '../../packages/edge-agent/src/log/storage.ts';
import type { Random } from '../e2e/random.ts';
import type { Disk } from './disk.ts';
import type { Ledger } from './ledger.ts';
import { logTo } from './log.ts';
import { portPair } from './port.ts';
import { segmentOf, seriesOf } from './samples.ts';
import type { Trace } from './trace.ts';
import { Process, type VirtualTime } from './virtual-time.ts';

const FLUSH_MS = 1000;
/** Far less than a disk has: it is not what is tried here. */
const BALLAST_BYTES = 4096;

export interface EdgeOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly trace: Trace;
  readonly disk: Disk;
  readonly ledger: Ledger;
  readonly dial: Dial;
  readonly outbox: OutboxLimits;
  /** The agent's clock in µs, right or wrong. */
  clock(): number;
  /** Bytes per second. */
  readonly limit: number | undefined;
}

/** The agent: storage as its worker has it, the uplink, and in the place of streams a writer of numbered segments. */
export class Edge {
  readonly #options: EdgeOptions;
  #process: Process | undefined;
  #storage: Storage | undefined;
  #outbox: ReturnType<typeof connect<Pick<Storage, 'outbox' | 'journal'>>>['outbox'] | undefined;
  #uplink: Uplink | undefined;
  /** As streams do, it takes over at each start which ids series have. */
  #series = new SeriesTable();
  #durableSeries = 0;
  #lives = 0;

  constructor(options: EdgeOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  /** Undefined while the agent is down. */
  get storage(): Storage | undefined {
    return this.#storage;
  }

  start(): void {
    const { clock, dial, disk, ledger, limit, outbox: limits, random, time, trace } = this.#options;
    const process = (this.#process = new Process(`agent ${++this.#lives}`));
    time.current = process;
    const log = logTo(trace, 'agent', process);
    const options = { directory: disk.folder, now: clock, log, outbox: limits, ballastBytes: BALLAST_BYTES };
    const storage = (this.#storage = Storage.open(options));
    ledger.opened(storage.outbox);
    this.#durableSeries = storage.outbox.state().seriesCount;
    this.#series = new SeriesTable(storage.outbox.definitions({ from: 0, to: this.#durableSeries }));
    setInterval(() => {
      try {
        storage.flush();
      } catch (error) {
        trace.add('agent', `flush fails: ${describe(error)}`);
      }
    }, FLUSH_MS);
    const [near, far] = portPair(time, random);
    const { journal, outbox } = storage;
    const commit = (commit: OutboxCommit): number[] => ledger.commit(outbox, commit);
    const remint: typeof outbox.remint = () => ledger.remint(outbox);
    serve(far, { journal, outbox: methodsOf(outbox, { commit, remint }) });
    const remote = connect<Pick<Storage, 'outbox' | 'journal'>>(near, { errors: { StorageError } });
    this.#outbox = remote.outbox;
    const uplink = (this.#uplink = new Uplink({
      address: 'hub:7443',
      agent: 'press-1',
      site: 'lab',
      software: 'simulation',
      instance: Buffer.from(Array.from({ length: 16 }, () => random.whole(0, 256))).toString('hex'),
      bandwidth: { limit, schedule: [], zone: 'UTC' },
      outbox: remote.outbox,
      journal: remote.journal,
      log,
      now: clock,
      dial,
    }));
    uplink.start();
    trace.add('agent', 'starts');
  }

  /** Gives the next numbered segments to the outbox in one commit. */
  write(lanes: readonly Lane[]): void {
    const { ledger, time, trace } = this.#options;
    if (!this.#process || !this.#outbox) return;
    time.current = this.#process;
    const segments = lanes.map((lane) => {
      const number = ledger.next();
      const { path, unit } = seriesOf(number);
      return { lane, ...segmentOf(number, this.#series.intern(path, unit)) };
    });
    const definitions = { first: this.#durableSeries, series: this.#series.slice(this.#durableSeries) };
    this.#outbox
      .commit({ segments, definitions, positions: {} })
      .then(() => this.#uplink?.grown())
      .catch((error: unknown) => trace.add('agent', `a commit fails: ${describe(error)}`));
  }

  /** The machine stops dead. */
  crash(): void {
    const { disk } = this.#options;
    if (!this.#process) return;
    this.#process.alive = false;
    this.#process = undefined;
    disk.crash(() => this.#storage?.[Symbol.dispose]());
    this.#storage = undefined;
  }
}

/** An object's methods, some of them replaced. */
function methodsOf<T extends object>(object: T, replaced: Partial<T>): T {
  const methods = new Map<string | symbol, unknown>(Object.entries(replaced));
  return new Proxy(object, {
    get(target, name) {
      if (!methods.has(name)) {
        const method: unknown = Reflect.get(target, name, target);
        methods.set(name, typeof method === 'function' ? method.bind(target) : method);
      }
      return methods.get(name);
    },
  });
}
