#!/usr/bin/env node
import '@sluis/runtime/require-node';
import { launch } from '@sluis/runtime/launch';

// What a segment takes while it is handed on does not live long: more would only be kept.
launch({ flags: ['--max-semi-space-size=8'] });
await import('@sluis/runtime/keep-compiled');
const { hubCommand } = await import('./command.ts');
await hubCommand().parseAsync();
