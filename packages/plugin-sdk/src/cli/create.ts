import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { packageName } from '../archive/manifest.ts';
import { EXIT_CONFIG, PluginError } from './plugin-error.ts';
import { SDK_FOLDER, sdkVersion } from './sdk-version.ts';

export interface CreateOptions {
  /** Of the package; unless given, the folder's. */
  readonly name?: string;
  readonly kind: 'operator' | 'source';
  /** A folder with the SDK as packed; unless given, it comes from the registry. */
  readonly sdk?: string;
}

const runsFromSources = extname(import.meta.filename) === '.ts';

/** A file's name in the template where npm would take the real one for its own. */
const realNames: Readonly<Record<string, string>> = { gitignore: '.gitignore' };

/** Writes a plugin that works into a folder that is new or empty. */
export async function create(folder: string, { name: given, kind, sdk }: CreateOptions): Promise<void> {
  const root = resolve(folder);
  const name = given ?? basename(root);
  const key = keyOf(name);
  if (existsSync(root) && !(statSync(root).isDirectory() && readdirSync(root).length === 0))
    throw new PluginError(`${root} is there already, and not an empty folder`, {
      hint: 'name a folder that is not there',
    });
  const words: Readonly<Record<string, string>> = {
    __name__: name,
    __key__: key,
    __type__: name.replace(/^.*\//, '').replaceAll(/[^a-z0-9]+/g, '-'),
    __sdk__: `^${sdkVersion}`,
  };
  const packages = sdk === undefined ? undefined : packagesIn(resolve(sdk));
  for (const part of ['common', kind]) copyTemplate(join(SDK_FOLDER, 'template', part), root, words);
  if (packages) usePackages(packages, root);
  else if (runsFromSources) await usePackedSources(root);
  const at = relative(process.cwd(), root) || '.';
  console.log(`${name}: ${kind === 'operator' ? 'an operator' : 'a source'} that works, in ${at}
next:
  cd ${at}
  npm install
  npm test
  npm run pack`);
}

/** The key of the step in a stream's configuration: `@acme/moving-mean` is `movingMean`. */
function keyOf(name: string): string {
  const parsed = packageName.safeParse(name);
  const key = name
    .replace(/^.*\//, '')
    .replaceAll(/[^a-z0-9]+([a-z0-9]|$)/g, (_, letter: string) => letter.toUpperCase());
  if (parsed.success && /^[a-z]/.test(key)) return key;
  throw new PluginError(
    `'${name}' is no name for a plugin: it begins with a small letter and has small letters, digits and -`,
    {
      hint: 'give it one: --name my-plugin, or --name @my-company/my-plugin',
      exitCode: EXIT_CONFIG,
    },
  );
}

function copyTemplate(from: string, to: string, words: Readonly<Record<string, string>>): void {
  for (const entry of readdirSync(from, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const target = join(to, relative(from, dirname(file)), realNames[entry.name] ?? entry.name);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(
      target,
      readFileSync(file, 'utf8').replaceAll(/__[a-z]+__/g, (word) => words[word] ?? word),
    );
  }
}

/** No registry need have this SDK: it is packed as it is. */
async function usePackedSources(root: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-sdk-'));
  try {
    await promisify(execFile)(process.execPath, [join(SDK_FOLDER, 'scripts/pack-sdk.ts'), folder]);
    usePackages(packagesIn(folder), root);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Files of the SDK and of what it stands on, by their packages' names. */
function packagesIn(folder: string): [name: string, file: string][] {
  return ['@sluis/plugin-sdk', '@sluis/protocol'].map((name) => {
    const file = join(folder, `${name.slice(1).replace('/', '-')}-${sdkVersion}.tgz`);
    if (existsSync(file)) return [name, file];
    throw new PluginError(`there is no ${file}`, { hint: '"pnpm pack" makes it from the sources of Sluis' });
  });
}

/** They become a part of the plugin's folder, and what asks for one of them gets that. */
function usePackages(packages: readonly (readonly [name: string, file: string])[], root: string): void {
  mkdirSync(join(root, 'sdk'));
  const own = packages.map(([name, file]): [string, string] => {
    copyFileSync(file, join(root, 'sdk', basename(file)));
    return [name, `file:sdk/${basename(file)}`];
  });
  const file = join(root, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { dependencies: Record<string, string> };
  const changed = { ...manifest, dependencies: { ...manifest.dependencies, ...Object.fromEntries(own) } };
  writeFileSync(file, `${JSON.stringify(changed, null, 2)}\n`);
  // npm takes what is in package.json; pnpm would still ask its registry for what the SDK depends on.
  const overrides = own.map(([name, at]) => `  '${name}': ${at}\n`);
  writeFileSync(join(root, 'pnpm-workspace.yaml'), `overrides:\n${overrides.join('')}`);
}
