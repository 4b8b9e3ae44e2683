import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { packageName, packageVersion } from '../archive/manifest.ts';
import { EXIT_CONFIG, PluginError } from './plugin-error.ts';

const packageSchema = z.object({
  name: packageName,
  version: packageVersion,
  description: z.string({ error: 'must say in a sentence what the plugin does' }).min(1),
  license: z.string().optional(),
  exports: z.string({ error: 'must be the file with the plugin, such as "./src/index.ts"' }),
});

const installedSchema = z.object({ version: packageVersion });

/** The folder of a plugin, as its package.json tells. */
export interface PluginPackage {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string | undefined;
  /** Absolute path of the module that exports the plugin. */
  readonly entry: string;
  /** Version of the SDK that the plugin has installed. */
  readonly sdk: string;
}

/** Throws a {@link PluginError} for what keeps it from being a plugin that is installed. */
export function readPluginPackage(folder: string): PluginPackage {
  if (!existsSync(join(folder, 'package.json')))
    throw new PluginError(`there is no plugin in ${resolve(folder)}: it has no package.json`, {
      hint: 'make one: sluis-plugin create my-plugin',
      exitCode: EXIT_CONFIG,
    });
  // Where files are, not by which links they are found: the bundler goes by that, too.
  const root = realpathSync(folder);
  const file = join(root, 'package.json');
  const { name, version, description, license, exports } = parsePackage(file, packageSchema);
  const entry = resolve(root, exports);
  if (!existsSync(entry)) throw new PluginError(`${file}: exports: there is no ${entry}`, { exitCode: EXIT_CONFIG });
  return { folder: root, name, version, description, license, entry, sdk: installedSdk(root) };
}

function installedSdk(folder: string): string {
  const file = resolveFrom(folder, '@sluis/plugin-sdk/package.json');
  return parsePackage(file, installedSchema).version;
}

/** Where a plugin has what it imports. Throws a {@link PluginError} where it is not installed. */
export function resolveFrom(folder: string, specifier: string): string {
  try {
    return createRequire(join(folder, 'package.json')).resolve(specifier);
  } catch (cause) {
    const [first, second] = specifier.split('/');
    const name = specifier.startsWith('@') ? `${first}/${second}` : first;
    throw new PluginError(`${name} is not installed in ${folder}`, {
      hint: `run "npm install" there; if package.json does not name it, "npm install --save-dev ${name}"`,
      cause,
    });
  }
}

function parsePackage<T>(file: string, schema: z.ZodType<T>): T {
  let written: unknown;
  try {
    written = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new PluginError(`${file} is not JSON: ${(cause as Error).message}`, { exitCode: EXIT_CONFIG, cause });
  }
  const parsed = schema.safeParse(written);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${file}: ${path.join('.')}: ${message}`);
  throw new PluginError(issues.join('\n'), { exitCode: EXIT_CONFIG, cause: parsed.error });
}
