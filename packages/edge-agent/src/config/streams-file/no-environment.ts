import { syncBuiltinESMExports } from 'node:module';
import { NotThereError } from './not-there.ts';

const FRAME = /^ +at (?:.*\()?(?<from>node:|file:\/\/)(?<path>.+?)(?::\d+)*\)?$/;

/**
 * Reading a variable of the environment, which is empty, throws: `undefined` would end up in names and be found late, or never. Node
 * itself and installed packages may look for what they know.
 */
export function refuseEnvironment(): void {
  process.env = new Proxy<NodeJS.ProcessEnv>(
    {},
    {
      get(_, name) {
        if (typeof name === 'symbol' || !isRead()) return undefined;
        throw new NotThereError(
          `it reads ${name} of the environment, which is empty here`,
          `write '\${env:${name}}' in a text: the agent puts the value of its own environment there`,
        );
      },
    },
  );
  syncBuiltinESMExports();
}

/** True if the file or one beside it does what this is called by. */
function isRead(): boolean {
  const [, , , caller = ''] = (new Error().stack ?? '').split('\n');
  const { from, path = '' } = FRAME.exec(caller)?.groups ?? {};
  return from === 'file://' && !path.includes('/node_modules/');
}
