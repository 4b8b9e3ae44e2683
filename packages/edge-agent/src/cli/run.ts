import { aborted, createLog, type LogFormat, logLastWords, type LogLevel, redactError, redactor } from '@sluis/runtime';
import { startAgent } from '../agent.ts';
import { loadConfig } from '../config/load.ts';

export interface RunOptions {
  readonly config: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export async function run({ config: file, logLevel, logFormat }: RunOptions, signal: AbortSignal): Promise<void> {
  const { config, redacted, warnings } = loadConfig(file);
  const log = createLog('sluis-agent', { redacted, level: logLevel, format: logFormat });
  logLastWords(log);
  for (const { rule, shown } of warnings) log.warn({ rule }, shown);
  try {
    await using _agent = await startAgent(config, { log, redacted });
    await aborted(signal);
    log.info({}, 'stopping');
  } catch (error) {
    // It is printed past the log.
    throw redactError(error, redactor(redacted));
  }
}
