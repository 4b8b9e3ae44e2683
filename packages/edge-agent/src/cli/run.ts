import { setFlagsFromString } from 'node:v8';
import { aborted, type LogFormat, logLastWords, type LogLevel, redactError, redactor } from '@sluis/runtime';
import { EngineThreads } from '../engine-threads.ts';

export interface RunOptions {
  readonly config: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export async function run({ config: file, logLevel, logFormat }: RunOptions, signal: AbortSignal): Promise<void> {
  // V8 takes main's own flag before the limits of a thread: without it each has its own.
  setFlagsFromString('--max-semi-space-size=0');
  await using opened = new AsyncDisposableStack();
  // They load their code, and one reads the configuration, while this one loads what else there is to an agent.
  const threads = opened.use(new EngineThreads());
  const [{ config, redacted, warnings, streamsFile }, { startAgent }, { createLog }] = await Promise.all([
    threads.pipeline.control.load(file),
    import('../agent.ts'),
    import('@sluis/runtime/create-log'),
  ]);
  const log = createLog('sluis-agent', { redacted, level: logLevel, format: logFormat });
  logLastWords(log);
  for (const line of streamsFile?.printed ?? []) log.info({ file: streamsFile?.file }, line);
  for (const { rule, shown } of warnings) log.warn({ rule }, shown);
  try {
    await using _agent = await startAgent(config, { log, redacted, threads });
    await aborted(signal);
    log.info({}, 'stopping');
  } catch (error) {
    // It is printed past the log.
    throw redactError(error, redactor(redacted));
  }
}
