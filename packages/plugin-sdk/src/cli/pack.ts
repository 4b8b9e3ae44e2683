import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ArchiveError } from '../archive/archive-error.ts';
import { readArchive } from '../archive/read-archive.ts';
import { archiveName, type Packed, writeArchive } from '../archive/write-archive.ts';
import { configJsonSchema } from '../config-json-schema.ts';
import { bundle } from './bundle.ts';
import { loadPlugin, type Plugin } from './definition.ts';
import { PluginError } from './plugin-error.ts';
import { type PluginPackage, readPluginPackage } from './plugin-package.ts';

export interface PackOptions {
  /** Folder for the archive; unless given, the plugin's. */
  readonly out?: string;
  readonly json?: boolean;
}

/** Writes the plugin's archive, and tells what is in it. */
export async function pack(folder: string, { out, json }: PackOptions): Promise<void> {
  const plugin = readPluginPackage(folder);
  const { manifest, bytes } = await packed(plugin);
  const to = out ?? plugin.folder;
  mkdirSync(to, { recursive: true });
  const file = join(to, archiveName(manifest));
  writeFileSync(file, bytes);
  // What is on the disk is what others will read.
  readArchive(readFileSync(file));
  if (json) console.log(JSON.stringify({ file, bytes: bytes.length, manifest }, null, 2));
  else
    console.log(
      `${relative(process.cwd(), file)}: ${manifest.kind} ${manifest.definition.name} of ${manifest.name} ${manifest.version}, for the SDK ${manifest.sdk}
  archive ${kib(bytes.length)}, module ${kib(manifest.module.bytes)}, SHA-256 ${manifest.module.sha256}`,
    );
}

/** The archive as bytes. */
export async function packed(folder: PluginPackage): Promise<Packed> {
  const bundled = await bundle(folder);
  const plugin = await loadPlugin(bundled);
  const { name, version, license, sdk } = folder;
  try {
    return writeArchive(
      {
        name,
        version,
        kind: plugin.kind,
        definition: { name: plugin.name, version: plugin.definition.version },
        summary: plugin.definition.summary,
        ...(license !== undefined && { license }),
        config: schemaOf(plugin),
        sdk: `^${sdk}`,
      },
      bundled,
    );
  } catch (cause) {
    if (!(cause instanceof ArchiveError)) throw cause;
    throw new PluginError(`the archive is too large: ${cause.message}`, { cause });
  }
}

function schemaOf({ definition }: Plugin): Packed['manifest']['config'] {
  // As JSON has it: without keys whose value is undefined.
  return JSON.parse(JSON.stringify(configJsonSchema(definition.config))) as Packed['manifest']['config'];
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
