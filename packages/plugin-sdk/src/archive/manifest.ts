import { z } from 'zod';

/** Names in an archive. */
export const MANIFEST_FILE = 'manifest.json';
export const MODULE_FILE = 'module.js';
export const LICENSES_FILE = 'LICENSES.txt';

/** What an archive says of itself. It is raised when a reader of the one before could misunderstand it. */
export const MANIFEST_FORMAT = 1;

/** As a package's name on npm: parts of a path, but none that leads anywhere else. */
const PACKAGE_NAME = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/;
/** Of semver.org, without build metadata, which orders nothing. */
const VERSION = /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

export const packageName = z
  .string()
  .max(214)
  .regex(PACKAGE_NAME, { error: 'is no name of a package: write small letters, digits, - . _, as in my-plugin' });

export const packageVersion = z.string().max(64).regex(VERSION, { error: 'is no version: write 1.2.3' });

/** `manifest.json` of an archive: all that a catalog or a host needs to know before it runs any of the plugin's code. */
export const manifestSchema = z
  .strictObject({
    format: z.literal(MANIFEST_FORMAT).describe('Of this file'),
    name: packageName.describe('Of the package: what a catalog lists'),
    version: packageVersion.describe('Of the package'),
    kind: z.enum(['operator', 'source']),
    definition: z
      .strictObject({
        name: z.string().regex(/^[a-z][A-Za-z0-9-]*$/),
        version: z.int().positive().describe('Raised when the meaning of its state changed'),
      })
      .describe('What the module exports as default'),
    summary: z.string().min(1).max(500).describe('What it does, in one sentence'),
    license: z.string().min(1).max(200).optional().describe('Of the plugin itself, as SPDX has it'),
    config: z
      .record(z.string(), z.json())
      .describe('JSON Schema (draft 7) of its configuration, as it is written in a file'),
    sdk: z
      .string()
      .regex(/^\^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/)
      .describe('Versions of @sluis/plugin-sdk whose hosts run it'),
    module: z.strictObject({
      file: z.literal(MODULE_FILE).describe('One ECMAScript module that imports nothing'),
      bytes: z.int().positive(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
    permissions: z.array(z.never()).describe('What it may use beside what its host gives to it: so far nothing'),
  })
  .meta({ title: 'Manifest of a Sluis plugin' });

export type Manifest = z.output<typeof manifestSchema>;

/** JSON Schema of {@link manifestSchema}: draft 7. */
export function manifestJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(manifestSchema, { target: 'draft-7', io: 'input' });
}
