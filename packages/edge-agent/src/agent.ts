import { randomBytes } from 'node:crypto';
import { type Logger, Supervisor, redactor } from '@sluis/runtime';
import { lockFolder } from '@sluis/runtime/folder-lock';
import type { AgentConfig } from './config/schema.ts';
import { type Engine, startEngine } from './engine.ts';
import type { EngineThreads } from './engine-threads.ts';
import type { AgentStatus } from './status/agent-status.ts';
import { StatusServer } from './status/status-server.ts';
import { redactStatus } from './status/redact-status.ts';
import { statusOf } from './status/status-of.ts';

/** As many as no two processes will have the same. */
const INSTANCE_BYTES = 16;

export interface AgentOptions {
  readonly log: Logger;
  /** Texts that its status must not show; its log is made not to. */
  readonly redacted?: readonly string[];
  /** Opened already: the first engine takes it. */
  readonly threads?: EngineThreads;
}

export interface Agent extends AsyncDisposable {
  readonly engine: Supervisor<Engine>;
  status(): Promise<AgentStatus>;
}

/**
 * An agent on its data folder: the engine that carries the data, kept alive, and a page that tells how it does.
 * @throws UserError if another process has the folder
 */
export async function startAgent(config: AgentConfig, { log, redacted = [], threads }: AgentOptions): Promise<Agent> {
  const { agent } = config;
  const lock = lockFolder(agent.data, `sluis-agent ${agent.id}`);
  const began = performance.now();
  const instance = randomBytes(INSTANCE_BYTES).toString('hex');

  let opened = threads;
  const takeThreads = (): EngineThreads | undefined => {
    const taken = opened;
    opened = undefined;
    return taken;
  };
  const engine = new Supervisor({
    name: 'engine',
    log,
    start: (signal, waits) => startEngine({ config, instance, log, signal, waits, threads: takeThreads }),
  });
  const redact = redactor(redacted);
  const status = async (): Promise<AgentStatus> =>
    redactStatus(await statusOf({ agent, engine, uptimeMs: performance.now() - began }), redact);
  const statusServer = new StatusServer({ ...agent.status, log, status });

  engine.start();
  statusServer.start();

  return {
    engine,
    status,
    async [Symbol.asyncDispose]() {
      await statusServer[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
      lock[Symbol.dispose]();
    },
  };
}
