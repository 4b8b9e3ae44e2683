export { type Agent, type AgentOptions, startAgent } from './agent.ts';
export { type LoadedConfig, loadConfig } from './config/load.ts';
export type { AgentConfig } from './config/schema.ts';
export type { AgentStatus } from './status/agent-status.ts';
