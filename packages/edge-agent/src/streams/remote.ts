/** A part on the other side of a message port: every answer is a promise, and any call may fail with the port. */
export type Remote<T> = {
  readonly [Method in keyof T]: T[Method] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never;
};
