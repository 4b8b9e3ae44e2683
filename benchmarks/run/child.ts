import { once } from 'node:events';
import { inspect } from 'node:util';
import { scenarios } from '../scenarios/index.ts';
import type { Order, Told } from './run-scenario.ts';

/*
 * The process of one scenario. It is told which, tells how far it is and what it measured, and ends by itself.
 */

function tell(told: Told): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(told, undefined, {}, (error) => (error ? reject(error) : resolve()));
  });
}

const [{ name, data, folder }] = (await once(process, 'message')) as [Order];
// Who asked is gone: nobody waits for the figures, or ends what was started. This process leads a group of its own.
process.once('disconnect', () => process.kill(-process.pid, 'SIGKILL'));
try {
  const scenario = await scenarios.find((entry) => entry.name === name)?.load();
  if (!scenario) throw new Error(`there is no scenario "${name}"`);
  const progress = (text: string): void => void tell({ kind: 'progress', text });
  await tell({ kind: 'measured', result: await scenario.run({ folder, data, progress }) });
} catch (error) {
  await tell({ kind: 'failed', why: error instanceof Error ? (error.stack ?? error.message) : inspect(error) });
}
// A scenario may leave something open that would keep the process alive.
process.exit(0);
