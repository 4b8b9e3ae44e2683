/** Exit code for input that cannot be used: EX_CONFIG of sysexits.h, as sluis-agent's. */
export const EXIT_CONFIG = 78;

/** Something the author of a plugin can put right: printed as it is, without a stack. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
  readonly hint: string | undefined;
  readonly exitCode: number;

  /** `what` is wrong and where; `hint`: what to do. */
  constructor(what: string, { hint, exitCode = 1, cause }: { hint?: string; exitCode?: number; cause?: unknown } = {}) {
    super(what, { cause });
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

/**
 * Runs a command and sets the exit code. It is not that of @sluis/runtime, which brings a log and a database to whoever installs
 * it.
 */
export async function runCommand(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof PluginError) {
      console.error(error.message);
      if (error.hint) console.error(`hint: ${error.hint}`);
      process.exitCode = error.exitCode;
    } else {
      console.error(error);
      process.exitCode = 1;
    }
  }
}
