import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { ArchiveError } from './archive-error.ts';
import {
  LICENSES_FILE,
  type Manifest,
  MANIFEST_FILE,
  MANIFEST_FORMAT,
  manifestSchema,
  MODULE_FILE,
} from './manifest.ts';
import { readTar } from './tar.ts';

/** Most bytes of an archive, and of what is in it. A module with all of zod, RxJS and the SDK has a tenth of that. */
export const MAX_ARCHIVE_BYTES = 4 << 20;
export const MAX_UNPACKED_BYTES = 16 << 20;

const FILES = [MANIFEST_FILE, MODULE_FILE, LICENSES_FILE] as const;

export interface PluginArchive {
  readonly manifest: Manifest;
  /** Source text of the module. */
  readonly module: string;
  /** What goes with each copy of the libraries in the module. */
  readonly licenses: string;
}

/**
 * Reads what `sluis-plugin pack` has made, without running any of it or writing anything. Throws an {@link ArchiveError} for all
 * else: also where the module is not the one that the manifest was made for.
 */
export function readArchive(archive: Uint8Array): PluginArchive {
  if (archive.length > MAX_ARCHIVE_BYTES)
    throw new ArchiveError(`it has ${archive.length} bytes; an archive has at most ${MAX_ARCHIVE_BYTES}`);
  const files = readTar(unzipped(archive));
  const names = files.map(({ name }) => name);
  if (names.join('/') !== FILES.join('/'))
    throw new ArchiveError(`it has ${shown(names)}; an archive has ${FILES.join(', ')}, in this order`);
  const [manifestFile, moduleFile, licensesFile] = files;
  const manifest = parseManifest(textOf(MANIFEST_FILE, manifestFile.bytes));
  const { bytes, sha256 } = manifest.module;
  if (moduleFile.bytes.length !== bytes || sha256Of(moduleFile.bytes) !== sha256)
    throw new ArchiveError(`${MODULE_FILE} is not the one that ${MANIFEST_FILE} was made for: its SHA-256 differs`);
  return {
    manifest,
    module: textOf(MODULE_FILE, moduleFile.bytes),
    licenses: textOf(LICENSES_FILE, licensesFile.bytes),
  };
}

/** Hexadecimal, as the manifest has it. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function unzipped(archive: Uint8Array): Uint8Array {
  try {
    return gunzipSync(archive, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new ArchiveError(`it unpacks to more than ${MAX_UNPACKED_BYTES} bytes`, { cause });
    throw new ArchiveError('it is not gzip, or is damaged', { cause });
  }
}

function textOf(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ArchiveError(`${name} is not UTF-8`, { cause });
  }
}

function parseManifest(text: string): Manifest {
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch (cause) {
    throw new ArchiveError(`${MANIFEST_FILE} is not JSON: ${(cause as SyntaxError).message}`, { cause });
  }
  const { format } = z.object({ format: z.int() }).safeParse(written).data ?? {};
  if (format !== undefined && format > MANIFEST_FORMAT)
    throw new ArchiveError(`it has format ${format}, which a newer Sluis reads; this one knows ${MANIFEST_FORMAT}`);
  const parsed = manifestSchema.safeParse(written);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'all of it'}: ${message}`);
  throw new ArchiveError(`${MANIFEST_FILE} is wrong: ${issues.join('; ')}`, { cause: parsed.error });
}

/** The first few: a list from elsewhere may be long. */
function shown(names: readonly string[]): string {
  const MOST = 5;
  const first = names.slice(0, MOST).map((name) => JSON.stringify(name));
  return names.length === 0
    ? 'no files'
    : `${first.join(', ')}${names.length > MOST ? ` and ${names.length - MOST} more` : ''}`;
}
