import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const LICENSE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

/** A package.json that is that of a package: others only say how the files below them are read. */
const packageSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string().default('no license is named'),
});

/** What a library's authors ask for that goes with each copy of it: the texts of all packages of these files but the plugin's own. */
export function licensesOf(files: readonly string[], own: string): string {
  const folders = new Set(files.map((file) => packageFolderOf(dirname(file))).filter((folder) => folder !== undefined));
  folders.delete(own);
  const texts = [...folders].map((folder) => {
    const { name, version, license } = packageSchema.parse(readJson(join(folder, 'package.json')));
    const names = readdirSync(folder)
      .filter((file) => LICENSE_FILE.test(file))
      .sort();
    const said = names.map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
    return [`${name} ${version}: ${license}`, ...said].join('\n\n');
  });
  return texts
    .sort()
    .map((text) => `${text}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function packageFolderOf(folder: string): string | undefined {
  const file = join(folder, 'package.json');
  if (existsSync(file) && packageSchema.safeParse(readJson(file)).success) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : packageFolderOf(parent);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
