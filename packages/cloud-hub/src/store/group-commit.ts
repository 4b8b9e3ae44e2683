/** One transaction holds at most so much: an ack should not wait for a whole backlog, which takes the disk a second or more. */
const MAX_BYTES = 16 << 20;
const MAX_OPERATIONS = 4096;

/** A store's transactions. */
export interface Transactions {
  /** Runs `work` in a transaction that is durable when this returns, or throws and leaves no trace. */
  commit(work: () => void): void;
  /**
   * Runs `work` in a transaction, so that it leaves no trace if it throws. Returns what it threw; throws what ends the
   * whole transaction.
   */
  attempt(work: () => void): { readonly failure: unknown } | undefined;
}

interface Operation {
  readonly bytes: number;
  run(): void;
  settle(): void;
  fail(error: unknown): void;
}

/**
 * Runs everything queued since the last commit in one transaction, then settles all its promises: with many senders the
 * disk's flush is shared, with one it is not waited for by anybody else. An operation that fails takes no other with it.
 */
export class GroupCommit {
  readonly #transactions: Transactions;
  #queue: Operation[] = [];
  #scheduled = false;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  /** Runs `operation` in the next transaction; resolves after its commit, or rejects with what made it fail. */
  add<T>(operation: () => T, bytes = 0): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let result: T;
    this.#queue.push({
      bytes,
      run: () => void (result = operation()),
      settle: () => resolve(result),
      fail: reject,
    });
    this.#schedule();
    return promise;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Messages that have already come are taken first: they share the commit.
    setImmediate(() => {
      this.#scheduled = false;
      this.#commitSome();
      if (this.#queue.length > 0) this.#schedule();
    });
  }

  #commitSome(): void {
    let count = 0;
    for (let bytes = 0; count < Math.min(this.#queue.length, MAX_OPERATIONS) && bytes < MAX_BYTES; count++) {
      bytes += this.#queue[count].bytes;
    }
    const group = this.#queue.splice(0, count);
    const done: Operation[] = [];
    try {
      this.#transactions.commit(() => {
        for (const operation of group) {
          const failed = this.#transactions.attempt(() => operation.run());
          if (failed) operation.fail(failed.failure);
          else done.push(operation);
        }
      });
    } catch (error) {
      for (const operation of group) operation.fail(error);
      return;
    }
    for (const operation of done) operation.settle();
  }
}
