#!/usr/bin/env node
import '@sluis/runtime/require-node';
import { launch } from '@sluis/runtime/launch';

// What lives shortly in main is small: its young generation need not grow. `tidy-heap` collects what loading leaves. V8's
// built-in code is called where the program has it, not copied to the code of each thread.
launch({ flags: ['--max-semi-space-size=1', '--no-short-builtin-calls', '--expose-gc'] });
await import('@sluis/runtime/keep-compiled');
await import('@sluis/runtime/tidy-heap');
const { agentCommand } = await import('./command.ts');
await agentCommand().parseAsync();
