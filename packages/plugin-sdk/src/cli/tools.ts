import { pathToFileURL } from 'node:url';
import { resolveFrom } from './plugin-package.ts';

/*
 * What only the author of a plugin needs is the plugin's own dependency, not the SDK's: an agent installs the SDK, too.
 */

export function loadBundler(folder: string): Promise<typeof import('rolldown')> {
  return load(folder, 'rolldown');
}

export function loadParser(folder: string): Promise<typeof import('rolldown/utils')> {
  return load(folder, 'rolldown/utils');
}

export function loadTestRunner(folder: string): Promise<typeof import('vitest/node')> {
  return load(folder, 'vitest/node');
}

function load<Module>(folder: string, specifier: string): Promise<Module> {
  return import(pathToFileURL(resolveFrom(folder, specifier)).href) as Promise<Module>;
}
