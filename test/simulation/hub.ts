import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { type AgentCall, type IngestStore, SyncServer } from '@sluis/cloud-hub/sessions';
import type { HubMessage } from '@sluis/protocol';
import { connect, serve } from '@sluis/runtime';
import { openDatabase } from '../../packages/cloud-hub/src/store/database.ts';
import { leavesFileInDoubt } from '../../packages/cloud-hub/src/store/disk-fault.ts';
import { GroupCommit } from '../../packages/cloud-hub/src/store/group-commit.ts';
import { Store } from '../../packages/cloud-hub/src/store/store.ts';
import type { Random } from '../e2e/random.ts';
import type { Disk } from './disk.ts';
import { logTo } from './log.ts';
import type { ListeningHub } from './network.ts';
import { portPair } from './port.ts';
import type { Trace } from './trace.ts';
import { Process, type VirtualTime } from './virtual-time.ts';

const MAX_SERIES = 100;

export interface HubOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly trace: Trace;
  readonly disk: Disk;
  /** An empty store, which takes less time to copy than to make. */
  readonly template: string;
  clock(): number;
  /** What it must never do was done. */
  violated(what: string): void;
  /** Its file is in doubt: as in production, whoever has it open ends, and is started again. */
  failed(): void;
}

/** The hub: sessions, and the store's transactions as its worker runs them. What queries need of it is left out. */
export class Hub implements ListeningHub {
  readonly #options: HubOptions;
  #process: Process | undefined;
  #server: SyncServer | undefined;
  #database: Database.Database | undefined;
  #isDurable: Database.Statement<[string, number, number, number]> | undefined;
  store: Store | undefined;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  get process(): Process {
    if (!this.#process) throw new Error('the hub is down');
    return this.#process;
  }

  get database(): Database.Database {
    if (!this.#database) throw new Error('the hub is down');
    return this.#database;
  }

  /** Puts an empty store into the folder. */
  reset(): void {
    const { disk, template } = this.#options;
    copyFileSync(template, join(disk.folder, 'store.sqlite'));
  }

  start(): void {
    const { clock, disk, failed, random, time, trace } = this.#options;
    this.#process = new Process('hub');
    time.current = this.#process;
    const database = (this.#database = openDatabase(disk.folder));
    this.#isDurable = database.prepare(
      `SELECT 1 FROM received WHERE epoch = (SELECT ordinal FROM epochs WHERE epoch = ?)
       AND lane = ? AND first <= ? AND next >= ?`,
    );
    const store = (this.store = new Store({ database, maxSeries: MAX_SERIES }));
    const commits = new GroupCommit({
      attempt: (work) => store.attempt(work),
      commit(work) {
        try {
          store.commit(work);
        } catch (error) {
          trace.add('hub', `a commit fails: ${String(error)}`);
          if (leavesFileInDoubt(error)) failed();
          throw error;
        }
      },
    });
    const ingest: IngestStore = {
      open: (hello) => commits.add(() => store.open(hello)),
      define: (definitions) => commits.add(() => store.define(definitions)),
      store: (segment) => commits.add(() => store.store(segment), segment.bytes.byteLength),
      report: (report) => commits.add(() => store.report(report)),
      connected: (agent, connected, now) => commits.add(() => store.connected(agent, connected, now)),
      problem: async (agent, problem) => store.problem(agent, problem),
      outboxFound: (agent, epoch) => commits.add(() => store.outboxFound(agent, epoch)),
    };
    const [near, far] = portPair(time, random);
    serve(far, ingest);
    const remote = connect<IngestStore>(near);
    const log = logTo(trace, 'hub', this.#process);
    this.#server = new SyncServer({ host: '', port: 0, ingest: remote, log, now: clock });
    trace.add('hub', 'starts');
  }

  accept(call: AgentCall): void {
    this.#server?.accept(call);
  }

  /** An ack must speak of nothing that is not committed: a crash at this moment would take it back. */
  sends(message: HubMessage, epoch: string): void {
    if (message.type !== 'ack') return;
    for (const { lane, ranges } of message.received) {
      for (const { from, to } of ranges) {
        if (this.#isDurable?.get(epoch, lane, from, to)) continue;
        this.#options.violated(`the hub acks ${from}..${to} of lane ${lane}, which it has not committed`);
      }
    }
  }

  crash(): void {
    if (!this.#process) return;
    const { disk, time } = this.#options;
    this.#process.alive = false;
    time.current = this.#process;
    this.#process = undefined;
    // What a dead process says is not heard; gRPC's registry lets go of it.
    void this.#server?.[Symbol.asyncDispose]();
    disk.crash(() => this.store?.[Symbol.dispose]());
    this.store = undefined;
  }
}
