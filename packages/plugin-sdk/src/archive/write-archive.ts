import { gzipSync } from 'fflate';
import { ArchiveError } from './archive-error.ts';
import { LICENSES_FILE, type Manifest, MANIFEST_FILE, manifestSchema, MODULE_FILE } from './manifest.ts';
import { MAX_ARCHIVE_BYTES, MAX_UNPACKED_BYTES, type PluginArchive, sha256Of } from './read-archive.ts';
import { writeTar } from './tar.ts';

export interface Packed {
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
}

/**
 * The same input gives the same bytes on any machine. They are compressed by a library in JavaScript, for what
 * zlib makes of the same bytes depends on its version, on how it was built and on the processor.
 */
export function writeArchive(
  about: Omit<Manifest, 'module' | 'format' | 'permissions'>,
  { module, licenses }: Omit<PluginArchive, 'manifest'>,
): Packed {
  const moduleBytes = Buffer.from(module);
  const manifest = manifestSchema.parse({
    format: 1,
    ...about,
    module: { file: MODULE_FILE, bytes: moduleBytes.length, sha256: sha256Of(moduleBytes) },
    permissions: [],
  });
  const tar = writeTar([
    { name: MANIFEST_FILE, bytes: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) },
    { name: MODULE_FILE, bytes: moduleBytes },
    { name: LICENSES_FILE, bytes: Buffer.from(licenses) },
  ]);
  const bytes = gzipSync(tar, { level: 9, mtime: 0 });
  if (tar.length > MAX_UNPACKED_BYTES || bytes.length > MAX_ARCHIVE_BYTES)
    throw new ArchiveError(
      `it has ${bytes.length} bytes, ${tar.length} unpacked; at most ${MAX_ARCHIVE_BYTES} and ${MAX_UNPACKED_BYTES} can be read`,
    );
  return { manifest, bytes };
}

/** As npm names what it packs: `acme-smooth-1.2.0.sluis.tgz` of `@acme/smooth`. */
export function archiveName({ name, version }: Pick<Manifest, 'name' | 'version'>): string {
  return `${name.replace('@', '').replace('/', '-')}-${version}.sluis.tgz`;
}
