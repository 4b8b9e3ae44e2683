export { ArchiveError } from './archive-error.ts';
export { type Manifest, manifestJsonSchema, manifestSchema } from './manifest.ts';
export { MAX_ARCHIVE_BYTES, MAX_UNPACKED_BYTES, type PluginArchive, readArchive } from './read-archive.ts';
