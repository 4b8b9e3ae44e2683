#!/usr/bin/env node
import '@sluis/runtime/require-node';
import { launch } from '@sluis/runtime/launch';

// What lives shortly in main is small: its young generation need not grow.
launch({ flags: ['--max-semi-space-size=2'] });
await import('@sluis/runtime/keep-compiled');
const { agentCommand } = await import('./command.ts');
await agentCommand().parseAsync();
