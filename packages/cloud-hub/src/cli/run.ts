import { resolve } from 'node:path';
import { aborted, createLog, type LogFormat, type LogLevel } from '@sluis/runtime';
import { startHub } from '../hub.ts';

export interface RunOptions {
  readonly data: string;
  readonly http: number;
  readonly grpc: number;
  readonly host: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export async function run(
  { data, http, grpc, host, logLevel, logFormat }: RunOptions,
  signal: AbortSignal,
): Promise<void> {
  const log = createLog('sluis-hub', { level: logLevel, format: logFormat });
  process.once('exit', () => log.flush());
  await using hub = await startHub({ directory: resolve(data), host, httpPort: http, grpcPort: grpc, log, signal });
  log.info(
    { url: hub.url, grpc: `grpc://${host.includes(':') ? `[${host}]` : host}:${hub.grpcPort}`, data: resolve(data) },
    `the hub runs: ${hub.url}`,
  );
  await aborted(signal);
  log.info({}, 'stopping');
}
