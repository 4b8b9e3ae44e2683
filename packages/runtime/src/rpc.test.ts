import { MessageChannel } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { connect, PortClosedError, serve, transfer } from './rpc.ts';

class Counter {
  #count = 0;
  readonly nested = { double: (n: number) => n * 2 };

  add(n: number): number {
    return (this.#count += n);
  }

  async length(bytes: Uint8Array): Promise<number> {
    return bytes.length;
  }

  fill(): Uint8Array {
    const bytes = new Uint8Array(10).fill(7);
    return transfer(bytes, [bytes.buffer]);
  }

  fail(): never {
    throw new Busy('try later', { cause: new RangeError('inner') });
  }

  never(): Promise<void> {
    return new Promise(() => {});
  }
}

class Busy extends Error {
  override readonly name = 'Busy';
  readonly code = 'busy';
}

function pair() {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  serve(port1, new Counter());
  return { near: port2, far: port1, counter: connect<Counter>(port2, { errors: { Busy } }) };
}

test('calls are answered in order, with state and nested objects', async () => {
  const { counter } = pair();
  expect(await Promise.all([counter.add(1), counter.add(2), counter.nested.double(21)])).toEqual([1, 3, 42]);
});

test('marked parts move to the other side, others are copied', async () => {
  const { counter } = pair();
  const copied = new Uint8Array(5);
  expect(await counter.length(copied)).toBe(5);
  expect(copied.length).toBe(5);
  const moved = new Uint8Array(5);
  expect(await counter.length(transfer(moved, [moved.buffer]))).toBe(5);
  expect(moved.length).toBe(0);
  expect(await counter.fill()).toEqual(new Uint8Array(10).fill(7));
});

test('errors keep class, name, code, message and cause', async () => {
  const { counter, near } = pair();
  const error: unknown = await counter.fail().then(undefined, (error: unknown) => error);
  expect(error).toBeInstanceOf(Busy);
  expect(error).toMatchObject({ name: 'Busy', code: 'busy', message: 'try later' });
  expect((error as Error).cause).toMatchObject({ name: 'RangeError', message: 'inner' });
  const plain: unknown = await connect<Counter>(near)
    .fail()
    .then(undefined, (error: unknown) => error);
  expect(plain).not.toBeInstanceOf(Busy);
  expect(plain).toMatchObject({ name: 'Busy', code: 'busy' });
});

test('what the other side does not have is an error there, not a crash', async () => {
  const { near } = pair();
  const other = connect<{ missing(): void; valueOf(): object }>(near);
  await expect(other.missing()).rejects.toThrow('the other side has no method missing');
  await expect(other.valueOf()).rejects.toThrow('the other side has no method valueOf');
});

test('pending and later calls are rejected when the port closes', async () => {
  const { counter, far } = pair();
  const pending = counter.never();
  far.close();
  await expect(pending).rejects.toBeInstanceOf(PortClosedError);
  await expect(counter.add(1)).rejects.toMatchObject({ code: 'closed' });
});

test('a port that always has the next call does not keep others from being heard', async () => {
  const [busy, other] = [new MessageChannel(), new MessageChannel()];
  onTestFinished(() => {
    busy.port1.close();
    other.port1.close();
  });
  const most = 500;
  let calls = 0;
  const again = () => {
    // There before this one has been answered, as from a thread that goes on meanwhile.
    if (++calls < most) busy.port2.postMessage({ call: calls, path: ['again'], args: [] });
  };
  serve(busy.port1, { again });
  serve(other.port1, { calls: () => calls });
  const remote = connect<{ calls(): number }>(other.port2);
  again();
  const heard = await remote.calls();
  expect(heard).toBeLessThan(most / 10);
});
