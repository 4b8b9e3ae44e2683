import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Session } from './session.ts';

const AT = 'client@broker:1883';

/*
 * A broker that follows the protocol for QoS 2, a journal that keeps what was committed, and a client between them that is
 * killed or cut off anywhere. The client is the Session with the order of steps that Connection keeps: rows and cursor
 * commit together, acknowledgements are sent after that.
 */
type Step = 'publish' | 'commit' | 'release' | 'cut' | 'kill';

interface Chunk {
  readonly rows: readonly number[];
  readonly cursor: Readonly<Record<string, string | null>>;
  /** Undefined when the connection that would carry it is gone. */
  acknowledge: (() => void) | undefined;
}

class Model {
  /** As few ids as possible, so that they are used again and again. */
  readonly free = [1, 2, 3];
  /** By id: sent and not yet PUBREC'ed. */
  readonly sent = new Map<number, number>();
  /** PUBREC'ed: PUBREL is due or sent. */
  readonly releasing = new Set<number>();
  readonly stored: number[] = [];
  readonly cursors = new Map<string, string>();
  session = new Session(AT, this.cursors);
  chunks: Chunk[] = [];
  published = 0;

  publish(): void {
    const id = this.free.shift();
    if (id === undefined) return;
    this.sent.set(id, this.published++);
    this.#deliver(id, false);
  }

  commit(): void {
    const chunk = this.chunks.shift();
    if (!chunk) return;
    this.stored.push(...chunk.rows);
    for (const [key, value] of Object.entries(chunk.cursor)) {
      if (value === null) this.cursors.delete(key);
      else this.cursors.set(key, value);
    }
    chunk.acknowledge?.();
  }

  /** The broker sends PUBREL for what it may. */
  release(): void {
    for (const id of this.releasing) {
      this.chunks.push({
        rows: [],
        cursor: this.session.release(id),
        acknowledge: () => {
          if (this.releasing.delete(id)) this.free.push(id);
        },
      });
    }
  }

  /** The connection is lost; on the next the broker sends again what was not acknowledged. */
  cut(): void {
    for (const chunk of this.chunks) chunk.acknowledge = undefined;
    for (const id of this.sent.keys()) this.#deliver(id, true);
    this.release();
  }

  kill(): void {
    this.chunks = [];
    this.session = new Session(AT, this.cursors);
    this.cut();
  }

  #deliver(id: number, dup: boolean): void {
    const message = this.sent.get(id) ?? expect.unreachable();
    const known = this.session.knows({ qos: 2, id, dup });
    this.chunks.push({
      rows: known ? [] : [message],
      cursor: known ? {} : this.session.take(2, id),
      acknowledge: () => {
        if (this.sent.delete(id)) this.releasing.add(id);
      },
    });
  }
}

test('a QoS 2 message is stored once, wherever connections are cut and the process is killed', () => {
  const session = { at: AT, qos: 2, filters: ['#'] };
  const steps = fc.array(fc.constantFrom<Step>('publish', 'commit', 'commit', 'release', 'cut', 'kill'), {
    maxLength: 120,
  });
  fc.assert(
    fc.property(steps, (run) => {
      const model = new Model();
      model.cursors.set('session', JSON.stringify(session));
      for (const step of run) model[step]();
      model.cut();
      while (model.chunks.length > 0 || model.releasing.size > 0) {
        model.release();
        while (model.chunks.length > 0) model.commit();
      }
      expect(model.stored.toSorted((a, b) => a - b)).toEqual(Array.from({ length: model.published }, (_, i) => i));
      expect([...model.cursors.keys()]).toEqual(['session']);
    }),
    { numRuns: 500 },
  );
});

test('a QoS 1 message that comes again is known until its acknowledgement was sent, not longer', () => {
  const session = new Session(AT, new Map());
  const again = { qos: 1, id: 7, dup: true };
  expect(session.knows(again)).toBe(false);
  expect(session.take(1, 7)).toEqual({});
  expect(session.knows(again)).toBe(true);
  expect(session.knows({ ...again, dup: false })).toBe(false);
  session.acknowledged(7);
  expect(session.knows(again)).toBe(false);
});

test('what is kept of another broker or client id is not believed, and goes with the first session', () => {
  const kept = new Session(AT, new Map()).subscribed({ qos: 2, filters: ['a'] });
  const cursors = new Map([...Object.entries(kept), ['qos2/5', '1']] as [string, string][]);
  expect(new Session(AT, cursors).subscription).toEqual({ qos: 2, filters: ['a'] });
  expect(new Session(AT, cursors).knows({ qos: 2, id: 5, dup: true })).toBe(true);
  const other = new Session('client@other:1883', cursors);
  expect(other.subscription).toBeUndefined();
  expect(other.knows({ qos: 2, id: 5, dup: true })).toBe(false);
  expect(other.forget()).toEqual({ session: null, 'qos2/5': null });
});

test('what is kept is bounded: ids by their number, a subscription by its length', () => {
  const session = new Session(AT, new Map());
  const moves = Array.from({ length: 5000 }, (_, i) => Object.keys(session.take(2, i + 1)).length);
  expect(moves.reduce((sum, count) => sum + count, 0)).toBe(2000);
  expect(session.knows({ qos: 2, id: 5000, dup: true })).toBe(true);
  expect(session.subscribed({ qos: 1, filters: ['x'.repeat(2000)] })).toEqual({ session: null });
});
