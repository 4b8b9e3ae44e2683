#!/usr/bin/env node
import '@sluis/runtime/require-node';
const { hubCommand } = await import('./command.ts');
await hubCommand().parseAsync();
