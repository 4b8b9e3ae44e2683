import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { PluginArchive } from '../archive/read-archive.ts';
import type { OperatorDefinition } from '../operator.ts';
import type { SourceDefinition } from '../source.ts';
import { EXIT_CONFIG, PluginError } from './plugin-error.ts';

/** What a plugin exports. */
export type Plugin =
  | { readonly kind: 'operator'; readonly name: string; readonly definition: OperatorDefinition<unknown> }
  | { readonly kind: 'source'; readonly name: string; readonly definition: SourceDefinition<unknown> };

/** Runs the bundled module for what it exports. Throws a {@link PluginError} where that is no definition. */
export async function loadPlugin({ module }: Pick<PluginArchive, 'module'>): Promise<Plugin> {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-plugin-'));
  try {
    const file = join(folder, 'module.mjs');
    writeFileSync(file, module);
    const exported = (await import(pathToFileURL(file).href)) as { default: unknown };
    return pluginOf(exported.default);
  } catch (cause) {
    if (cause instanceof PluginError) throw cause;
    throw new PluginError(`the plugin cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, {
      exitCode: EXIT_CONFIG,
      cause,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What `defineOperator` and `defineSource` give; their own check has been made where they were called. */
const shape = z.object({
  version: z.int().positive(),
  config: z.custom((schema) => typeof schema === 'object' && schema !== null && '_zod' in schema),
  create: z.custom((create) => typeof create === 'function'),
});
const operatorShape = shape.extend({ name: z.string() });
const sourceShape = shape.extend({ type: z.string() });

function pluginOf(definition: unknown): Plugin {
  if (operatorShape.safeParse(definition).success) {
    const operator = definition as OperatorDefinition<unknown>;
    return { kind: 'operator', name: operator.name, definition: operator };
  }
  if (sourceShape.safeParse(definition).success) {
    const source = definition as SourceDefinition<unknown>;
    return { kind: 'source', name: source.type, definition: source };
  }
  throw new PluginError('what the plugin exports as default is neither an operator nor a source', {
    hint: 'export default defineOperator({ … }), or defineSource',
    exitCode: EXIT_CONFIG,
  });
}
