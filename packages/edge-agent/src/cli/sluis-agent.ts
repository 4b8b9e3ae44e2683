#!/usr/bin/env node
import '@sluis/runtime/require-node';
const { agentCommand } = await import('./command.ts');
await agentCommand().parseAsync();
