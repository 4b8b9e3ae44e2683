import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the SDK: as far up from the sources as from what is made of them. */
export const SDK_FOLDER = join(import.meta.dirname, '../..');

const manifest = JSON.parse(readFileSync(join(SDK_FOLDER, 'package.json'), 'utf8')) as { version: string };

export const sdkVersion = manifest.version;
