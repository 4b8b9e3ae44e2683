import { aborted, createLog } from '@sluis/runtime';
import { startAgent } from '../agent.ts';
import { loadConfig } from '../config/load.ts';

export async function run(file: string, signal: AbortSignal): Promise<void> {
  const { config, redacted } = loadConfig(file);
  const log = createLog('sluis-agent', { redacted });
  await using _agent = await startAgent(config, { log, redacted });
  await aborted(signal);
  log.info({}, 'stopping');
}
