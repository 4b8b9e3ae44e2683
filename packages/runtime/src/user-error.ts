/** Exit code for a configuration that cannot be used: EX_CONFIG of sysexits.h. Supervisors need not retry it. */
export const EXIT_CONFIG = 78;

/** Something a person can put right: printed as it is, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly hint: string | undefined;
  readonly exitCode: number;

  /** `what` is wrong and where; `hint`: what to do. */
  constructor({
    what,
    hint,
    exitCode = 1,
    cause,
  }: {
    what: string;
    hint?: string;
    exitCode?: number;
    cause?: unknown;
  }) {
    super(what, { cause });
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

/** The message of anything thrown, with its causes: for logs and states, never for decisions. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What went wrong first says more than that tidying up after it failed, too.
  if (error instanceof SuppressedError) return `${describe(error.suppressed)} (and then ${describe(error.error)})`;
  const message = error.message || error.name;
  return error.cause === undefined ? message : `${message}: ${describe(error.cause)}`;
}
