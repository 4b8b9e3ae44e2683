import { formatAddress } from '@sluis/plugin-sdk';
import { describe, redactError, redactor, UserError } from '@sluis/runtime';
import { loadConfig } from '../config/load.ts';
import type { AgentStatus } from '../status/agent-status.ts';

const TIMEOUT_MS = 5_000;

export async function status({
  config,
  address,
  json,
}: {
  config: string;
  address?: string;
  json?: boolean;
}): Promise<void> {
  const { at, redacted } = address === undefined ? statusAddress(config) : { at: address, redacted: [] };
  const answer = await ask(`http://${at}/status`).catch((error: unknown) => {
    throw redactError(error, redactor(redacted));
  });
  if (json) console.log(JSON.stringify(answer, null, 2));
  else print(answer);
}

function statusAddress(file: string): { at: string; redacted: readonly string[] } {
  const { config, redacted } = loadConfig(file);
  return { at: formatAddress(config.agent.status), redacted };
}

async function ask(url: string): Promise<AgentStatus> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return (await response.json()) as AgentStatus;
  } catch (cause) {
    throw new UserError({
      what: `no agent answers at ${url}: ${describe(cause)}`,
      hint: 'is it running? start it with: sluis-agent run -c agent.yaml',
      cause,
    });
  }
}

function print({ agent, sources, streams, journal, outbox, uplink, problems }: AgentStatus): void {
  console.log(`agent ${agent.id} (${agent.site}), up ${agent.uptimeSeconds} s`);
  for (const [name, source] of Object.entries(sources)) {
    console.log(
      `  source  ${name}: ${source.state}, ${source.in} samples in, ${source.rejected} rejected${source.detail ? ` (${source.detail})` : ''}`,
    );
  }
  console.log(`  journal ${journal ? `${journal.samples} samples, ${journal.bytes} bytes` : 'starting'}`);
  for (const [name, stream] of Object.entries(streams)) {
    console.log(`  stream  ${name}: ${stream.state}, ${stream.in} in, ${stream.out} out, lag ${stream.lag}`);
  }
  console.log(`  outbox  ${outbox ? `${outbox.samples} samples, ${outbox.bytes} bytes` : 'starting'}`);
  console.log(`  uplink  ${uplink.state}, ${uplink.acked} samples acked${uplink.detail ? ` (${uplink.detail})` : ''}`);
  if (uplink.held) console.log(`  held    ${uplink.held}`);
  for (const problem of problems) console.log(`  problem ${problem}`);
}
