import type { Transferable } from 'node:worker_threads';

/*
 * Calls of an object's methods over a message port, in order. Both sides may serve and connect on one port. Messages
 * that are not calls or replies are left to others. Pending calls are not bounded here: who calls bounds what it awaits.
 */

/** A MessagePort, a Worker, or a worker's parentPort. */
export interface Port {
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
  on(event: string, listener: (message: unknown) => void): unknown;
  off(event: string, listener: (message: unknown) => void): unknown;
}

/** An object on the other side: methods return promises; objects in it are reached by their names. */
export type Remote<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : Remote<T[K]>;
};

/** The port closed, or the thread behind it ended, before an answer came. Whether the call took effect is not known. */
export class PortClosedError extends Error {
  override readonly name = 'PortClosedError';
  readonly code = 'closed';
}

export interface ConnectOptions {
  /** Classes that errors get back by their names, so that `instanceof` works; others stay plain errors with name and code. */
  readonly errors?: Readonly<Record<string, { readonly prototype: Error }>>;
}

type Call = { readonly call: number; readonly path: readonly string[]; readonly args: readonly unknown[] };
type Reply = { readonly reply: number } & ({ readonly value: unknown } | { readonly error: PlainError });

interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: PlainError | undefined;
  /** Own properties that are plain values, such as `code`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

const transfers = new WeakMap<object, readonly Transferable[]>();

/** Marks a value, an argument or a result of a call: its parts in `list` move to the other side instead of being copied. */
export function transfer<T extends object>(value: T, list: readonly Transferable[]): T {
  transfers.set(value, list);
  return value;
}

/**
 * Answers calls with the methods of `object`, and of the objects in it, until disposed. A port on which the next message is there
 * when a call has been answered would keep Node from all other ports and timers for a thousand messages, so each call
 * waits for the turn in which what came to the others is heard.
 */
export function serve(port: Port, object: object): Disposable {
  const answer = async ({ call, path, args }: Call) => {
    try {
      const value: unknown = await invoke(object, path, args);
      port.postMessage({ reply: call, value }, transfersOf([value]));
    } catch (error) {
      port.postMessage({ reply: call, error: plain(error) });
    }
  };
  const hear = (message: unknown) => {
    if (isCall(message)) setImmediate(answer, message);
  };
  port.on('message', hear);
  return { [Symbol.dispose]: () => void port.off('message', hear) };
}

/**
 * The object that the other side serves. An error thrown there rejects the call with its name, message, fields and
 * cause. When the port closes, pending and later calls reject with {@link PortClosedError}.
 */
export function connect<T extends object>(port: Port, { errors = {} }: ConnectOptions = {}): Remote<T> {
  const pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let next = 1;
  let closed: PortClosedError | undefined;

  const settle = (message: unknown) => {
    if (!isReply(message)) return;
    const waiting = pending.get(message.reply);
    pending.delete(message.reply);
    if ('error' in message) waiting?.reject(revive(message.error, errors));
    else waiting?.resolve(message.value);
  };
  const close = () => {
    closed ??= new PortClosedError('the other side has ended');
    for (const { reject } of pending.values()) reject(closed);
    pending.clear();
  };
  port.on('message', settle);
  port.on('messageerror', close);
  port.on('close', close);
  port.on('exit', close);

  const request = (path: readonly string[], args: readonly unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      if (closed) throw closed;
      const call = next++;
      port.postMessage({ call, path, args }, transfersOf(args));
      pending.set(call, { resolve, reject });
    });
  return remote([], request) as Remote<T>;
}

type Request = (path: readonly string[], args: readonly unknown[]) => Promise<unknown>;

function remote(path: readonly string[], request: Request): object {
  const members = new Map<string, object>();
  return new Proxy(() => undefined, {
    get(_, name) {
      // Not thenable: awaiting the object itself is no call.
      if (typeof name !== 'string' || name === 'then') return undefined;
      let member = members.get(name);
      if (!member) members.set(name, (member = remote([...path, name], request)));
      return member;
    },
    apply: (_, __, args) => request(path, args),
  });
}

function invoke(object: object, path: readonly string[], args: readonly unknown[]): unknown {
  let owner: unknown;
  let target: unknown = object;
  for (const name of path) {
    owner = target;
    target = member(target, name);
  }
  if (typeof target !== 'function') throw new TypeError(`the other side has no method ${path.join('.')}`);
  return Reflect.apply(target, owner, args);
}

function member(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null || name in Object.prototype) return undefined;
  return object[name as keyof typeof object];
}

function transfersOf(values: readonly unknown[]): Transferable[] {
  return values.flatMap((value) => (typeof value === 'object' && value !== null ? (transfers.get(value) ?? []) : []));
}

function isCall(message: unknown): message is Call {
  return typeof message === 'object' && message !== null && 'call' in message && 'path' in message;
}

function isReply(message: unknown): message is Reply {
  return typeof message === 'object' && message !== null && 'reply' in message;
}

function plain(error: unknown): PlainError {
  if (!(error instanceof Error)) return { ...plain(new Error(String(error))), stack: undefined };
  const { name, message, stack, cause } = error;
  const fields = Object.entries(error).filter(
    ([key, value]) => key !== 'name' && typeof value !== 'object' && typeof value !== 'function',
  );
  return {
    name,
    message,
    stack,
    cause: cause === undefined ? undefined : plain(cause),
    fields: Object.fromEntries(fields),
  };
}

function revive(
  { name, message, stack, cause, fields }: PlainError,
  errors: NonNullable<ConnectOptions['errors']>,
): Error {
  const error = new Error(message, cause && { cause: revive(cause, errors) });
  const known = Object.hasOwn(errors, name) ? errors[name] : undefined;
  if (known) Object.setPrototypeOf(error, known.prototype);
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  return Object.assign(error, fields, { stack });
}
