import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { freePort } from '../../test/e2e/free-port.ts';
import type { Peer, Running, Setting, Window } from './peer.ts';
import { Program } from './program.ts';
import { Receiver } from './receiver.ts';

export interface Driven {
  readonly name: string;
  /** Of its executable. */
  readonly command: string;
  readonly about: readonly string[];
  readonly withoutDeadband?: true;
  /** What it needs in its environment besides. */
  readonly env?: NodeJS.ProcessEnv;
  /** Its arguments, given the folder that holds its configuration. */
  args(folder: string): readonly string[];
  /** Reads a line that it posted to `/windows`. */
  readWindow(line: string): Window;
}

/** Said of each program that the project's own machines do not have. */
export const NEVER_RUN =
  'its configuration is written from its reference and has not been run by us: correct it where it does not fit your version';

/**
 * A program that is driven where it is found on PATH. Its configuration stands in a folder and reads, from the environment,
 * SLUIS_PORT (where lines are taken), SLUIS_RECEIVER (the URL to which `/raw` and `/windows` are posted) and SLUIS_FOLDER
 * (for what it keeps).
 */
export function onPath(configuration: string, driven: Driven): Peer {
  const { name, command, withoutDeadband } = driven;
  return {
    name,
    about: [...driven.about, NEVER_RUN],
    withoutDeadband,
    missing: () =>
      isOnPath(command) ? undefined : `${command} is not on PATH; its configuration has never been run by us`,
    start: (setting) => start(configuration, driven, setting),
  };
}

async function start(
  configuration: string,
  { command, args, env: moreEnv, readWindow }: Driven,
  setting: Setting,
): Promise<Running> {
  await using stack = new AsyncDisposableStack();
  const receiver = stack.use(await Receiver.open());
  const port = await freePort();
  const env = {
    SLUIS_PORT: String(port),
    SLUIS_RECEIVER: `http://127.0.0.1:${receiver.port}`,
    SLUIS_RECEIVER_PORT: String(receiver.port),
    SLUIS_FOLDER: setting.folder,
    ...moreEnv,
  };
  const program = stack.use(new Program({ command, args: args(configuration), cwd: setting.folder, env }));
  await program.listens(port);
  const owned = stack.move();
  return {
    port,
    edge: () => [{ name: command, pid: program.pid }],
    receiver: () => [],
    received: async () => receiver.received(),
    progress: async () => receiver.received().samples,
    windows: async () => receiver.windows(readWindow),
    kept: async () => undefined,
    diagnosis: () => program.log,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export function isOnPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      // Not there, or not to be run: the next folder of PATH may have it.
      return false;
    }
  });
}
