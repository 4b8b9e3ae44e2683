#!/usr/bin/env node
import './require-node.ts';

const { pluginCommand } = await import('./command.ts');
await pluginCommand().parseAsync();
