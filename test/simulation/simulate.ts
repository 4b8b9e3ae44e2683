import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../packages/cloud-hub/src/store/database.ts';
import { Random } from '../e2e/random.ts';
import { Disk, replaceSqlite, temporaryRoot } from './disk.ts';
import { Edge } from './edge.ts';
import { planFaults } from './faults.ts';
import { Hub } from './hub.ts';
import { Ledger } from './ledger.ts';
import type { Mix } from './mix.ts';
import { Network } from './network.ts';
import { drawScenario } from './scenario.ts';
import { Trace } from './trace.ts';
import { type Done, verify } from './verify.ts';
import { enter, VirtualTime } from './virtual-time.ts';

/** The agent's and the hub's clock when a simulation begins, in µs. */
const BEGIN = Date.UTC(2026, 0) * 1000;
/** Once nothing is wrong any more, all is at the hub within so long: pauses between attempts go up to 10 s. */
const DRAIN_MS = 240_000;
/** Then the agent reports the rest: each 5 s, and a lost connection is noticed within 30 s. */
const REST_MS = 60_000;
/** Of those that are written then, the second surely tells what came of all. */
const REPORTS = 2;
const STEP_MS = 1_000;

export interface Simulated {
  /** What is wrong, for people; empty if all promises were kept. */
  readonly problems: readonly string[];
  readonly trace: Trace;
}

/** What the simulations of a process share. */
export class Simulator implements Disposable {
  readonly #root = temporaryRoot();
  /** An empty store of the hub, which takes less time to copy than to make. */
  readonly #template: string;
  readonly #mix: Mix;

  constructor(mix: Mix) {
    this.#mix = mix;
    replaceSqlite();
    const folder = join(this.#root, 'template');
    mkdirSync(folder);
    openDatabase(folder).close();
    this.#template = join(folder, 'store.sqlite');
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** One agent and one hub, from the first connection to the last ack. The same seed does the same. */
  async run(seed: number): Promise<Simulated> {
    const time = new VirtualTime();
    const random = new Random(seed);
    enter(time, random);
    const trace = new Trace(() => time.now, this.#root);
    const problems: string[] = [];
    const violated = (what: string): void => {
      trace.add('check', what);
      problems.push(what);
    };
    const mix = this.#mix;
    const scenario = drawScenario(random, mix);
    trace.add('scenario', JSON.stringify(scenario));
    const ledger = new Ledger();
    const skew = { us: 0 };
    const clock = (): number => BEGIN + Math.round(time.now * 1000) + skew.us;
    const disks = { edge: new Disk(this.#root, 'edge'), hub: new Disk(this.#root, 'hub') };
    const { conditions, limit, outbox } = scenario;
    const hub = new Hub({
      time,
      random,
      trace,
      disk: disks.hub,
      template: this.#template,
      clock: () => BEGIN + Math.round(time.now * 1000),
      violated,
      failed: () => time.after(0, () => faults.crashHub({ forMs: 500 }), time.world),
    });
    const network = new Network({ time, random, trace, hub: () => (hub.isUp ? hub : undefined), conditions });
    const edge = new Edge({
      time,
      random,
      trace,
      disk: disks.edge,
      ledger,
      dial: network.dial,
      outbox,
      clock,
      limit,
    });
    const done: Done = { edgeRestored: false, edgeCrashed: false, edgeFailed: false, hubRestored: false };
    const faults = planFaults({ time, random, trace, network, edge, hub, disks, ledger, done, skew, scenario, mix });
    const unhandled = (error: unknown): void => violated(`nobody handled ${String(error)}`);
    process.on('unhandledRejection', unhandled);
    try {
      hub.reset();
      hub.start();
      edge.start();
      await time.pass(scenario.durationMs);
      faults.end();
      trace.add('world', 'all is well from here on');
      await this.#drain({ time, edge, network, violated });
      const { reportsWritten } = network;
      await time.pass(time.now + REST_MS, () => network.latestReport >= reportsWritten + REPORTS);
      await time.pass(time.now + STEP_MS);
      const { storage } = edge;
      const mayShed = outbox.whenFull !== undefined;
      if (storage) for (const problem of verify({ ledger, storage, hub, done, mayShed })) violated(problem);
    } catch (error) {
      violated(`it threw ${error instanceof Error ? error.stack : String(error)}`);
    } finally {
      process.off('unhandledRejection', unhandled);
      edge.crash();
      hub.crash();
      for (const disk of Object.values(disks)) disk.dispose();
    }
    return { problems, trace };
  }

  async #drain({ time, edge, network, violated }: Draining): Promise<void> {
    const until = time.now + DRAIN_MS;
    const waiting = (): number => edge.storage?.outbox.stats().segments ?? NaN;
    const isDone = (): boolean => waiting() === 0 && !network.open.some(({ deceives }) => deceives);
    while (!isDone() && time.now < until) await time.pass(time.now + STEP_MS);
    if (waiting() !== 0) violated(`${waiting()} segments still wait after ${DRAIN_MS / 1000} s without a fault`);
  }
}

interface Draining {
  readonly time: VirtualTime;
  readonly edge: Edge;
  readonly network: Network;
  violated(what: string): void;
}
