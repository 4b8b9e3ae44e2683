import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CpuSeconds } from './processes.ts';

/** A TCP line that holds all bytes back for a time in each direction. */
export interface DelayLine extends AsyncDisposable {
  /** What is sent there arrives at the port it was made for. */
  readonly port: number;
  /** Of its process so far. */
  cpuSeconds(): number;
}

export async function delayLine({ port, delayMs }: { port: number; delayMs: number }): Promise<DelayLine> {
  const script = join(import.meta.dirname, 'delay-line.ts');
  const child = fork(script, [port, delayMs].map(String), { execArgv: [] });
  const [message] = (await once(child, 'message')) as [{ port: number }];
  return {
    port: message.port,
    cpuSeconds: () => CpuSeconds.of([{ name: 'line', pid: child.pid ?? 0 }]).total(),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
