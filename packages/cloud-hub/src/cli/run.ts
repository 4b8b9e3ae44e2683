import { resolve } from 'node:path';
import { setLogger } from '@grpc/grpc-js';
import { aborted, type LogFormat, logLastWords, type LogLevel } from '@sluis/runtime';
import { createLog } from '@sluis/runtime/create-log';
import { startHub } from '../hub.ts';
import { duckdbMiB } from '../memory.ts';
import type { RetentionRule } from '../store/sample-files.ts';

export interface RunOptions {
  readonly data: string;
  readonly http: number;
  readonly grpc: number;
  readonly host: string;
  readonly keep: readonly RetentionRule[];
  /** Bytes, like `memory`. */
  readonly maxSize?: number;
  readonly memory?: number;
  readonly maxConnections: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export async function run(
  { data, http, grpc, host, keep, maxSize, memory, maxConnections, logLevel, logFormat }: RunOptions,
  signal: AbortSignal,
): Promise<void> {
  const log = createLog('sluis-hub', { level: logLevel, format: logFormat });
  logLastWords(log);
  // It would write lines of its own among those of the log.
  setLogger({ error: (reason: unknown) => log.warn({ part: 'grpc', reason }, 'gRPC has something to say') });
  const limits = {
    retention: keep,
    connections: maxConnections,
    ...(maxSize !== undefined && { maxBytes: maxSize }),
    ...(memory !== undefined && { memoryMiB: duckdbMiB(memory) }),
  };
  const directory = resolve(data);
  await using hub = await startHub({ directory, host, httpPort: http, grpcPort: grpc, log, limits, signal });
  log.info(
    { url: hub.url, grpc: `grpc://${host.includes(':') ? `[${host}]` : host}:${hub.grpcPort}`, data: directory },
    `the hub runs: ${hub.url}`,
  );
  await aborted(signal);
  log.info({}, 'stopping');
}
