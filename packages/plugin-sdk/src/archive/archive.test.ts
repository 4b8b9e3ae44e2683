import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ArchiveError } from './archive-error.ts';
import { manifestSchema } from './manifest.ts';
import { MAX_ARCHIVE_BYTES, MAX_UNPACKED_BYTES, readArchive } from './read-archive.ts';
import { type TarFile, readTar, writeTar } from './tar.ts';
import { archiveName, writeArchive } from './write-archive.ts';

const about = {
  name: '@acme/smooth',
  version: '1.2.3',
  kind: 'operator',
  definition: { name: 'smooth', version: 1 },
  summary: 'Smooth each series.',
  config: { type: 'object', properties: { weight: { type: 'number' } } },
  sdk: '^0.1.0',
} as const;

const MODULE = 'export default { name: "smooth" };\n';
const LICENSES = 'zod 4.6.7: MIT\n';
const { bytes: good, manifest } = writeArchive(about, { module: MODULE, licenses: LICENSES });

test('what is written is read back, whatever the module is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (module) => {
      fc.pre(module.isWellFormed());
      const { bytes, manifest } = writeArchive(about, { module, licenses: module });
      expect(readArchive(bytes)).toEqual({ manifest, module, licenses: module });
    }),
    { numRuns: 20 },
  );
  expect(readArchive(good).manifest).toMatchObject({ ...about, format: 1, permissions: [] });
});

test('the same input gives these bytes on every machine', () => {
  expect(createHash('sha256').update(good).digest('hex')).toBe(
    '5c3ac65b8b6f34dce7d3145094f2160ce1c8acceb984b1d619aca9d35fce3973',
  );
  expect(archiveName(manifest)).toBe('acme-smooth-1.2.3.sluis.tgz');
});

test('others read it, too', () => {
  const list = execFileSync('tar', ['--list', '--gzip', '--verbose', '--utc', '--full-time'], {
    input: good,
    encoding: 'utf8',
  });
  expect(list).toMatch(
    /^-rw-r--r-- 0\/0 +\d+ 1970-01-01 00:00:00 manifest.json\n-rw-r--r-- 0\/0 +35 1970-01-01 00:00:00 module.js\n-.* LICENSES.txt\n$/,
  );
  const text = execFileSync('tar', ['--extract', '--gzip', '--to-stdout', 'module.js'], {
    input: good,
    encoding: 'utf8',
  });
  expect(text).toBe(MODULE);
});

const [manifestFile, moduleFile, licensesFile] = readTar(gunzipSync(good)) as [TarFile, TarFile, TarFile];

function archived(...files: readonly TarFile[]): Buffer {
  return gzipSync(writeTar(files));
}

function withManifest(text: string | number[]): Buffer {
  return archived({ ...manifestFile, bytes: Buffer.from(text as string) }, moduleFile, licensesFile);
}

/** The good one with other words in its manifest. */
function changed(change: Readonly<Record<string, unknown>>): Buffer {
  return withManifest(JSON.stringify({ ...manifest, ...change }));
}

/** The good one with other bytes somewhere in its list of files. */
function patched(at: number, text: string): Buffer {
  const tar = Buffer.from(gunzipSync(good));
  tar.write(text, at, 'latin1');
  return gzipSync(tar);
}

/** Where the header of the first file says what it is. */
const TYPE = 156;
const half = good.subarray(0, good.length / 2);

test.each<[string, Uint8Array, string]>([
  ['no gzip', Buffer.from('PK'), 'it is not gzip, or is damaged'],
  ['nothing', Buffer.alloc(0), 'it is not gzip, or is damaged'],
  ['half of it', half, 'it is not gzip, or is damaged'],
  ['too long', Buffer.alloc(MAX_ARCHIVE_BYTES + 1), `an archive has at most ${MAX_ARCHIVE_BYTES}`],
  ['a bomb', gzipSync(Buffer.alloc(MAX_UNPACKED_BYTES + 1)), `it unpacks to more than ${MAX_UNPACKED_BYTES} bytes`],
  ['half a tar', gzipSync(gunzipSync(good).subarray(0, 700)), 'manifest.json is cut off'],
  ['no end', gzipSync(gunzipSync(good).subarray(0, -1024)), 'it is cut off'],
  ['more behind it', gzipSync(Buffer.concat([gunzipSync(good), Buffer.from('x')])), 'it does not end where it should'],
  ['a link', patched(TYPE, '2'), 'the entry at byte 0 is none that sluis-plugin writes'],
  ['a program', patched(100, '0000755'), 'the entry at byte 0 is none that sluis-plugin writes'],
  ['a size below 0', patched(124, '-0000000001'), 'the entry at byte 0 is none that sluis-plugin writes'],
  ['no files', archived(), 'it has no files; an archive has manifest.json, module.js, LICENSES.txt'],
  [
    'another place',
    archived(manifestFile, { ...moduleFile, name: '../module.js' }),
    'it has "manifest.json", "../module.js"',
  ],
  ['another order', archived(moduleFile, manifestFile), 'in this order'],
  ['one more', archived(manifestFile, moduleFile, licensesFile, moduleFile), '"LICENSES.txt", "module.js"'],
  ['many', archived(...Array.from({ length: 9 }, () => moduleFile)), 'and 4 more'],
  [
    'another module',
    archived(manifestFile, { ...moduleFile, bytes: Buffer.from(MODULE.replace('s', 'S')) }, licensesFile),
    'its SHA-256 differs',
  ],
  ['no JSON', withManifest('{'), 'manifest.json is not JSON'],
  ['no text', withManifest([0xff]), 'manifest.json is not UTF-8'],
  ['no object', withManifest('[]'), 'manifest.json is wrong: all of it: '],
  ['a later format', changed({ format: 2 }), 'it has format 2, which a newer Sluis reads; this one knows 1'],
  ['a name that leads away', changed({ name: '../../etc' }), 'name: is no name of a package'],
  ['no version', changed({ version: '1.2' }), 'version: is no version: write 1.2.3'],
  ['a permission', changed({ permissions: ['network'] }), 'permissions.0: '],
  ['a key too many', changed({ postinstall: 'x' }), 'Unrecognized key: "postinstall"'],
  ['keys that are missing', changed({ kind: undefined, config: undefined }), 'kind: '],
])('%s is refused', (_, archive, message) => {
  expect(() => readArchive(archive)).toThrow(ArchiveError);
  expect(() => readArchive(archive)).toThrow(message);
});

test('what is damaged anywhere is refused, or has the same module', () => {
  const tar = gunzipSync(good);
  fc.assert(
    fc.property(fc.nat(tar.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = Buffer.from(tar);
      damaged[at] ^= flip;
      try {
        expect(readArchive(gzipSync(damaged)).module).toBe(MODULE);
      } catch (error) {
        expect(error).toBeInstanceOf(ArchiveError);
      }
    }),
  );
});

test('the manifest in the documentation is one', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/plugin-archive.md'), 'utf8');
  const [, block = ''] = /^```json\n(.*?)^```/ms.exec(page) ?? [];
  expect(manifestSchema.parse(JSON.parse(block))).toMatchObject({ name: about.name, definition: about.definition });
});
